import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { cheatingAlice, cheatingBob, type Omission } from '../../../test/malicious/multiplication-cheats.ts'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, bytesToBigint, concat } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'
import { twin } from './twin.ts'
import { type VoleBobState, voleAlice, voleBobFinish, voleBobStart } from './vole.ts'

const random = seededRandom('vole.test')
const pairContext = random(32)
const view = random(32)
const { delta, bobLeaves, aliceLeaves } = leafPair(random)

const start = () => voleBobStart({ pairContext, leaves: bobLeaves, random })
const honestAlice = (extension: Bytes, change: { pairContext?: Bytes; view?: Bytes } = {}) =>
  voleAlice({ pairContext, view, delta, leaves: aliceLeaves, extension, random, ...change })
const cheat = (extension: Bytes, change: Partial<Parameters<typeof cheatingAlice>[0]>) =>
  cheatingAlice({ pairContext, view, delta, leaves: aliceLeaves, extension, random, ...change })
const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'accepted'
  } catch (error) {
    return isPoolError(error) ? error.code : String(error)
  }
}
const outcome = (state: VoleBobState, message: Bytes, ownView = view): string => codeOf(() => voleBobFinish({ state, view: ownView, message }))
/** A state that a test may spend once more: `voleBobFinish` wipes the original. */
const copyOf = (state: VoleBobState): VoleBobState => {
  const again = cheatingBob({ pairContext, leaves: bobLeaves, random })
  again.state.choices.expose().set(state.choices.expose())
  again.state.columns.expose().set(state.columns.expose())
  return { ...state, choices: again.state.choices, columns: again.state.columns }
}

describe('multiplication', () => {
  test('t + d = alpha * beta, over random runs', () => {
    const seen = new Set<bigint>()
    for (let run = 0; run < 10; run++) {
      const fresh = seededRandom(`vole run ${run}`)
      // extremes of Delta, then random ones; new leaves each time
      const pair = leafPair(fresh, [new Uint8Array(16), new Uint8Array(16).fill(255)][run] ?? fresh(16))
      const bob = voleBobStart({ pairContext, leaves: pair.bobLeaves, random: fresh })
      const alice = voleAlice({ pairContext, view, delta: pair.delta, leaves: pair.aliceLeaves, extension: bob.message, random: fresh })
      const { beta, d } = voleBobFinish({ state: bob.state, view, message: alice.message })
      expect([bob.message.length, alice.message.length]).toEqual([3600, 72_288])
      expect((alice.t.k + d.k) % n).toBe((alice.alpha.k * beta) % n)
      expect((alice.t.x + d.x) % n).toBe((alice.alpha.x * beta) % n)
      for (const value of [beta, d.k, d.x, alice.alpha.k, alice.alpha.x, alice.t.k, alice.t.x]) {
        expect(value >= 0n && value < n).toBe(true)
        seen.add(value)
      }
    }
    expect(seen.size).toBe(70)
  })

  test('the same leaves serve many multiplications', () => {
    for (let run = 0; run < 3; run++) {
      const bob = start()
      const alice = honestAlice(bob.message)
      const { beta, d } = voleBobFinish({ state: bob.state, view, message: alice.message })
      expect((alice.t.k + d.k) % n).toBe((alice.alpha.k * beta) % n)
    }
  })

  test('a wrong length is refused before anything is read, and never as a failed check', () => {
    const bob = start()
    const { message } = honestAlice(bob.message)
    for (const bad of [new Uint8Array(0), message.subarray(1), concat(message, Uint8Array.of(0))])
      expect(outcome(copyOf(bob.state), bad)).toBe('malformed-round')
    for (const bad of [new Uint8Array(0), bob.message.subarray(1), concat(bob.message, Uint8Array.of(0))])
      expect(codeOf(() => honestAlice(bad))).toBe('malformed-round')
  })

  test('arguments of the caller are checked', () => {
    const bob = start()
    const { message } = honestAlice(bob.message)
    const short = new Uint8Array(31)
    expect(codeOf(() => voleBobStart({ pairContext: short, leaves: bobLeaves, random }))).toBe('invalid-argument')
    expect(codeOf(() => voleBobStart({ pairContext, leaves: bobLeaves.subarray(1), random }))).toBe('invalid-argument')
    expect(codeOf(() => honestAlice(bob.message, { view: short }))).toBe('invalid-argument')
    expect(codeOf(() => honestAlice(bob.message, { pairContext: short }))).toBe('invalid-argument')
    expect(codeOf(() => cheatFreeAlice({ delta: delta.subarray(1) }, bob.message))).toBe('invalid-argument')
    expect(codeOf(() => cheatFreeAlice({ leaves: aliceLeaves.subarray(1) }, bob.message))).toBe('invalid-argument')
    // a caller's mistake does not cost the state
    expect(outcome(bob.state, message, short)).toBe('invalid-argument')
    expect(outcome(bob.state, message)).toBe('accepted')
  })

  test('values that are not below the order are refused, in every place, before the check', () => {
    const bob = start()
    const { message } = honestAlice(bob.message)
    for (const place of [0, 1, 1128, 2255])
      for (const value of [n, (1n << 256n) - 1n]) {
        const bad = message.slice()
        bad.set(bigintToBytes(value, 32), 32 + 32 * place)
        expect(outcome(copyOf(bob.state), bad)).toBe('invalid-scalar')
      }
    const badV = message.slice()
    badV.set(bigintToBytes(n, 32), 72_256)
    expect(outcome(copyOf(bob.state), badV)).toBe('invalid-scalar')
    const other = message.slice()
    other.set(bigintToBytes(n - 1n, 32), 32)
    expect(outcome(copyOf(bob.state), other)).toBe('vole-check')
  })

  test.each([
    ['nonce', 0, 32],
    ['Q', 32, 72_224],
    ['hash of U', 72_224, 72_256],
    ['v', 72_256, 72_288],
  ])('a changed bit of %s is caught', (_field, from, to) => {
    const bob = start()
    const { message } = honestAlice(bob.message)
    // low bytes of a scalar, so that it stays in range
    for (const at of [from + 31, from + 32 * ((to - from) >> 6) + 31, to - 1]) {
      const bad = message.slice()
      bad[at] = (bad[at] as number) ^ 1
      expect(outcome(copyOf(bob.state), bad)).toBe('vole-check')
    }
  })

  test('another view or context is caught', () => {
    const bob = start()
    expect(outcome(copyOf(bob.state), honestAlice(bob.message).message, random(32))).toBe('vole-check')
    expect(outcome(copyOf(bob.state), honestAlice(bob.message, { view: random(32) }).message)).toBe('vole-check')
    expect(codeOf(() => honestAlice(bob.message, { pairContext: random(32) }))).toBe('ote-check')
    // an answer to another extension of the same pair
    expect(outcome(copyOf(bob.state), honestAlice(start().message).message)).toBe('vole-check')
  })

  // An Alice who leaves one input out of a hash computes what Bob does not. So pads depend on both nonces and the view, and the
  // challenge on the extension message and on Q.
  test.each([
    { tag: 'ext-salt', part: 0 },
    { tag: 'ext-salt', part: 1 },
    { tag: 'ext-key', part: 0 },
    { tag: 'pad-key', part: 0 },
    { tag: 'pad-key', part: 1 },
    { tag: 'pad-key', part: 2 },
    { tag: 'vole-ctx', part: 0 },
    { tag: 'vole-ctx', part: 1 },
    { tag: 'vole-ctx', part: 2 },
    { tag: 'vole-ctx', part: 3 },
    { tag: 'vole-E', part: 0 },
    { tag: 'vole-Q', part: 0 },
    { tag: 'vole-chi', part: 0 },
    { tag: 'vole-chi', part: 1 },
    { tag: 'vole-chi', part: 2 },
    { tag: 'vole-chi', part: 3 },
    { tag: 'vole-u', part: 0 },
    { tag: 'vole-u', part: 1 },
    { tag: 'vole-u', part: 752 },
  ] satisfies Omission[])('the check binds part $part of $tag', omission => {
    const bob = start()
    expect(outcome(bob.state, cheat(bob.message, { omission }).message)).toBe('vole-check')
  })

  test.each([undefined, { tag: 'vole-g', part: 0 }, { tag: 'vole-g', part: 1 }, { tag: 'vole-g', part: 2 }, { tag: 'vole-msg', part: 0 }] satisfies (
    | Omission
    | undefined
  )[])('the gadget binds its inputs: %o', omission => {
    const bob = start()
    const alice = cheat(bob.message, omission === undefined ? {} : { omission })
    const { beta, d } = voleBobFinish({ state: bob.state, view, message: alice.message })
    // only the honest one (the control) shares the gadget with Bob
    expect((alice.t.k + d.k) % n === (alice.alpha.k * beta) % n).toBe(omission === undefined)
  })

  test('one bad row passes exactly when Alice bets right on the choice bit', () => {
    for (const row of [0, 7, 400, 751]) {
      for (const bet of [0, 1] as const) {
        const bob = start()
        const chosen = ((bob.state.choices.expose()[row >> 3] as number) >> (row & 7)) & 1
        const { message } = cheat(bob.message, { bad: { rows: [row], error: [5n, 0n, 0n], bet } })
        expect(outcome(bob.state, message)).toBe(chosen === bet ? 'accepted' : 'vole-check')
      }
    }
  })

  test('were the challenge known before Q, a bad row would pass and spoil the product; it is not, and is caught', () => {
    const bob = start()
    const { choices } = bob.state
    const row = Array.from({ length: 752 }, (_, j) => j).find(j => ((choices.expose()[j >> 3] as number) >> (j & 7)) & 1) as number
    // an error that is orthogonal to the challenge of the honest message
    const same = () => seededRandom('frozen challenge')
    const honest = cheat(bob.message, { random: same() })
    const error = [1n, 0n, n - (honest.chi[0] as bigint)] as const
    const fitted = cheat(bob.message, { random: same(), bad: { rows: [row], error, bet: 0 } })
    expect(fitted.zero).toEqual(honest.zero)

    // under the old challenge every row still gives the announced products, though Bob's row has another input
    const rows = twin.multiplication.applyCorrections({
      pads: bobPads(bob.state, honest.message),
      choices: choices.expose(),
      corrections: fitted.q,
    })
    const v = bytesToBigint(honest.message.subarray(72_256))
    const seen = twin.multiplication.checkedProducts({ rows, chi: honest.chi, choices: choices.expose(), v })
    expect(seen).toEqual(twin.multiplication.rowProducts({ rows: honest.zero, chi: honest.chi }))
    expect(rows[3 * row]).toBe(((honest.zero[3 * row] as bigint) + (honest.inputs[0] as bigint) + 1n) % n)

    const replayed = concat(honest.message.subarray(0, 32), fitted.q, honest.message.subarray(72_224))
    expect(outcome(copyOf(bob.state), replayed)).toBe('vole-check')
    expect(outcome(copyOf(bob.state), fitted.message)).toBe('vole-check')
    expect(outcome(bob.state, honest.message)).toBe('accepted')

    /** Bob's pads, from his columns and Alice's pads: equal to hers of side 0 or side 1. */
    function bobPads(state: VoleBobState, message: Bytes): bigint[] {
      const q = message.subarray(32, 72_224)
      return honest.zero.map((pad, i) => {
        const j = Math.floor(i / 3)
        const w = BigInt(((state.choices.expose()[j >> 3] as number) >> (j & 7)) & 1)
        const correction = bytesToBigint(q.subarray(32 * i, 32 * i + 32))
        return (pad + w * ((honest.inputs[i % 3] as bigint) - correction + n)) % n
      })
    }
  })

  test('the state is used once, is wiped whatever the outcome, and does not print', () => {
    for (const spoil of [false, true]) {
      const bob = start()
      const { message } = honestAlice(bob.message)
      const buffers = [bob.state.choices.expose(), bob.state.columns.expose()]
      expect(inspect(bob.state, { depth: 5, showHidden: true })).toContain('redacted')
      expect(JSON.stringify(bob.state)).toContain('[redacted choice bits]')
      if (spoil) message[40] = (message[40] as number) ^ 1
      expect(outcome(bob.state, message)).toBe(spoil ? 'vole-check' : 'accepted')
      for (const buffer of buffers) expect(buffer.every(byte => byte === 0)).toBe(true)
      expect(outcome(bob.state, message)).toBe('secret-used')
    }
  })

  function cheatFreeAlice(change: { delta?: Bytes; leaves?: Bytes }, extension: Bytes) {
    return voleAlice({ pairContext, view, delta, leaves: aliceLeaves, extension, random, ...change })
  }
})
