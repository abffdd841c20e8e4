import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BatchRow, createDemoState, foldEvent } from './state.ts'
import { batchLine, liveView, plainView, screen, type ViewFacts } from './view.ts'

const facts: ViewFacts = {
  url: 'http://127.0.0.1:8080',
  l1Rpc: 'http://127.0.0.1:8545',
  pool: 'demo pool',
  threshold: 2,
  quorum: 2,
  survives: { crashes: 1, cheaters: 0 },
  members: [1, 2, 3],
}
const account = `0x${'ab'.repeat(20)}` as const
const hash = `0x${'cd'.repeat(32)}` as const

function terminal(): { readonly out: NodeJS.WriteStream; readonly written: string[] } {
  const written: string[] = []
  const out = { rows: 40, columns: 200, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream
  return { out, written }
}

function landed(): { state: ReturnType<typeof createDemoState>; row: BatchRow } {
  const state = createDemoState()
  foldEvent(state, 1, { kind: 'key', account, keyId: hash })
  foldEvent(state, 2, { kind: 'signed', height: 0, round: 1, proposer: 2, signers: [1, 2], hash, latencyMs: 321 })
  const event = { kind: 'batch', height: 0, nonce: 0, hash, l1Block: 7, l2Blocks: 3, transactions: [hash], replayed: false } as const
  const row = foldEvent(state, 1, event) as BatchRow
  expect(foldEvent(state, 3, event)).toBeUndefined()
  return { state, row }
}

describe('the terminal view of the demo', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('draws in place, and not after it was closed', () => {
    const { out, written } = terminal()
    const view = liveView(out, facts, createDemoState())
    view.update()
    view.update()
    vi.advanceTimersByTime(200)
    expect(written).toHaveLength(1)
    view.line('a note')
    view.close()
    expect(written).toHaveLength(2)
    expect(written[1]).toContain('a note')
    view.update()
    view.line('too late')
    vi.advanceTimersByTime(1_000)
    expect(written).toHaveLength(2)
  })

  it('shows members, turn, batches and who is gone', () => {
    const { state } = landed()
    state.reports.set(1, {
      seat: 1,
      phase: 'signing',
      height: 1,
      round: 2,
      ceremony: { kind: 'sign', round: 'P1', missing: [3] },
      refusals: [],
      kernel: 'reference',
    })
    state.gone.add(3)
    const text = screen(facts, state, { height: 1, round: 1, order: [3, 2, 1] }, ['a note']).join('\n')
    for (const shown of [account, facts.url, 'sign P1, waits for 3', 'gone', '▸ 2', 'turn of height 1, round 1', '1+2', '321 ms', hash, 'a note'])
      expect(text).toContain(shown)
  })

  it('writes lines where there is no terminal', () => {
    const { out, written } = terminal()
    const { row } = landed()
    plainView(out).batch(row)
    expect(written).toEqual([`${batchLine(row)}\n`])
    expect(written[0]).toContain('batch 0: 1 transactions in 3 blocks, proposed by seat 2 in round 1, signed by 1+2 in 321 ms, L1 block 7')
  })
})
