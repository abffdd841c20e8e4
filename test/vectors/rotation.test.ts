/**
 * Conformance of the rotation with schedules computed by two other implementations. `SEQUORUM_VECTORS` names the folder; the number of checked
 * vectors is printed and zero fails.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { epochSchedule, roundAt, roundOpensAt } from '../../core/proposal/turn.ts'

interface ScheduleCase {
  readonly name: string
  readonly chainId: number
  readonly epoch: number
  readonly epochLen: number
  readonly members: readonly { readonly addr: string; readonly weight: string }[]
  readonly l1SeedBlockHash: string
  readonly registryRoot: string
  readonly seed: string
  readonly L: number
  readonly k0: number
  readonly primaries: readonly string[]
  readonly orders: Readonly<Record<string, readonly string[]>>
}
interface Schedules {
  /** Seconds. */
  readonly R0: number
  readonly dR: number
  readonly cases: readonly ScheduleCase[]
  readonly rounds: readonly { readonly due: number; readonly t: number; readonly round: number }[]
}

const folder = process.env.SEQUORUM_VECTORS
if (folder === undefined || folder === '') throw new Error('SEQUORUM_VECTORS is not set: run these tests with the folder of vectors')
const schedules: Schedules = JSON.parse(readFileSync(join(folder, 'rotation', 'schedule.json'), 'utf8'))

let checked = 0
afterAll(() => {
  console.log(`rotation vectors checked: ${checked}`)
  expect(checked).toBeGreaterThan(0)
})

describe('schedules', () => {
  it.each(schedules.cases.map(entry => [`${entry.name}, epoch ${entry.epoch}`, entry] as const))('%s', (_, entry) => {
    const members = entry.members.map(({ addr, weight }) => ({ address: addr, weight }))
    const { chainId, epoch, epochLen: epochLength, l1SeedBlockHash: l1BlockHash } = entry
    const schedule = epochSchedule({ chainId, epoch, epochLength, members, l1BlockHash })
    expect({ root: schedule.registryRoot, seed: schedule.seed, L: schedule.cycleLength, k0: schedule.offset }).toEqual({
      root: entry.registryRoot,
      seed: entry.seed,
      L: entry.L,
      k0: entry.k0,
    })
    expect(entry.primaries).toHaveLength(epochLength)
    for (const [slot, primary] of entry.primaries.entries()) {
      expect(schedule.proposer(epoch * epochLength + slot, 0)).toBe(primary)
      checked++
    }
    for (const [height, order] of Object.entries(entry.orders)) {
      expect(schedule.order(Number(height))).toEqual(order)
      for (const [round, address] of [...order, ...order].entries()) expect(schedule.proposer(Number(height), round)).toBe(address)
      checked++
    }
  })
})

describe('round clock', () => {
  it.each(schedules.rounds.map(entry => [entry.t - entry.due, entry] as const))('%d s after the batch was due', (_, { due, t, round }) => {
    const clock = { dueAt: due * 1000, roundZero: schedules.R0 * 1000, roundStep: schedules.dR * 1000 }
    expect(roundAt(clock, t * 1000)).toBe(round)
    expect(roundOpensAt(clock, round)).toBeLessThanOrEqual(t * 1000)
    expect(roundOpensAt(clock, round + 1)).toBeGreaterThan(t * 1000)
    checked++
  })
})
