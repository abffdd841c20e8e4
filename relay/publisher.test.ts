import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { genesisBlock, headOf } from '../core/batch/block.ts'
import { channelIdOf, contentCommitment } from '../core/batch/content.ts'
import { encodeBlocks } from '../core/batch/summary.ts'
import { type Bytes, fromHex, hex } from '../core/bytes.ts'
import type { Hex } from '../core/ethereum.ts'
import { decodeSignedTransaction } from '../core/l1/transaction.ts'
import type { Pool } from '../core/proposal/pool.ts'
import { epochSchedule } from '../core/proposal/turn.ts'
import { type Anvil, startAnvil } from '../signer-node/anvil.ts'
import { nodeDeflate } from '../signer-node/zlib.ts'
import { testPool } from '../test/support/pool.ts'
import { labelled } from '../test/support/random.ts'
import { joinRelay, type TestMember } from '../test/support/relay-client.ts'
import type { RelayConfig } from './config.ts'
import { createRelay, type Relay } from './relay.ts'

/** The account of the pool, held by the test in one piece: what signs is not what is tested here. */
const account = privateKeyToAccount(hex(labelled('account')))
const other = privateKeyToAccount(hex(labelled('other account')))
const alice = privateKeyToAccount(hex(labelled('alice')))
const address = account.address.toLowerCase() as Hex
const inbox: Hex = `0x${'ff'.repeat(20)}`

let anvil: Anvil
const cleanups: (() => Promise<void> | void)[] = []
beforeAll(async () => {
  anvil = await startAnvil({ blockTime: 0 })
}, 60_000)
afterAll(() => anvil?.close())
afterEach(async () => {
  for (const undo of cleanups.splice(0).reverse()) await undo()
})

async function l1<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
  const response = await fetch(anvil.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const answer = (await response.json()) as { result?: T; error?: { message: string } }
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result as T
}

let pool: Pool
/** Each test has an account without history: the chain goes back to the start. */
beforeEach(async () => {
  await l1('anvil_reset')
  await l1('evm_setAutomine', true)
  for (const { address } of [account, other]) await l1('anvil_setBalance', address, '0x56bc75e2d63100000')
  const genesis = await l1<{ hash: Hex; timestamp: Hex }>('eth_getBlockByNumber', '0x0', false)
  const base = testPool(3)
  pool = { ...base, l1: { ...base.l1, genesis: { number: 0, hash: genesis.hash, timestamp: Number(genesis.timestamp) } } }
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sequorum-publisher-'))
  cleanups.push(() => rmSync(path, { recursive: true }))
  return path
}

interface Running {
  readonly relay: Relay
  readonly one: TestMember
  readonly two: TestMember
  rpc(method: string, ...params: unknown[]): Promise<unknown>
}

async function start(change: Partial<RelayConfig> = {}): Promise<Running> {
  const relay = await createRelay({ pool, l1Rpc: anvil.url, l1PollMs: 25, ...change })
  cleanups.push(() => relay.close())
  const [one, two] = [await joinRelay(relay.socketUrl, pool, 1), await joinRelay(relay.socketUrl, pool, 2)]
  for (const member of [one, two]) await member.ask({ kind: 'account', address: fromHex(address), keyId: labelled('key') })
  return {
    relay,
    one,
    two,
    async rpc(method, ...params) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const answer = await fetch(`${relay.url}/rpc`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      return ((await answer.json()) as { result: unknown }).result
    },
  }
}

const transfer = (nonce: number): Promise<Hex> =>
  alice.signTransaction({
    type: 'eip1559',
    chainId: pool.l2.chainId,
    nonce,
    to: inbox,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: 1n,
  })

interface Signed {
  readonly height: number
  readonly content: Bytes
  readonly raw: Bytes
  readonly hash: Hex
}

/** The signed L1 transaction of a height with these L2 transactions. */
async function signed(
  height: number,
  transactions: readonly Hex[],
  change: { by?: typeof account; tip?: bigint; nonce?: number; chainId?: number; to?: Hex; data?: Hex } = {},
): Promise<Signed> {
  const { by = account, tip = 1_000_000_000n, nonce = height, chainId = pool.l1.chainId, to = inbox } = change
  const parent = headOf(genesisBlock({ l2ChainId: pool.l2.chainId, timestamp: pool.l2.genesisTime, l1Origin: pool.l1.genesis }))
  const block = {
    number: 1,
    parentHash: parent.hash,
    timestamp: parent.timestamp + 1,
    l1Origin: pool.l1.genesis,
    transactions: transactions.map(raw => fromHex(raw)),
  }
  const place = { chainId: pool.l1.chainId, account: address, nonce: height }
  const channelId = channelIdOf(place)
  const { calldata, frames } = encodeBlocks([block], channelId, nodeDeflate)
  const content = contentCommitment({ ...place, inbox, channelId, frames, l1OriginHash: pool.l1.genesis.hash })
  const raw = fromHex(
    await by.signTransaction({
      type: 'eip1559',
      chainId,
      nonce,
      to,
      value: 0n,
      gas: 300_000n,
      maxFeePerGas: 10_000_000_000n + tip,
      maxPriorityFeePerGas: tip,
      data: change.data ?? hex(calldata),
    }),
  )
  return { height, content, raw, hash: decodeSignedTransaction(raw).hash }
}

const submit = (member: TestMember, { height, content, raw }: Signed, round = 0) => member.ask({ kind: 'submit', height, round, content, raw })
const STATE = { stored: 0, sent: 1, included: 2, confirmed: 3, failed: 4 } as const
const news = (member: TestMember, height: number, state: keyof typeof STATE) =>
  member.wait('l1', frame => frame.height === height && frame.state === STATE[state])

/** Seat that proposes at (height, round) of the first rotation epoch. */
function proposerOf(height: number, round: number): number | undefined {
  const members = pool.members.map(({ vote, weight }) => ({ address: vote, weight }))
  const schedule = epochSchedule({
    chainId: pool.l2.chainId,
    epoch: 0,
    epochLength: pool.times.epochLength,
    members,
    l1BlockHash: pool.l1.genesis.hash,
  })
  return pool.members.find(({ vote }) => vote === schedule.proposer(height, round))?.seat
}

describe('publisher', () => {
  it('takes a batch from the first transaction to a confirmed block', async () => {
    const { relay, one, two, rpc } = await start()
    const transactions = [await transfer(0), await transfer(1)]
    for (const raw of transactions) await rpc('eth_sendRawTransaction', raw)
    await rpc('eth_sendRawTransaction', await transfer(2))
    expect(await one.wait('turn')).toMatchObject({ rotationEpoch: 0, height: 0, order: expect.arrayContaining([1, 2, 3]) })
    const confirmed = new Promise<number>(resolve => relay.onEvent(event => event.kind === 'confirmed' && resolve(event.batch.height)))
    const batch = await signed(0, transactions)
    expect(await submit(one, batch, 2)).toMatchObject({ kind: 'published', status: 0 })
    expect(await submit(two, batch, 2)).toMatchObject({ kind: 'published', status: 1 })
    for (const state of ['stored', 'sent', 'included', 'confirmed'] as const) expect(hex((await news(two, 0, state)).hash)).toBe(batch.hash)
    expect(await confirmed).toBe(0)
    const onL1 = await l1<{ blockNumber: Hex; input: Hex }>('eth_getTransactionByHash', batch.hash)
    const snapshot = await relay.snapshot()
    expect(snapshot.account).toBe(address)
    expect(snapshot.batches).toMatchObject([
      {
        height: 0,
        nonce: 0,
        txHash: batch.hash,
        state: 'confirmed',
        round: 2,
        blockNumber: Number(onL1.blockNumber),
        l2Blocks: 1,
        l2Transactions: 2,
      },
    ])
    expect(snapshot.batches[0]?.proposer).toBe(proposerOf(0, 2))
    expect(snapshot.totals).toMatchObject({ batches: 1, l2Blocks: 1, l2Transactions: 2 })
    expect(snapshot.intake.transactions).toBe(1)
    expect(await rpc('eth_getTransactionCount', alice.address)).toBe('0x2')
    expect(await rpc('eth_getTransactionCount', alice.address, 'pending')).toBe('0x3')
    expect(await rpc('sequorum_batches')).toMatchObject([{ height: 0, state: 'confirmed' }])
    // Asked again, a user gets the hash again; an older nonce with something else is too low.
    expect(await rpc('eth_sendRawTransaction', transactions[0])).toMatch(/^0x/)
    expect(await submit(one, await signed(0, transactions, { tip: 2_000_000_000n }))).toMatchObject({ kind: 'published', status: 1 })
    expect(await submit(one, await signed(0, []))).toMatchObject({ code: 'height-taken' })
    expect((await fetch(`${relay.url}/readyz`)).status).toBe(200)
    await one.wait('turn', turn => turn.height === 1)
    const late = await joinRelay(relay.socketUrl, pool, 3)
    expect((await late.wait('turn')).height).toBe(1)
  })

  it('refuses what is not a batch of this pool, each with its reason', async () => {
    const { one } = await start()
    const batch = await signed(0, [])
    const table: [code: string, submission: Signed][] = [
      ['malformed-transaction', { ...batch, raw: batch.raw.slice(1) }],
      ['wrong-account', await signed(0, [], { by: other })],
      ['wrong-chain', await signed(0, [], { chainId: 1 })],
      ['wrong-inbox', await signed(0, [], { to: `0x${'ee'.repeat(20)}` })],
      ['wrong-nonce', { ...batch, height: 1 }],
      ['wrong-content', { ...batch, content: labelled('content') }],
      ['malformed-batch', await signed(0, [], { data: '0x00' })],
    ]
    for (const [code, submission] of table) expect(await submit(one, submission)).toMatchObject({ kind: 'refused', code })
    expect(await l1('eth_getTransactionCount', account.address, 'pending')).toBe('0x0')
  })

  it('believes an account when q members say the same, not before', async () => {
    const relay = await createRelay({ pool, l1Rpc: anvil.url, l1PollMs: 25 })
    cleanups.push(() => relay.close())
    const claim = (member: TestMember, bytes: Bytes) => member.ask({ kind: 'account', address: bytes, keyId: labelled('key') })
    const one = await joinRelay(relay.socketUrl, pool, 1)
    await claim(one, fromHex(address))
    await claim(one, fromHex(address))
    expect((await relay.snapshot()).account).toBeUndefined()
    expect(await submit(one, await signed(0, []))).toMatchObject({ kind: 'refused', code: 'unavailable' })
    const two = await joinRelay(relay.socketUrl, pool, 2)
    await claim(two, fromHex(other.address))
    expect((await relay.snapshot()).account).toBeUndefined()
    await claim(two, fromHex(address))
    expect((await relay.snapshot()).account).toBe(address)
    expect(await submit(one, await signed(0, []))).toMatchObject({ kind: 'published' })
  })

  it('never has two contents for a height, but several signatures of one', async () => {
    await l1('evm_setAutomine', false)
    const { one, two, rpc } = await start()
    const raw = await transfer(0)
    await rpc('eth_sendRawTransaction', raw)
    const first = await signed(0, [raw])
    expect(await submit(one, first)).toMatchObject({ status: 0 })
    await news(one, 0, 'sent')
    expect(await submit(two, await signed(0, []))).toMatchObject({ kind: 'refused', code: 'other-content' })
    const bump = await signed(0, [raw], { tip: 3_000_000_000n })
    expect(await submit(two, bump)).toMatchObject({ status: 0 })
    await two.wait('l1', frame => frame.state === STATE.sent && hex(frame.hash) === bump.hash)
    await l1('evm_mine')
    expect(hex((await news(one, 0, 'confirmed')).hash)).toBe(bump.hash)
  })

  it('sends what was stored before it could be sent, after a restart', async () => {
    const dataDir = directory()
    const before = await start({ dataDir, l1Rpc: 'http://127.0.0.1:9' })
    const batch = await signed(0, [])
    expect(await submit(before.one, batch)).toMatchObject({ status: 0 })
    await before.relay.close()
    expect(await l1('eth_getTransactionByHash', batch.hash)).toBe(null)
    const { one } = await start({ dataDir })
    expect(hex((await news(one, 0, 'confirmed')).hash)).toBe(batch.hash)
  })

  it('sends again what the node has lost, and goes on after a restart in between', async () => {
    await l1('evm_setAutomine', false)
    const dataDir = directory()
    const first = await start({ dataDir })
    const batch = await signed(0, [])
    await submit(first.one, batch)
    await news(first.one, 0, 'sent')
    await first.relay.close()
    await l1('anvil_dropTransaction', batch.hash)
    expect(await l1('eth_getTransactionByHash', batch.hash)).toBe(null)
    const { one, relay } = await start({ dataDir })
    await news(one, 0, 'sent')
    while ((await l1('eth_getTransactionByHash', batch.hash)) === null)
      await new Promise(resolve => relay.onEvent(event => event.kind === 'l1' && resolve(undefined)))
    await l1('evm_mine')
    await news(one, 0, 'confirmed')
  })

  it('holds back a height whose predecessor it does not have', async () => {
    const { one } = await start()
    const [zero, next] = [await signed(0, []), await signed(1, [])]
    await submit(one, next)
    await news(one, 1, 'stored')
    await submit(one, zero)
    await news(one, 1, 'confirmed')
    const order = one.heard.filter(frame => frame.kind === 'l1' && frame.state === STATE.sent).map(frame => frame.kind === 'l1' && frame.height)
    expect(order).toEqual([0, 1])
  })

  it('counts confirmations as the pool asks for them', async () => {
    pool = { ...pool, l1: { ...pool.l1, confirmations: 3 } }
    const { one, relay } = await start()
    await submit(one, await signed(0, []))
    await news(one, 0, 'included')
    await l1('anvil_mine', '0x1')
    while ((await relay.snapshot()).l1.head < 2) await new Promise(setImmediate)
    expect((await relay.snapshot()).batches).toMatchObject([{ state: 'included' }])
    await l1('anvil_mine', '0x1')
    await news(one, 0, 'confirmed')
  })

  it('undoes a height that is reorganised away: its transactions wait again, and it is sent again', async () => {
    const { relay, one, rpc } = await start()
    const raw = await transfer(0)
    const hash = await rpc('eth_sendRawTransaction', raw)
    await l1('anvil_mine', '0x2')
    await submit(one, await signed(0, [raw]))
    await news(one, 0, 'confirmed')
    expect(await rpc('sequorum_transaction', hash)).toEqual({ state: 'confirmed', height: 0 })
    await l1('evm_setAutomine', false)
    const resent = new Promise<void>(resolve => relay.onEvent(event => event.kind === 'l1' && event.notice.state === 'sent' && resolve()))
    await l1('anvil_reorg', 1, [])
    await resent
    expect(await rpc('sequorum_transaction', hash)).toEqual({ state: 'waiting' })
    expect(await rpc('eth_getTransactionCount', alice.address)).toBe('0x0')
    expect((await relay.snapshot()).totals.batches).toBe(0)
    const again = new Promise<void>(resolve => relay.onEvent(event => event.kind === 'confirmed' && resolve()))
    await l1('evm_mine')
    await again
    expect(await rpc('sequorum_transaction', hash)).toEqual({ state: 'confirmed', height: 0 })
  })

  it('says so when something else has used the nonce of a height', async () => {
    await l1('evm_setAutomine', false)
    const log: string[] = []
    const { one } = await start({ log: (_, event) => void log.push(event) })
    const foreign = await signed(0, [], { to: `0x${'ee'.repeat(20)}`, tip: 20_000_000_000n })
    await l1('eth_sendRawTransaction', hex(foreign.raw))
    await submit(one, await signed(0, []))
    await l1('evm_mine')
    expect(hex((await news(one, 0, 'failed')).hash)).toBe(foreign.hash)
    expect(one.heard.some(frame => frame.kind === 'l1' && frame.state === STATE.confirmed)).toBe(false)
    expect(log).toContain('publisher.conflict')
  })

  it('knows after a restart what was ordered before', async () => {
    const dataDir = directory()
    const before = await start({ dataDir })
    const raw = await transfer(0)
    await before.rpc('eth_sendRawTransaction', raw)
    await submit(before.one, await signed(0, [raw]))
    await news(before.one, 0, 'confirmed')
    await before.relay.close()
    const { rpc, one } = await start({ dataDir })
    expect(await rpc('eth_getTransactionCount', alice.address)).toBe('0x1')
    // A member that comes back is told where things are.
    await news(one, 0, 'confirmed')
  })

  it('does not trust a node of another chain', async () => {
    pool = { ...pool, l1: { ...pool.l1, chainId: 1 } }
    const log: string[] = []
    const seen = new Promise<void>(resolve => {
      const relay = createRelay({
        pool,
        l1Rpc: anvil.url,
        l1PollMs: 25,
        log: (_, event, facts) => {
          log.push(`${event} ${facts?.message}`)
          if (event === 'l1.failed') resolve()
        },
      })
      cleanups.push(async () => (await relay).close())
    })
    await seen
    expect(log.join()).toContain('another chain')
  })
})
