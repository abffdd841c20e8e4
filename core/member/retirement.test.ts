import { describe, expect, it } from 'vitest'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { labelled } from '../../test/support/random.ts'
import { emptyRecord } from '../proposal/lock.ts'
import type { Pool, PoolMember } from '../proposal/pool.ts'
import { isRetirement, successorOf } from '../proposal/succession.ts'
import { createRetirement } from './retirement.ts'
import type { Successor } from './takeover.ts'

const old = testPool(3)
const KEY = { account: `0x${'ac'.repeat(20)}`, keyId: new Uint8Array(32).fill(9) } as const
const nextOf = (...people: number[]): Successor =>
  successorOf(old, KEY, {
    members: people.map((n, at) => ({ ...(testPool(5).members[n - 1] as PoolMember), seat: at + 1 })),
    threshold: 2,
    agreementQuorum: 2,
  }) as Successor
const next = nextOf(4, 5)

function setup() {
  const disk = memoryDisk({ identitySeed: labelled('unused'), voteKey: testVoteKey(2) })
  const open = () => createRetirement({ pool: old, seat: 2, voteKey: testVoteKey(2), guard: disk.open().guard, log: () => {} })
  return { disk, open, book: open() }
}
const refusal = (attempt: Promise<unknown>) => expect(attempt).rejects.toMatchObject({ code: 'cannot-retire' })

describe('a promise of silence', () => {
  it('is signed, durable, and the same the second time', async () => {
    const { book, open } = setup()
    await book.load()
    expect(book.silentFrom).toBeUndefined()
    const promise = await book.promise(next, 7)
    expect(isRetirement(next, promise)).toBe(true)
    expect(await book.promise(next, 9)).toBe(promise)
    const again = open()
    expect(again.silentFrom).toBeUndefined()
    await again.load()
    expect(again.silentFrom).toBe(7)
    expect(await again.promise(next, 7)).toEqual(promise)
  })

  it('moves to a lower height only, and never to one with a vote or above', async () => {
    const { book, disk } = setup()
    const { guard } = disk.open()
    await guard.write({ ...emptyRecord(4), votedRound: 0, votedContent: labelled('content') })
    await book.promise(next, 7)
    expect((await book.promise(next, 5)).height).toBe(5)
    await refusal(book.promise(next, 4))
    await refusal(book.promise(next, 0))
    expect(book.silentFrom).toBe(5)
  })

  it('is given to one pool', async () => {
    const { book } = setup()
    await book.promise(next, 7)
    await refusal(book.promise(nextOf(3, 4), 7))
    await refusal(book.promise({ ...next, threshold: 2, name: next.name, members: nextOf(4, 3).members } as Pool, 3))
  })
})
