/**
 * What must never be where the relay or a log can be read: taken from the members' own vaults and guards, and searched for in every form that bytes
 * are commonly written in.
 * @module
 */
import { readFileSync } from 'node:fs'
import Database from 'libsql'
import type { Bytes } from '../../../core/bytes.ts'
import { type HeightRecord, heightRecordCodec } from '../../../core/proposal/lock.ts'
import { type KeyShare, secretsOf } from '../../../core/threshold/share.ts'
import { decodeShare, sealingKey } from '../../../core/threshold/share-codec.ts'
import { openVault } from '../../../signer-node/vault-file.ts'
import { reveal, revealPair } from '../../support/reveal.ts'

export interface Needle {
  readonly name: string
  readonly bytes: Buffer
}

/** Shorter ones would be found by chance. */
const MIN_LENGTH = 16

/** A value as it is, turned round, as hex, as base64 at each of its three alignments, and as a decimal number. */
export function forms(name: string, value: Bytes): Needle[] {
  if (value.length < MIN_LENGTH) throw new Error(`${name} is too short to be searched for`)
  const raw = Buffer.from(value)
  const reversed = Buffer.from(raw).reverse()
  const text = (form: string, content: string): Needle => ({ name: `${name}, ${form}`, bytes: Buffer.from(content, 'latin1') })
  const found: Needle[] = [
    { name, bytes: raw },
    { name: `${name}, reversed`, bytes: reversed },
  ]
  for (const [order, bytes] of [
    ['', raw],
    ['reversed ', reversed],
  ] as const) {
    found.push(text(`${order}hex`, bytes.toString('hex')), text(`${order}HEX`, bytes.toString('hex').toUpperCase()))
    found.push(text(`${order}decimal`, BigInt(`0x${bytes.toString('hex')}`).toString()))
    found.push(text(`${order}list of numbers`, [...bytes].join(',')))
    for (const shift of [0, 1, 2]) {
      // Characters that depend on nothing but the value.
      const padded = Buffer.concat([Buffer.alloc(shift), bytes])
      const inner = padded.toString('base64').slice(shift === 0 ? 0 : shift + 1, Math.floor((padded.length * 8) / 6))
      found.push(text(`${order}base64 at ${shift}`, inner))
      found.push(text(`${order}base64url at ${shift}`, inner.replaceAll('+', '-').replaceAll('/', '_')))
    }
  }
  return found
}

/** Names of the needles that are in `haystack`; one pass, whatever their number. */
export function createFinder(needles: readonly Needle[]): (haystack: Buffer) => string[] {
  const starts = new Uint8Array(1 << 24)
  const byStart = new Map<number, Needle[]>()
  const keyOf = (bytes: Buffer, at: number): number => bytes.readUIntBE(at, 3)
  for (const needle of needles) {
    const key = keyOf(needle.bytes, 0)
    starts[key] = 1
    byStart.set(key, [...(byStart.get(key) ?? []), needle])
  }
  return haystack => {
    const found = new Set<string>()
    for (let at = 0, key = haystack.length < 3 ? 0 : haystack.readUIntBE(0, 2); at + 3 <= haystack.length; at++) {
      key = ((key << 8) | (haystack[at + 2] as number)) & 0xff_ffff
      if (starts[key] === 0) continue
      for (const { name, bytes } of byStart.get(key) ?? [])
        if (haystack.compare(bytes, 0, bytes.length, at, Math.min(at + bytes.length, haystack.length)) === 0) found.add(name)
    }
    return [...found]
  }
}

/** `file: needle` for everything that is found. */
export function searchFiles(files: readonly string[], find: (haystack: Buffer) => string[]): string[] {
  return files.flatMap(file => find(readFileSync(file)).map(name => `${file}: ${name}`))
}

export interface MemberSecrets {
  readonly share: KeyShare
  /** Must be nowhere but in the vault. */
  readonly secrets: readonly [string, Bytes][]
  /** Public to members, but has travelled inside of envelopes only: who finds it has read one. */
  readonly plaintext: readonly [string, Bytes][]
}

/** Opens a member's vault as it would itself. The member must have ended. */
export async function secretsOfVault(seat: number, { path, passphrase }: { path: string; passphrase: string }): Promise<MemberSecrets> {
  const vault = await openVault(path, passphrase)
  try {
    const active = vault.activeShare()
    const sealing = sealingKey(vault.identitySeed)
    if (active === undefined) throw new Error(`seat ${seat} has no active share`)
    const share = decodeShare(active, sealing)
    const { share: scalar, zeroSeeds, pairs } = secretsOf(share)
    const secrets: [string, Bytes][] = [
      [`passphrase of ${seat}`, Buffer.from(passphrase)],
      [`identity seed of ${seat}`, vault.identitySeed.slice()],
      [`vote key of ${seat}`, vault.voteKey.slice()],
      [`key share of ${seat}`, reveal(scalar)],
    ]
    for (const [peer, seed] of zeroSeeds) secrets.push([`zero seed ${seat}-${peer}`, reveal(seed)])
    for (const [peer, pair] of pairs) {
      const { delta, aliceLeaves, bobLeaves } = revealPair(pair)
      secrets.push([`delta ${seat}-${peer}`, delta])
      for (const [side, leaves] of [
        ['alice', aliceLeaves],
        ['bob', bobLeaves],
      ] as const)
        for (let at = 0; at + 32 <= leaves.length; at += 32) {
          const piece = leaves.slice(at, at + 32)
          // One leaf of each punctured tree is zero: nothing to search for.
          if (!piece.subarray(0, 16).every(byte => byte === 0) && !piece.subarray(16).every(byte => byte === 0))
            secrets.push([`${side} leaves ${seat}-${peer} at ${at}`, piece])
        }
    }
    const plaintext: [string, Bytes][] = [...share.certificates].map(([member, signature]) => [`certificate of ${member} (R5)`, signature.slice()])
    for (const [member, point] of share.publicShares) plaintext.push([`public share of ${member} (R4)`, point.slice(1)])
    return { share, secrets, plaintext }
  } finally {
    vault.close()
  }
}

export interface GuardContents {
  readonly records: readonly HeightRecord[]
  /** Signed raw L1 transactions by height. */
  readonly signed: ReadonlyMap<number, Buffer>
}

/** Reads a guard that nobody has open, without changing it. */
export function readGuard(file: string): GuardContents {
  const db = new Database(file, { readonly: true } as Database.Options)
  try {
    const rows = (table: string): { height: number; value: Buffer }[] =>
      (db.prepare(`SELECT height, value FROM ${table} ORDER BY height`).all() as { height: number; value: Buffer | ArrayBuffer }[]).map(
        ({ height, value }) => ({ height, value: value instanceof ArrayBuffer ? Buffer.from(value) : value }),
      )
    return {
      records: rows('record').map(({ value }) => heightRecordCodec.decode(new Uint8Array(value))),
      signed: new Map(rows('signed').map(({ height, value }) => [height, value])),
    }
  } finally {
    db.close()
  }
}
