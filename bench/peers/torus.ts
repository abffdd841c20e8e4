/**
 * Torus' package: DKLs in WASM for a share that somebody else has dealt. It has no key generation; its set-up between two parties is kept here, as its
 * users may keep it, so that a signature is its `precompute` and what follows.
 * @module
 */
import { Buffer } from 'node:buffer'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToBigint } from '../../core/bytes.ts'
import type { Platform, Sample } from '../jobs.ts'
import type { Peer } from './peer.ts'

interface Library {
  random_generator(state: string): number
  threshold_signer(session: string, index: number, count: number, threshold: number, share: string, publicKey: string): number
  setup(signer: number, random: number): Promise<unknown>
  precompute(parties: Uint8Array, signer: number, random: number): Promise<unknown>
  local_sign(message: string, hashOnly: boolean, precomputed: unknown): unknown
  get_r_from_precompute(precomputed: unknown): unknown
  local_verify(message: string, hashOnly: boolean, r: unknown, fragments: unknown[], publicKey: string): unknown
}
/** What the library calls for its messages. */
interface Hooks {
  js_send_msg?: (session: string, from: number, to: number, type: string, data: string) => Promise<boolean>
  js_read_msg?: (session: string, self: number, from: number, type: string) => Promise<string>
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const PARTIES = [0, 1]

/** Mailboxes between the parties of this process. @returns reads and clears the count of bytes from party 0. */
function connect(): () => number {
  const waiting = new Map<string, string>()
  const readers = new Map<string, (data: string) => void>()
  let bytes = 0
  const hooks: Hooks = globalThis as Hooks
  hooks.js_send_msg = async (_session, from, to, type, data) => {
    // Messages are base64.
    if (from === 0) bytes += Math.ceil((data.length * 3) / 4)
    const key = `${from}>${to} ${type}`
    const reader = readers.get(key)
    if (reader === undefined) waiting.set(key, data)
    else {
      readers.delete(key)
      reader(data)
    }
    return true
  }
  hooks.js_read_msg = (_session, self, from, type) => {
    // A question to the page: may it use workers of its own? Its parties are counted in one thread.
    if (type === 'ga1_worker_support') return Promise.resolve('not supported')
    const key = `${from}>${self} ${type}`
    const data = waiting.get(key)
    if (data === undefined) return new Promise(resolve => readers.set(key, resolve))
    waiting.delete(key)
    return Promise.resolve(data)
  }
  return () => {
    const count = bytes
    bytes = 0
    return count
  }
}

export const torus: Peer = {
  id: 'torus',
  package: { name: '@toruslabs/tss-dkls-lib', version: '4.1.0', licence: 'not in the registry; Web3Auth, non-commercial, in its file' },
  async open(load) {
    const loaded = (await load('@toruslabs/tss-dkls-lib')) as { default: { tssLib: { loadSync(): Library } } }
    const library = loaded.default.tssLib.loadSync()
    const takeBytes = connect()
    let kept: { readonly signers: readonly number[]; readonly randoms: readonly number[]; readonly publicKey: string } | undefined

    /** A dealt key 2·f(1) - f(2), and the set-up of both parties. */
    async function prepare(platform: Platform): Promise<NonNullable<typeof kept>> {
      const { Fn } = secp256k1.Point
      const shares = PARTIES.map(() => secp256k1.utils.randomSecretKey())
      const [one = 0n, two = 0n] = shares.map(bytesToBigint)
      const publicKey = base64(
        secp256k1.Point.BASE.multiply(Fn.create(2n * one - two))
          .toBytes(false)
          .slice(1),
      )
      const randoms = PARTIES.map(() => library.random_generator(base64(platform.random(32))))
      const signers = PARTIES.map(party => library.threshold_signer('bench', party, 2, 2, base64(shares[party] as Uint8Array), publicKey))
      await Promise.all(PARTIES.map(party => library.setup(signers[party] as number, randoms[party] as number)))
      return { signers, randoms, publicKey }
    }

    async function sign(count: number, platform: Platform): Promise<{ whole: Sample; online: Sample }> {
      kept ??= await prepare(platform)
      const { signers, randoms, publicKey } = kept
      let [before, after, bytesPerDirection] = [0, 0, 0]
      for (let i = 0; i < count; i++) {
        const hash = base64(platform.random(32))
        takeBytes()
        const stop = platform.watch()
        const precomputed = await Promise.all(
          PARTIES.map(party => library.precompute(Uint8Array.from(PARTIES), signers[party] as number, randoms[party] as number)),
        )
        before += stop()
        bytesPerDirection = takeBytes()
        const online = platform.watch()
        const fragments = precomputed.map(one => library.local_sign(hash, true, one))
        const signatures = precomputed.map(one => library.local_verify(hash, true, library.get_r_from_precompute(one), fragments, publicKey))
        after += online()
        if (signatures.some(signature => typeof signature !== 'string')) throw new Error('no signature')
      }
      return { whole: { ms: (before + after) / count / 2, facts: { bytesPerDirection } }, online: { ms: after / count / 2 } }
    }

    return async (job, platform) => {
      if (job.job !== 'sign' && job.job !== 'online') return {}
      if (job.signers !== 2) return {}
      const { whole, online } = await sign(job.count, platform)
      return job.job === 'sign' ? whole : online
    }
  },
}
