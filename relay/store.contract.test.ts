import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, describe, expect, it } from 'vitest'
import { hex } from '../core/bytes.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { Hex } from '../core/ethereum.ts'
import type { AppendOutcome, IncludedBatch, Publication, RelayStore, StoreOptions } from './store.ts'
import { openLibsqlStore } from './store-libsql.ts'

const room = new Uint8Array(32).fill(7)
const id = (n: number) => new Uint8Array(16).fill(n)
const word = (n: number): Hex => hex(new Uint8Array(32).fill(n))
const account = (n: number): Hex => hex(new Uint8Array(20).fill(n))
const bytes = (length: number, fill = 1) => new Uint8Array(length).fill(fill)
const page = { count: 100, bytes: 1e9 }

const opened: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const undo of opened.splice(0).reverse()) await undo()
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sequorum-relay-'))
  opened.push(() => rmSync(path, { recursive: true }))
  return path
}

/** Every implementation passes the same tests; each gives a way to open the same data again. */
const implementations: { name: string; durable: boolean; open: (place: string, options: StoreOptions) => RelayStore }[] = [
  { name: 'libsql file', durable: true, open: (place, options) => openLibsqlStore(place, options) },
  { name: 'libsql memory', durable: false, open: (_, options) => openLibsqlStore(undefined, options) },
]

function harness(open: (place: string, options: StoreOptions) => RelayStore) {
  function start(change: Partial<StoreOptions> = {}) {
    const place = directory()
    const time = { now: 1_000 }
    const options: StoreOptions = { room, now: () => time.now, roomMessages: 100, roomBytes: 1_000_000, members: 2, ...change }
    const store = open(place, options)
    opened.push(() => store.close())
    return {
      store,
      time,
      reopen: async () => {
        await store.close()
        const again = open(place, options)
        opened.push(() => again.close())
        return again
      },
    }
  }
  const put = (store: RelayStore, n: number, change: { recipient?: number; envelope?: Uint8Array; lifetime?: number } = {}): Promise<AppendOutcome> =>
    store.mailbox.append({ recipient: 1, id: id(n), envelope: bytes(10, n), lifetime: 5_000, ...change })
  const sequences = async (store: RelayStore, recipient = 1, after = 0) =>
    (await store.mailbox.read(recipient, after, page)).map(message => message.sequence)
  return { start, put, sequences }
}

describe.each(implementations)('store contract: $name', ({ open }) => {
  const { start, put, sequences } = harness(open)
  describe('mailbox', () => {
    it('gives each recipient increasing sequences and returns the same bytes in order', async () => {
      const { store } = start()
      const outcomes = await Promise.all([put(store, 1), put(store, 2), put(store, 3, { recipient: 2 }), put(store, 4)])
      expect(outcomes.map(outcome => outcome.status)).toEqual(['stored', 'stored', 'stored', 'stored'])
      const read = await store.mailbox.read(1, 0, page)
      expect(read.map(message => message.envelope)).toEqual([bytes(10, 1), bytes(10, 2), bytes(10, 4)])
      const [a, b, c] = read.map(message => message.sequence) as [number, number, number]
      expect(a < b && b < c).toBe(true)
      expect(await store.mailbox.lastSequence(1)).toBe(c)
      expect(await store.mailbox.lastSequence(9)).toBe(0)
      expect(await sequences(store, 1, a)).toEqual([b, c])
      expect(store.mailbox.usage()).toEqual({ messages: 4, bytes: 40 })
    })

    it('is idempotent by id, within one commit and later, and refuses other bytes under the same id', async () => {
      const { store } = start()
      const [first, second] = await Promise.all([put(store, 1), put(store, 1)])
      expect(first?.status).toBe('stored')
      expect(second).toEqual({ ...first, status: 'duplicate' })
      expect(await put(store, 1)).toEqual({ ...first, status: 'duplicate' })
      expect(await put(store, 1, { envelope: bytes(10, 9) })).toEqual({ status: 'conflict' })
      expect(await put(store, 1, { recipient: 2, envelope: bytes(11, 1) })).toEqual({ status: 'conflict' })
      expect((await sequences(store)).length).toBe(1)
    })

    it('deletes cumulatively on acknowledgement and still knows the ids', async () => {
      const { store } = start()
      for (const n of [1, 2, 3]) await put(store, n)
      await put(store, 4, { recipient: 2 })
      const all = await sequences(store)
      await store.mailbox.acknowledge(1, all[1] as number)
      expect(await sequences(store)).toEqual([all[2]])
      expect(store.mailbox.usage()).toEqual({ messages: 2, bytes: 20 })
      expect((await put(store, 1)).status).toBe('duplicate')
      await store.mailbox.acknowledge(1, all[1] as number)
      await store.mailbox.acknowledge(1, Number.MAX_SAFE_INTEGER)
      expect(store.mailbox.usage()).toEqual({ messages: 1, bytes: 10 })
      expect((await put(store, 5)).status).toBe('stored')
      expect((await sequences(store))[0]).toBeGreaterThan(all[2] as number)
    })

    it('forgets what is older than its lifetime, and not before', async () => {
      const { store, time } = start()
      await put(store, 1, { lifetime: 100 })
      await put(store, 2, { lifetime: 200 })
      time.now += 99
      expect(await store.mailbox.expire()).toBe(0)
      expect((await sequences(store)).length).toBe(2)
      time.now += 1
      expect((await sequences(store)).length).toBe(1)
      expect(await store.mailbox.expire()).toBe(1)
      expect(store.mailbox.usage()).toEqual({ messages: 1, bytes: 10 })
      expect((await put(store, 1)).status).toBe('stored')
    })

    it('remembers the id of an acknowledged message for ten minutes', async () => {
      const { store, time } = start()
      const lifetime = 24 * 3_600_000
      await put(store, 1, { lifetime })
      await store.mailbox.acknowledge(1, await store.mailbox.lastSequence(1))
      time.now += 10 * 60_000 - 1
      await store.mailbox.expire()
      expect((await put(store, 1, { lifetime })).status).toBe('duplicate')
      time.now += 1
      await store.mailbox.expire()
      expect((await put(store, 1, { lifetime })).status).toBe('stored')
    })

    it('pages by count and by bytes, always with one item', async () => {
      const { store } = start()
      for (const n of [1, 2, 3]) await put(store, n)
      expect((await store.mailbox.read(1, 0, { count: 2, bytes: 1e9 })).length).toBe(2)
      expect((await store.mailbox.read(1, 0, { count: 9, bytes: 20 })).length).toBe(2)
      expect((await store.mailbox.read(1, 0, { count: 9, bytes: 1 })).length).toBe(1)
    })

    it('refuses above the quota of the room only mailboxes that are above their share', async () => {
      const { store } = start({ roomMessages: 4, members: 2 })
      for (const n of [1, 2, 3, 4]) expect((await put(store, n)).status).toBe('stored')
      expect(await put(store, 5)).toEqual({ status: 'full', limit: 'messages' })
      expect((await put(store, 6, { recipient: 2 })).status).toBe('stored')
      expect((await put(store, 1)).status).toBe('duplicate')
      await store.mailbox.acknowledge(1, await store.mailbox.lastSequence(1))
      expect((await put(store, 5)).status).toBe('stored')
    })

    it('counts bytes as well', async () => {
      const { store } = start({ roomBytes: 100, members: 2 })
      expect((await put(store, 1, { envelope: bytes(100) })).status).toBe('stored')
      expect(await put(store, 2, { envelope: bytes(1) })).toEqual({ status: 'full', limit: 'bytes' })
      expect((await put(store, 3, { recipient: 2, envelope: bytes(50) })).status).toBe('stored')
    })
  })

  describe('intake', () => {
    const transaction = (n: number, nonce = n) => ({ hash: word(n), from: account(1), nonce, raw: bytes(5, n) })

    it('queues in order, once for a hash', async () => {
      const { store } = start()
      const [a, b, again] = await Promise.all([
        store.intake.enqueue(transaction(1)),
        store.intake.enqueue(transaction(2)),
        store.intake.enqueue(transaction(1)),
      ])
      expect(b).toBeGreaterThan(a as number)
      expect(again).toBe(a)
      expect(await store.intake.queued(0, page)).toEqual([
        { ...transaction(1), sequence: a },
        { ...transaction(2), sequence: b },
      ])
      expect((await store.intake.queued(a as number, page)).map(item => item.hash)).toEqual([word(2)])
      expect(await store.intake.lastQueued()).toBe(b)
    })

    it('never gives a sequence twice, also when the queue was emptied', async () => {
      const { store } = start()
      const first = await store.intake.enqueue(transaction(1))
      await store.intake.dequeue([word(1), word(9)])
      expect(await store.intake.queued(0, page)).toEqual([])
      expect(await store.intake.enqueue(transaction(1))).toBeGreaterThan(first)
    })
  })

  describe('publisher', () => {
    const publication = (n: number, change: Partial<Publication> = {}): Publication => ({
      hash: word(n),
      height: 3,
      nonce: 5,
      round: 0,
      content: word(100),
      raw: bytes(20, n),
      maxFeePerGas: 10n ** 20n,
      storedAt: n,
      sentAt: undefined,
      ...change,
    })

    it('keeps the first content of a height, and any number of variants of it', async () => {
      const { store } = start()
      expect(await store.publisher.publish(publication(1))).toBe('stored')
      expect(await store.publisher.publish(publication(1))).toBe('duplicate')
      expect(await store.publisher.publish(publication(2))).toBe('stored')
      expect(await store.publisher.publish(publication(3, { content: word(101) }))).toBe('conflict')
      expect(await store.publisher.publish(publication(4, { height: 4, content: word(101) }))).toBe('stored')
      await store.publisher.markSent(word(2), 77)
      expect(await store.publisher.publications(3)).toEqual([
        publication(1),
        publication(2, { sentAt: 77 }),
        publication(4, { height: 4, content: word(101) }),
      ])
      expect((await store.publisher.publications(4)).map(entry => entry.hash)).toEqual([word(4)])
    })
  })

  describe('chain', () => {
    const block = (number: number, fork = 0) => ({ number, hash: word(number + fork), parentHash: word(number + fork - 1), timestamp: 100 + number })
    const batch = (height: number, blockNumber: number): IncludedBatch => ({
      height,
      hash: word(200 + height),
      block: { number: blockNumber, hash: word(blockNumber), timestamp: 100 + blockNumber },
      succeeded: true,
      data: bytes(30, height),
      gasUsed: 21_000,
      fee: 10n ** 20n,
      seenAt: 5,
      confirmed: false,
      l2Blocks: 0,
      l2Transactions: 0,
    })
    const transaction = (n: number, nonce: number) => ({ hash: word(n), from: account(1), nonce })

    it('takes blocks, inclusions and confirmations in one step each', async () => {
      const { store } = start()
      expect(await store.chain.nextHeights()).toEqual({ confirmed: 0, included: 0 })
      expect(await store.chain.block()).toBeUndefined()
      await store.intake.enqueue({ ...transaction(50, 0), raw: bytes(3) })
      await store.intake.enqueue({ ...transaction(51, 1), raw: bytes(3) })
      await store.chain.apply({ blocks: [block(1), block(2)], included: [batch(0, 2)] })
      expect(await store.chain.nextHeights()).toEqual({ confirmed: 0, included: 1 })
      expect(await store.chain.nonces()).toEqual(new Map())
      await store.chain.apply({ confirmed: [{ height: 0, l2Blocks: 2, transactions: [transaction(50, 0)] }] })
      expect(await store.chain.batch(0)).toEqual({ ...batch(0, 2), confirmed: true, l2Blocks: 2, l2Transactions: 1 })
      expect(await store.chain.nextHeights()).toEqual({ confirmed: 1, included: 1 })
      expect(await store.chain.nonces()).toEqual(new Map([[account(1), 1]]))
      expect((await store.intake.queued(0, page)).map(item => item.hash)).toEqual([word(51)])
      expect(await store.chain.ordered(word(50))).toBe(0)
      expect(await store.chain.ordered(word(51))).toBeUndefined()
      expect(await store.chain.totals()).toEqual({ batches: 1, l2Blocks: 2, l2Transactions: 1, gasUsed: 21_000, fees: 10n ** 20n })
      expect(await store.chain.block()).toEqual(block(2))
      expect(await store.chain.block(1)).toEqual(block(1))
    })

    it('rewinds blocks, batches and nonces, and lets their transactions wait again', async () => {
      const { store } = start()
      await store.chain.apply({ blocks: [block(1), block(2), block(3)], included: [batch(0, 1), batch(1, 3)] })
      await store.chain.apply({
        confirmed: [
          { height: 0, l2Blocks: 1, transactions: [transaction(50, 0)] },
          { height: 1, l2Blocks: 1, transactions: [transaction(51, 1), transaction(52, 2)] },
        ],
      })
      expect((await store.chain.batchesAbove(1)).map(entry => entry.height)).toEqual([1])
      const requeue = [transaction(51, 1), transaction(52, 2)].map(entry => ({ ...entry, raw: bytes(4) }))
      await store.chain.apply({ rewindTo: 2, requeue, blocks: [block(3, 10)] })
      expect(await store.chain.batch(1)).toBeUndefined()
      expect(await store.chain.nextHeights()).toEqual({ confirmed: 1, included: 1 })
      expect(await store.chain.nonces()).toEqual(new Map([[account(1), 1]]))
      expect(await store.chain.ordered(word(51))).toBeUndefined()
      expect((await store.intake.queued(0, page)).map(item => item.hash)).toEqual([word(51), word(52)])
      expect((await store.chain.block())?.hash).toBe(word(13))
      expect((await store.chain.batches(0, 10)).map(entry => entry.height)).toEqual([0])
    })

    it('drops calldata and signed bytes of final heights', async () => {
      const { store } = start()
      const signed = {
        hash: word(9),
        height: 0,
        nonce: 0,
        round: 0,
        content: word(1),
        raw: bytes(9),
        maxFeePerGas: 1n,
        storedAt: 1,
        sentAt: undefined,
      }
      await store.publisher.publish(signed)
      await store.publisher.publish({ ...signed, hash: word(10), height: 1 })
      await store.chain.apply({ blocks: [block(1)], included: [batch(0, 1), batch(1, 1)] })
      await store.chain.apply({ finalHeight: 0 })
      expect((await store.chain.batches(0, 2)).map(entry => entry.data.length)).toEqual([0, 30])
      expect((await store.publisher.publications(0)).map(entry => entry.raw.length)).toEqual([0, 9])
    })
  })

  describe('pool facts', () => {
    it('collects claims by seat and believes one account for good', async () => {
      const { store } = start()
      expect(await store.pool.claimAccount(1, account(1), word(1))).toEqual([1])
      expect(await store.pool.claimAccount(2, account(2), word(1))).toEqual([2])
      expect(await store.pool.claimAccount(3, account(1), word(1))).toEqual([1, 3])
      expect(await store.pool.claimAccount(1, account(2), word(1))).toEqual([1, 2])
      expect(await store.pool.account()).toBeUndefined()
      await store.pool.believeAccount(account(2))
      await store.pool.believeAccount(account(1))
      expect(await store.pool.account()).toBe(account(2))
    })
  })

  it('answers no write after it is closed', async () => {
    const { store } = start()
    const last = put(store, 1)
    await store.close()
    expect((await last).status).toBe('stored')
    await expect(put(store, 2)).rejects.toMatchObject({ code: 'relay-store' satisfies ErrorCode })
  })
})

describe.each(implementations.filter(implementation => implementation.durable))('store contract, over a restart: $name', ({ open }) => {
  const { start, put } = harness(open)
  it('keeps everything over a restart, counters included', async () => {
    const { store, reopen } = start({ roomMessages: 2, members: 2 })
    await put(store, 1)
    await put(store, 2)
    const before = await store.mailbox.read(1, 0, page)
    const queued = await store.intake.enqueue({ hash: word(1), from: account(1), nonce: 0, raw: bytes(5) })
    await store.pool.believeAccount(account(1))
    const again = await reopen()
    expect(await again.mailbox.read(1, 0, page)).toEqual(before)
    expect(again.mailbox.usage()).toEqual({ messages: 2, bytes: 20 })
    expect(await put(again, 3)).toEqual({ status: 'full', limit: 'messages' })
    expect((await put(again, 1)).status).toBe('duplicate')
    expect((await again.intake.queued(0, page)).map(item => item.sequence)).toEqual([queued])
    expect(await again.pool.account()).toBe(account(1))
  })
})

describe('relay.db', () => {
  const options: StoreOptions = { room, now: () => 1, roomMessages: 10, roomBytes: 1_000, members: 2 }
  const failure = (code: ErrorCode) => expect.objectContaining({ code })

  it('is for one process, one pool and one version', async () => {
    const place = directory()
    const store = openLibsqlStore(place, options)
    expect(() => openLibsqlStore(place, options)).toThrow(failure('relay-store-locked'))
    await store.close()
    expect(() => openLibsqlStore(place, { ...options, room: bytes(32, 8) })).toThrow(failure('relay-store-pool'))
    const database = new Database(join(place, 'relay.db'))
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(() => openLibsqlStore(place, options)).toThrow(failure('relay-store-version'))
  })

  it('is readable by its owner only', async () => {
    const place = directory()
    const store = openLibsqlStore(place, options)
    await store.mailbox.append({ recipient: 1, id: id(1), envelope: bytes(10), lifetime: 100 })
    for (const file of readdirSync(place)) expect(statSync(join(place, file)).mode & 0o077).toBe(0)
    await store.close()
  })
})
