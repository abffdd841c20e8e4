import { describe, expect, test } from 'vitest'
import { cheatingAlice, cheatingBob } from '../../../test/malicious/multiplication-cheats.ts'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import type { Random } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { acceptExtension } from './ot-extension.ts'
import { pprfBuild, pprfEvaluate } from './pprf.ts'
import { baseOtReceive, baseOtSend, baseOtSenderKey } from './transfer.ts'
import { voleAlice, voleBobFinish, voleBobStart } from './vole.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
console.log(`selective failure statistics, seed ${SEED} (SEQUORUM_TEST_SEED sets another)`)

/** Counts the runs that do not end in `code`; any other error is thrown. */
function passes(runs: number, name: string, code: 'vole-check' | 'ote-check' | 'pprf', run: (random: Random) => void): number {
  let passed = 0
  for (let i = 0; i < runs; i++) {
    try {
      run(seededRandom(`${SEED} ${name} ${i}`))
      passed++
    } catch (error) {
      if (!isPoolError(error, code)) throw error
    }
  }
  console.log(`${name}: ${passed} of ${runs} pass`)
  return passed
}

/** True when `passed` of `runs` is within five standard deviations of probability `p`: a fair run fails one time in two million. */
const plausible = (passed: number, runs: number, p: number): boolean => Math.abs(passed - runs * p) <= 5 * Math.sqrt(runs * p * (1 - p))

describe('what a cheater learns, and how often it is caught', () => {
  const multiply = (badRows: number) => (random: Random) => {
    const pairContext = random(32)
    const view = random(32)
    const { delta, bobLeaves, aliceLeaves } = leafPair(random)
    const bob = voleBobStart({ pairContext, leaves: bobLeaves, random })
    const rows = Array.from({ length: badRows }, (_, i) => 37 * i)
    const { message } = cheatingAlice({
      ...{ pairContext, view, delta, leaves: aliceLeaves, extension: bob.message, random },
      bad: { rows, error: [1n, 2n, 3n], bet: 0 },
    })
    voleBobFinish({ state: bob.state, view, message })
  }

  test('one bad row of the multiplication passes half of the time', () => {
    expect(plausible(passes(120, 'one bad row', 'vole-check', multiply(1)), 120, 1 / 2)).toBe(true)
  })

  test('three bad rows pass one time in eight, twenty never', () => {
    expect(plausible(passes(120, 'three bad rows', 'vole-check', multiply(3)), 120, 1 / 8)).toBe(true)
    expect(passes(30, 'twenty bad rows', 'vole-check', multiply(20))).toBe(0)
  })

  const extendWithFlips = (trees: number) => (random: Random) => {
    const pairContext = random(32)
    const { delta, bobLeaves, aliceLeaves } = leafPair(random)
    const flips = Array.from({ length: trees }, (_, i) => ({ tree: 5 * i + 2, bit: 100 + i }))
    const { message } = cheatingBob({ pairContext, leaves: bobLeaves, random, flips })
    acceptExtension({ pairContext, delta, leaves: aliceLeaves, message })
  }

  test('a flipped bit of u is caught 15 times in 16, in three trees nearly always', () => {
    expect(plausible(passes(480, 'one flipped bit of u', 'ote-check', extendWithFlips(1)), 480, 1 / 16)).toBe(true)
    // 200 / 4096 expected
    expect(passes(200, 'bits flipped in three trees', 'ote-check', extendWithFlips(3))).toBeLessThanOrEqual(2)
  })

  test('a changed correction of a tree is caught half of the time', () => {
    const run = (random: Random) => {
      const otsid = random(32)
      const choices = random(16)
      const pairs = Array.from({ length: 128 }, () => [random(16), random(16)] as const)
      const keys = pairs.map((pair, i) => pair[(((choices[i >> 3] as number) >> (i & 7)) & 1) as 0 | 1])
      const { message } = pprfBuild({ otsid, keys: pairs })
      message[160 * 9 + 40] = (message[160 * 9 + 40] as number) ^ 1
      pprfEvaluate({ otsid, choices, keys, message })
    }
    expect(plausible(passes(120, 'one changed correction', 'pprf', run), 120, 1 / 2)).toBe(true)
  })

  test('a whole pair from base transfers, both directions, many products', () => {
    const random = seededRandom(`${SEED} whole pair`)
    for (let direction = 0; direction < 2; direction++) {
      const otsid = random(32)
      const { secret, message: senderKey } = baseOtSenderKey(random)
      const received = baseOtReceive({ senderKey, otsid, random })
      const { keys } = baseOtSend({ secret, senderKey, otsid, message: received.message })
      const built = pprfBuild({ otsid, keys })
      const { delta, leaves } = pprfEvaluate({ otsid, choices: received.choices, keys: received.keys, message: built.message })
      for (let i = 0; i < 20; i++) {
        const [pairContext, view] = [random(32), random(32)]
        const bob = voleBobStart({ pairContext, leaves: built.leaves, random })
        const alice = voleAlice({ pairContext, view, delta, leaves, extension: bob.message, random })
        const { beta, d } = voleBobFinish({ state: bob.state, view, message: alice.message })
        const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
        expect((alice.t.k + d.k - alice.alpha.k * beta) % order).toBe(0n)
        expect((alice.t.x + d.x - alice.alpha.x * beta) % order).toBe(0n)
      }
    }
  })
})
