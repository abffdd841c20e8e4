/**
 * What a cheater that is only told "passed" or "failed" learns when it may try again, as it may where nothing burns the pair and nothing wipes the state. The victims are
 * the twin's own functions, called again and again with the same secrets: the caller's rule (burn, wipe) is what is missing, and no check is changed.
 */
import { describe, expect, it } from 'vitest'
import { type Bytes, bytesToBigint, concat, equal, Secret, u32be } from '../../../core/bytes.ts'
import { isPoolError } from '../../../core/errors.ts'
import { kernel } from '../../../core/kernel/index.ts'
import { acceptExtension } from '../../../core/kernel/reference/ot-extension.ts'
import { baseOtSend, baseOtSenderKey } from '../../../core/kernel/reference/transfer.ts'
import { twin } from '../../../core/kernel/reference/twin.ts'
import { type VoleBobState, voleAlice, voleBobFinish, voleBobStart } from '../../../core/kernel/reference/vole.ts'
import { preprocess, sign } from '../../../core/threshold/index.ts'
import { P1 } from '../../../core/threshold/rounds.ts'
import { CURVE_ORDER, H } from '../../../core/transcript.ts'
import { editDirect, flip, memoryNetwork, signRequest, testShares } from '../../support/index.ts'
import { leafPair } from '../../support/leaf-pair.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { cheatingAlice } from '../multiplication-cheats.ts'

const random = seededRandom('selective failure')
const ROW = 110
const ROWS = 128
const bit = (bytes: Bytes, at: number): number => ((bytes[at >> 3] as number) >> (at & 7)) & 1

/** The code of the refusal, or `undefined`. */
function refusal(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (isPoolError(error)) return error.code
    throw error
  }
}

describe('attack 4: selective failure on Delta', () => {
  const pairContext = random(32)
  const { delta, bobLeaves, aliceLeaves } = leafPair(random)

  /** Bob changes one bit of one tree's row and fits the check to a guess of where that tree lacks a leaf: it passes when the guess is right. */
  function guess(tree: number, position: number): Bytes {
    const nonce = random(32)
    const x = random(ROW)
    const salt = H('ext-salt', [pairContext, nonce])
    const { u, v } = twin.extension.receiverRows({ key: H('ext-key', [salt]), leaves: bobLeaves, x })
    const change = new Uint8Array(ROW)
    change[5] = 1
    u[tree * ROW + 5] = (u[tree * ROW + 5] as number) ^ 1
    const chi = H('ext-chi', [salt, u], 96)
    const hashOf = (rows: Bytes): Bytes => twin.extension.hashRows({ rows, rowBytes: ROW, chi })
    const hashes = hashOf(v)
    const off = hashOf(change)
    for (let b = 0; b < 4; b++)
      if (((position >> b) & 1) === 1)
        for (let i = 0; i < 16; i++) hashes[(4 * tree + b) * 16 + i] = (hashes[(4 * tree + b) * 16 + i] as number) ^ (off[i] as number)
    const parts = Array.from({ length: ROWS }, (_, row) => hashes.subarray(16 * row, 16 * row + 16))
    return concat(nonce, u, hashOf(x), H('ext-t', [salt, ...parts]))
  }

  it('tells Bob all of Delta in a few hundred failed sessions, and then every secret input of Alice, where no failure burns the pair', () => {
    const learned = new Uint8Array(16)
    let sessions = 0
    for (let tree = 0; tree < 32; tree++) {
      const position = Array.from({ length: 16 }, (_, at) => at).find(at => {
        sessions++
        const message = guess(tree, at)
        return refusal(() => acceptExtension({ pairContext, delta, leaves: aliceLeaves, message })) === undefined
      })
      learned[tree >> 1] = (learned[tree >> 1] as number) | ((position ?? 0) << (4 * (tree & 1)))
    }
    expect(learned).toEqual(delta)
    expect(sessions).toBeLessThanOrEqual(32 * 16)

    // From here on both pads of each transfer are Bob's: alpha = Q_j - P0_j + P1_j, in an honest session.
    const view = random(32)
    const bob = voleBobStart({ pairContext, leaves: bobLeaves, random })
    const columns = bob.state.columns.expose()
    const alice = voleAlice({ pairContext, view, delta, leaves: aliceLeaves, extension: bob.message, random })
    const key = H('pad-key', [bob.state.salt, alice.message.subarray(0, 32), view])
    const own = twin.multiplication.pads({ key, columns })
    const other = twin.multiplication.pads({ key, columns, shift: learned })
    const chosen = bit(bob.state.choices.expose(), 0) === 1
    const [zero, one] = chosen ? [other, own] : [own, other]
    const q = [0, 1].map(c => bytesToBigint(alice.message.subarray(32 + 32 * c, 64 + 32 * c)))
    const inputs = q.map((value, c) => (((value - (zero[c] as bigint) + (one[c] as bigint)) % CURVE_ORDER) + CURVE_ORDER) % CURVE_ORDER)
    expect(inputs).toEqual([alice.alpha.k, alice.alpha.x])
  })

  it('here the first failure is the last: the pair has no state to ask any more', async () => {
    const shares = testShares(2, 2, 'selective failure')
    const quorum = [1, 2]
    const victim = shares.get(1)
    const cheater = shares.get(2)
    if (victim === undefined || cheater === undefined) throw new Error('two shares')
    const tamper = editDirect(P1, { from: 2 }, ({ extension }) => ({ extension: flip(extension, 3_599) }))
    const network = memoryNetwork(quorum, { seed: 'selective failure', faults: { tamper } })
    const outcomes = await network.run((ctx, seat) => preprocess(ctx, seat === 1 ? victim : cheater, { quorum }))
    expect(outcomes.get(1)?.error).toMatchObject({ code: 'ote-check', culprits: [{ party: 2, certainty: 'confirmed' }] })
    expect(network.journal).toEqual([{ index: 1, kind: 'burned', peer: 2, reason: 'ote-check' }])
    const again = await memoryNetwork(quorum, { seed: 'again' }).run((ctx, seat) =>
      sign(ctx, seat === 1 ? victim : cheater, { request: signRequest(), quorum }),
    )
    expect(again.get(1)?.error).toMatchObject({ code: 'peer-burned' })
  })
})

describe('attack 5: selective failure on w', () => {
  const pairContext = random(32)
  const view = random(32)
  const { delta, bobLeaves, aliceLeaves } = leafPair(random)
  const { message: extension, state } = voleBobStart({ pairContext, leaves: bobLeaves, random })
  const choices = state.choices.expose().slice()
  const columns = state.columns.expose().slice()
  const fresh = (): VoleBobState => ({ ...state, choices: new Secret('choices', choices.slice()), columns: new Secret('columns', columns.slice()) })
  const cheat = (row: number): Bytes =>
    cheatingAlice({ pairContext, view, delta, leaves: aliceLeaves, extension, random, bad: { rows: [row], error: [1n, 2n, 3n], bet: 0 } }).message

  it('tells Alice one choice bit for each message, where Bob answers a second one with the same state', () => {
    const rows = Array.from({ length: 8 }, (_, i) => 90 * i)
    const learned = rows.map(row => (refusal(() => voleBobFinish({ state: fresh(), view, message: cheat(row) })) === undefined ? 0 : 1))
    expect(learned).toEqual(rows.map(row => bit(choices, row)))
    expect(new Set(learned).size).toBe(2)
  })

  it('here a state answers once, whatever the answer was', () => {
    const once = fresh()
    const row = Array.from({ length: 752 }, (_, at) => at).find(at => bit(choices, at) === 1) as number
    expect(refusal(() => voleBobFinish({ state: once, view, message: cheat(row) }))).toBe('vole-check')
    expect(refusal(() => voleBobFinish({ state: once, view, message: cheat(0) }))).toBe('secret-used')
  })
})

describe('attack 7: base transfers over a hash with a known logarithm', () => {
  const otsid = random(32)
  const { secret, message: senderKey } = baseOtSenderKey(random)
  const logarithms = [twin.scalars.random(random), twin.scalars.random(random)] as const
  const pair = logarithms.map(b => twin.points.multiplyBase(b)) as [Bytes, Bytes]
  /** A hash to the curve as it must not be: hash·G. */
  const weak = (index: number, side: number, point: Bytes): bigint =>
    bytesToBigint(H('bot/popf', [otsid, u32be(index), u32be(side), point])) % CURVE_ORDER
  const keyOf = (side: number, shared: Bytes): Bytes => H('bot/kdf', [otsid, senderKey, u32be(0), u32be(side), shared, ...pair], 16)
  const times = (scalar: bigint, point: Bytes): Bytes => kernel.points.combine([{ point, scalar }]) as Bytes
  /** What a receiver that knows the logarithms of both its points, and of the hash, computes for a side. */
  const guessed = (side: 0 | 1): Bytes => {
    const logarithm = twin.scalars.add(logarithms[side], weak(0, side, pair[1 - side] as Bytes))
    return keyOf(side, times(logarithm, senderKey))
  }

  it('gives the receiver the keys of both sides', () => {
    const y = bytesToBigint(secret)
    for (const side of [0, 1] as const) {
      const sum = kernel.points.combine([
        { point: pair[side], scalar: 1n },
        { point: kernel.points.base, scalar: weak(0, side, pair[1 - side] as Bytes) },
      ]) as Bytes
      expect(guessed(side)).toEqual(keyOf(side, times(y, sum)))
    }
  })

  it('here the same receiver has neither: nobody knows a logarithm of the hash', () => {
    const message = concat(...Array.from({ length: 128 }, () => concat(...pair)))
    const { keys } = baseOtSend({ secret, senderKey, otsid, message })
    for (const side of [0, 1] as const) {
      const key = (keys[0] as readonly [Bytes, Bytes])[side]
      expect(equal(key, guessed(side))).toBe(false)
      expect(equal(key, keyOf(side, times(logarithms[side], senderKey)))).toBe(false)
      // The same two points in another place give another key: the index is in the hashes.
      expect(equal(key, (keys[1] as readonly [Bytes, Bytes])[side])).toBe(false)
    }
  })
})
