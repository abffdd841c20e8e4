/**
 * What known attacks gain where a defence is missing, beside what they gain here. The weaker variants are put together in this file from the twin's arithmetic:
 * no switch in the code weakens anything (known-attacks.test.ts looks for one).
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import { type Bytes, bytesToBigint, concat, equal } from '../../../core/bytes.ts'
import { isPoolError } from '../../../core/errors.ts'
import { acceptExtension } from '../../../core/kernel/reference/ot-extension.ts'
import { twin } from '../../../core/kernel/reference/twin.ts'
import { voleAlice, voleBobStart } from '../../../core/kernel/reference/vole.ts'
import { sighash } from '../../../core/l1/transaction.ts'
import { preprocess, sign } from '../../../core/threshold/index.ts'
import { CURVE_ORDER, H } from '../../../core/transcript.ts'
import { memoryNetwork, signRequest, testShares, valuesOf } from '../../support/index.ts'
import { leafPair } from '../../support/leaf-pair.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const random = seededRandom('undefended')
const Fn = secp256k1.Point.Fn
const { Point } = secp256k1
const ROW = 110
const TREES = 32
const bit = (bytes: Bytes, at: number): number => ((bytes[at >> 3] as number) >> (at & 7)) & 1
/** Adds a row to another, bit by bit, in place. */
function add(to: Bytes, row: Bytes): void {
  for (let i = 0; i < row.length; i++) to[i] = (to[i] as number) ^ (row[i] as number)
}

/** A non-zero row of 880 bits that the check's hash does not see, when its key is known beforehand: 129 rows of one bit each are dependent in 128 bits. */
function invisibleRow(chi: Bytes): Bytes {
  const unit = (at: number): Bytes => {
    const row = new Uint8Array(ROW)
    row[at >> 3] = 1 << (at & 7)
    return row
  }
  const basis = new Map<number, { hash: Bytes; row: Bytes }>()
  for (let at = 0; ; at++) {
    const row = unit(at)
    const hash = twin.extension.hashRows({ rows: row, rowBytes: ROW, chi }).slice()
    for (let pivot = 0; pivot < 128; pivot++) {
      if (bit(hash, pivot) === 0) continue
      const known = basis.get(pivot)
      if (known === undefined) {
        basis.set(pivot, { hash, row })
        break
      }
      add(hash, known.hash)
      add(row, known.row)
    }
    if (hash.every(byte => byte === 0)) return row
  }
}

describe('attack 2: a challenge that is not bound to what it challenges', () => {
  const pairContext = random(32)
  const { delta, bobLeaves, aliceLeaves } = leafPair(random)
  const challengeOf = (salt: Bytes, u: Bytes): Bytes => H('ext-chi', [salt, u], 112)
  const frozen = (salt: Bytes): Bytes => H('ext-chi', [salt, new Uint8Array(TREES * ROW)], 112)

  /** Bob adds to the rows of eight trees what he hopes that nobody sees; everything else is as honest as can be. */
  function cheat(chiOf: (salt: Bytes, u: Bytes) => Bytes, hidden: (chi: Bytes) => Bytes): { message: Bytes; columns: Bytes; choices: Bytes } {
    const nonce = random(32)
    const salt = H('ext-salt', [pairContext, nonce])
    const x = random(ROW)
    const { u, v } = twin.extension.receiverRows({ key: H('ext-key', [salt]), leaves: bobLeaves, x })
    const row = hidden(chiOf(salt, u))
    for (let tree = 0; tree < 8; tree++) add(u.subarray(tree * ROW, (tree + 1) * ROW), row)
    const chi = chiOf(salt, u)
    const xHat = twin.extension.hashRows({ rows: x, rowBytes: ROW, chi })
    const hashes = twin.extension.hashRows({ rows: v, rowBytes: ROW, chi })
    const parts = Array.from({ length: 128 }, (_, at) => hashes.subarray(at * 16, at * 16 + 16))
    return { message: concat(nonce, u, xHat, H('ext-t', [salt, ...parts])), columns: twin.extension.columns(v), choices: x.slice(0, 94) }
  }

  /** Alice's half with a challenge that Bob knew before he chose his rows. */
  function accept(message: Bytes): Bytes | undefined {
    const salt = H('ext-salt', [pairContext, message.subarray(0, 32)])
    const u = message.subarray(32, 3_552)
    const rows = twin.extension.senderRows({ key: H('ext-key', [salt]), leaves: aliceLeaves, delta, u })
    const own = twin.extension.hashRows({ rows, rowBytes: ROW, chi: frozen(salt) })
    const hashes = twin.extension.correlate({ hashes: own, delta, value: message.subarray(3_552, 3_568) })
    const parts = Array.from({ length: 128 }, (_, at) => hashes.subarray(at * 16, at * 16 + 16))
    return equal(H('ext-t', [salt, ...parts]), message.subarray(3_568)) ? twin.extension.columns(rows) : undefined
  }

  it('lets Bob spoil transfers unseen, and what breaks tells him Delta', () => {
    const { message, columns, choices } = cheat(frozen, invisibleRow)
    const alice = accept(message)
    expect(alice).toBeDefined()
    // What Alice's columns are off by is Delta, in the trees that were touched: what a later product shows him, bit by bit.
    const spoiled: string[] = []
    for (let j = 0; j < 752; j++) {
      const off = Array.from({ length: 16 }, (_, i) => {
        const expected = (columns[16 * j + i] as number) ^ (bit(choices, j) * (delta[i] as number))
        return ((alice as Bytes)[16 * j + i] as number) ^ expected
      })
      if (off.some(byte => byte !== 0)) spoiled.push(Buffer.from(off).toString('hex'))
    }
    expect(spoiled.length).toBeGreaterThan(0)
    const masked = delta.map((byte, i) => (i < 4 ? byte : 0))
    expect(new Set(spoiled)).toEqual(new Set([Buffer.from(masked).toString('hex')]))
  })

  it('here the challenge comes after the rows: the same cheat is caught', () => {
    const caught = Array.from({ length: 4 }, () => {
      const { message } = cheat(challengeOf, invisibleRow)
      try {
        acceptExtension({ pairContext, delta, leaves: aliceLeaves, message })
        return 'accepted'
      } catch (error) {
        return isPoolError(error) ? error.code : String(error)
      }
    })
    expect(caught).toEqual(['ote-check', 'ote-check', 'ote-check', 'ote-check'])
  })
})

describe('attack 8: a session id or a salt that comes twice', () => {
  const pairContext = random(32)
  const view = random(32)
  const { delta, bobLeaves, aliceLeaves } = leafPair(random)
  /** Alice answers the same extension twice; her generator repeats the first 32 bytes, her nonce, when `repeats`. */
  function answers(repeats: boolean) {
    const { message: extension } = voleBobStart({ pairContext, leaves: bobLeaves, random })
    const nonce = random(32)
    return [1, 2].map(() => {
      let first = true
      const draw = (length: number): Bytes => {
        const isNonce = first
        first = false
        return isNonce && repeats ? nonce.slice() : random(length)
      }
      return voleAlice({ pairContext, view, delta, leaves: aliceLeaves, extension, random: draw })
    }) as [ReturnType<typeof voleAlice>, ReturnType<typeof voleAlice>]
  }
  /** What Bob sees of one entry: correction of the first payload in the first transfer. */
  const seen = ({ message }: ReturnType<typeof voleAlice>): bigint => bytesToBigint(message.subarray(32, 64))

  it('gives the difference of two secret inputs, were Alice’s nonce not part of the pads', () => {
    const [one, two] = answers(true)
    expect(Fn.create(seen(one) - seen(two))).toBe(Fn.create(one.alpha.k - two.alpha.k))
  })
  it('here each side’s nonce is: the difference says nothing', () => {
    const [one, two] = answers(false)
    expect(Fn.create(seen(one) - seen(two))).not.toBe(Fn.create(one.alpha.k - two.alpha.k))
    expect(Fn.create(seen(one) - seen(two))).not.toBe(Fn.create(two.alpha.k - one.alpha.k))
  })
})

describe('attack 9: a presignature that signs twice', () => {
  /** Two runs of the same two members. `seed`: of all their randomness; a machine that is put back repeats it, which the durable counter of the hedged generator prevents. */
  async function signTwice(seeds: readonly [string, string]) {
    const quorum = [1, 2]
    return Promise.all(
      seeds.map(async (seed, i) => {
        const shares = testShares(3, 2)
        const tuples = valuesOf(await memoryNetwork(quorum, { seed }).run((ctx, index) => preprocess(ctx, shares.get(index) as never, { quorum })))
        const request = signRequest(i + 1)
        const results = valuesOf(
          await memoryNetwork(quorum, { seed: `online ${i}` }).run((ctx, index) =>
            sign(ctx, shares.get(index) as never, { request, quorum, tuple: tuples.get(index) as never }),
          ),
        )
        const { r, s } = results.get(1) as { r: bigint; s: bigint }
        return { r, s, z: Fn.create(bytesToBigint(sighash(request.transaction))), publicKey: (shares.get(1) as { publicKey: Bytes }).publicKey }
      }),
    ) as Promise<[Signed, Signed]>
  }
  interface Signed {
    readonly r: bigint
    readonly s: bigint
    readonly z: bigint
    readonly publicKey: Bytes
  }
  /** The key out of two signatures with one nonce; low-s leaves two signs to try for each. */
  function keyFrom(a: Signed, b: Signed): bigint | undefined {
    for (const sa of [a.s, Fn.neg(a.s)])
      for (const sb of [b.s, Fn.neg(b.s)]) {
        if (sa === sb) continue
        const k = Fn.mul(Fn.sub(a.z, b.z), Fn.inv(Fn.sub(sa, sb)))
        const x = Fn.mul(Fn.sub(Fn.mul(sa, k), a.z), Fn.inv(a.r))
        if (x !== 0n && equal(Point.BASE.multiply(x).toBytes(true), a.publicKey)) return x
      }
    return undefined
  }

  it('gives the whole key to anyone, where randomness repeats and so the tuple does', async () => {
    const [a, b] = await signTwice(['put back', 'put back'])
    expect(a.r).toBe(b.r)
    expect(keyFrom(a, b)).toBeDefined()
  })
  it('here no tuple is made twice: two signatures have two nonces', async () => {
    const [a, b] = await signTwice(['first life', 'second life'])
    expect(a.r).not.toBe(b.r)
    expect(keyFrom(a, b)).toBeUndefined()
  })
})

describe('attack 14: a polynomial of higher degree', () => {
  const polynomial = (degree: number): bigint[] => Array.from({ length: degree + 1 }, () => twin.scalars.random(random))
  const at = (f: readonly bigint[], x: number): bigint => f.reduceRight((sum, c) => Fn.add(Fn.mul(sum, BigInt(x)), c), 0n)
  const weigh = (points: readonly (readonly [number, bigint])[]): bigint =>
    points.reduce((sum, [i, y]) => {
      const weight = points.reduce((w, [j]) => (i === j ? w : Fn.mul(w, Fn.mul(BigInt(j), Fn.inv(Fn.create(BigInt(j - i)))))), 1n)
      return Fn.add(sum, Fn.mul(weight, y))
    }, 0n)

  it('unchecked, t members no longer have the key: each quorum signs for another account', () => {
    const honest = polynomial(1)
    const cheating = polynomial(2)
    const shareOf = (x: number): readonly [number, bigint] => [x, Fn.add(at(honest, x), at(cheating, x))]
    const key = Fn.add(honest[0] as bigint, cheating[0] as bigint)
    expect(weigh([shareOf(1), shareOf(2)])).not.toBe(weigh([shareOf(1), shareOf(3)]))
    expect(weigh([shareOf(1), shareOf(2)])).not.toBe(key)
    // All three together still have it: the threshold was raised without anybody's consent.
    expect(weigh([shareOf(1), shareOf(2), shareOf(3)])).toBe(key)
  })
})

describe('attack 16: a key chosen after the others', () => {
  it('without commitments and proofs the last dealer takes the whole key', () => {
    const others = [1, 2].map(() => Point.BASE.multiply(twin.scalars.random(random)))
    const wanted = twin.scalars.random(random)
    const rogue = others.reduce((point, other) => point.subtract(other), Point.BASE.multiply(wanted))
    const sum = others.reduce((point, other) => point.add(other), rogue)
    expect(sum.equals(Point.BASE.multiply(wanted))).toBe(true)
    expect(wanted < CURVE_ORDER).toBe(true)
  })
})
