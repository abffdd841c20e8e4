/**
 * The demo against an Ethereum node that somebody else has started, seen from that node alone.
 * @module
 */
import { type Hex, keccak256 } from 'viem'
import { expect } from 'vitest'
import { type ChainStart, chainFaults, type DerivedBlock, deriveBlocks } from './derive.ts'
import { folder } from './folder.ts'
import { startNode, transactionsFrom } from './l1.ts'
import { sequorum, sequorumToEnd } from './program.ts'
import { createTraffic } from './traffic.ts'

export const INBOX = '0xff00000000000000000000000000000000012345'

/** The last line that `demo --batches --json` prints. */
export interface DemoResult {
  readonly ok: boolean
  readonly account: Hex
  readonly threshold: number
  readonly members: number
  readonly chainId: number
  readonly inbox: Hex
  readonly l1Rpc: string
  readonly submitted: readonly Hex[]
  readonly batches: readonly {
    readonly height: number
    readonly nonce: number
    readonly txHash: Hex
    readonly blockNumber: number
    readonly l2Transactions: number
    readonly l2Blocks: number
    readonly proposer: number
    readonly round: number
    readonly signers: readonly number[]
    readonly latencyMs: number
  }[]
}

interface DecodedByCli {
  readonly ok: boolean
  readonly frames: number
  readonly compression: string
  readonly blocks: readonly {
    readonly parentHash: Hex
    readonly timestamp: number
    readonly l1Origin: { readonly number: string; readonly hash: Hex }
    readonly transactions: readonly { readonly hash: Hex; readonly raw: Hex }[]
  }[]
}

const seats = (members: number): number[] => Array.from({ length: members }, (_, i) => i + 1)

/** Runs `demo` on a fresh anvil as it comes and checks what issue 2 asks of it. Some of the transactions are this test's own, through `/rpc`. */
export async function demoPosts({
  members,
  threshold,
  batches,
  within,
}: {
  members: number
  threshold: number
  batches: number
  within: number
}): Promise<void> {
  const node = await startNode()
  const counts = ['--members', String(members), '--threshold', String(threshold), '--batches', String(batches)]
  const demo = sequorum(['demo', ...counts, '--inbox', INBOX, '--l1', node.url, '--json'], { env: { TMPDIR: folder() } })
  const page = await demo.until('the address of the page', () => /page (http:\/\/127\.0\.0\.1:\d+)/.exec(demo.stderr)?.[1])
  const pool = (await (await fetch(`${page}/api/pool`)).json()) as ChainStart
  const traffic = createTraffic(`${page}/rpc`, pool.l2.chainId, `demo ${members} ${threshold}`)
  await traffic.submit(7)

  const ending = await demo.end(within)
  expect(ending, demo.stderr).toEqual({ code: 0, signal: null })
  const result = JSON.parse(demo.lines().at(-1) ?? '') as DemoResult
  expect(result).toMatchObject({ ok: true, threshold, members, chainId: 31_337, inbox: INBOX, l1Rpc: node.url })
  expect(result.account).toMatch(/^0x[0-9a-f]{40}$/)
  expect(result.batches).toHaveLength(batches)

  const posted = await transactionsFrom(node, result.account)
  expect(posted.map(({ transaction }) => transaction.nonce)).toEqual(seats(batches).map(seat => seat - 1))
  expect(posted.map(({ transaction }) => transaction.to)).toEqual(posted.map(() => INBOX))
  expect(posted.every(({ succeeded, transaction }) => succeeded && transaction.value === 0n && transaction.type === 'eip1559')).toBe(true)

  const blocks: DerivedBlock[] = []
  for (const [i, { transaction, block }] of posted.entries()) {
    const derived = deriveBlocks(transaction.input)
    blocks.push(...derived)
    const row = result.batches[i]
    expect(row).toMatchObject({
      height: i,
      nonce: i,
      txHash: transaction.hash,
      blockNumber: block,
      l2Transactions: derived.flatMap(({ transactions }) => transactions).length,
      l2Blocks: derived.length,
    })
    expect(seats(members)).toContain(row?.proposer)
    expect(row?.round).toBeGreaterThanOrEqual(0)
    expect(row?.latencyMs).toBeGreaterThan(0)
    expect(new Set(row?.signers).size).toBe(threshold)
    expect(seats(members)).toEqual(expect.arrayContaining([...(row?.signers ?? [])]))
    // The project's own decoder says the same.
    const decode = await sequorumToEnd(['decode', '--l1', node.url, '--tx', transaction.hash, '--json'])
    expect(decode.ending?.code, decode.stderr).toBe(0)
    expect(viewOf(JSON.parse(decode.stdout) as DecodedByCli)).toEqual(derived)
  }
  expect(chainFaults(pool, blocks)).toEqual([])

  // All that was submitted, once, in order.
  const landed = blocks.flatMap(({ transactions }) => transactions.map(raw => keccak256(raw)))
  const mine = traffic.sent.map(({ hash }) => hash)
  expect(result.submitted).toHaveLength(4 * batches)
  expect(landed.filter(hash => result.submitted.includes(hash))).toEqual(result.submitted)
  expect(landed.filter(hash => mine.includes(hash))).toEqual(mine)
  expect(landed).toHaveLength(result.submitted.length + mine.length)
}

const viewOf = ({ blocks }: DecodedByCli): DerivedBlock[] =>
  blocks.map(({ parentHash, timestamp, l1Origin, transactions }) => ({
    parentHash,
    timestamp,
    originNumber: Number(l1Origin.number),
    originHash: l1Origin.hash,
    transactions: transactions.map(({ raw }) => raw),
  }))
