import { expect, test } from 'vitest'
import type { KeyFacts, SeatStatus } from '../api.ts'
import { attentionOf } from './attention.ts'

const report = { seat: 1, phase: 'ready', height: 7, round: 0, refusals: [], kernel: 'wasm' } as const
const keys: KeyFacts = {
  epoch: '0x01',
  epochNo: 2,
  activeSince: undefined,
  threshold: 2,
  members: [1, 2, 3],
  restored: false,
  superseded: undefined,
  burned: [],
  erased: [],
  refreshing: false,
  backup: { epochNo: 2, at: 0, present: true },
}
const running = {
  state: 'running',
  working: false,
  entry: undefined,
  pool: undefined,
  relay: undefined,
  report,
  events: [],
  keys,
  passkey: undefined,
  problem: undefined,
} as unknown as SeatStatus

test('a person is told what waits for them before what passes by itself', () => {
  expect(attentionOf(running)).toBeUndefined()
  expect(attentionOf({ ...running, report: { ...report, phase: 'proposing' } })).toMatchObject({ title: 'Your turn', waits: false })
  const unsafe = { ...running, keys: { ...keys, backup: { epochNo: 1, at: 0, present: false } } }
  expect(attentionOf(unsafe)).toMatchObject({ title: 'Backup needed', waits: true })
  expect(attentionOf({ ...unsafe, report: { ...report, phase: 'proposing' } })).toMatchObject({ title: 'Backup needed' })
  expect(attentionOf({ ...unsafe, report: { ...report, problem: 'share-superseded' } })).toMatchObject({ topic: 'share-superseded', waits: true })
  expect(attentionOf({ ...running, report: { ...report, phase: 'awaiting-funds' } })).toMatchObject({ waits: true })
})

test('each turn is told once; a tab that only looks tells nothing', () => {
  const turn = (height: number) => attentionOf({ ...running, report: { ...report, phase: 'proposing', height } })?.topic
  expect(turn(7)).toBe(turn(7))
  expect(turn(8)).not.toBe(turn(7))
  expect(attentionOf({ ...running, state: 'busy', report: { ...report, phase: 'proposing' } })).toBeUndefined()
  expect(attentionOf(undefined)).toBeUndefined()
})
