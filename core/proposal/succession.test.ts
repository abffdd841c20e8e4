import { describe, expect, it } from 'vitest'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { DEALER_SEATS, type Pool, type PoolMember, type PoolParent, parsePool, poolHash, poolToJson } from './pool.ts'
import { isRetirement, mayRetire, type Retirement, retire, retirementCodec, successionOf, successorOf } from './succession.ts'

const old = testPool(3)
const five = testPool(5)
const KEY = { account: `0x${'ac'.repeat(20)}`, keyId: new Uint8Array(32).fill(9) } as const
const person = (n: number): PoolMember => five.members[n - 1] as PoolMember
const at = (seat: number, n: number): PoolMember => ({ ...person(n), seat })
type Next = Pool & { readonly parent: PoolParent }
const next = (members: readonly PoolMember[], threshold = 2): Next =>
  successorOf(old, KEY, { members, threshold, agreementQuorum: Math.max(threshold, Math.floor(members.length / 2) + 1) }) as Next

describe('a pool with a parent', () => {
  const pool = next([1, 2, 3, 4, 5].map(person), 3)

  it('keeps the chains, names the account and the old members, and is read back as it was', () => {
    expect(pool.l1).toEqual(old.l1)
    expect(pool.l2).toEqual(old.l2)
    expect(pool.parent.pool).toBe(hex(poolHash(old)))
    expect(pool.parent.account).toBe(KEY.account)
    expect(pool.parent.members.map(member => member.seat)).toEqual([1, 2, 3])
    const again = parsePool(JSON.parse(JSON.stringify(poolToJson(pool))))
    expect(again).toEqual(pool)
    expect(poolHash(again)).toEqual(poolHash(pool))
  })

  it('has a hash of its own for each field of the parent, and other pools keep theirs', () => {
    const hashes = new Set([hex(poolHash(pool)), hex(poolHash(old))])
    const { parent } = pool
    const [first, ...rest] = parent.members
    const changes: PoolParent[] = [
      { ...parent, pool: `0x${'00'.repeat(32)}` },
      { ...parent, account: `0x${'00'.repeat(20)}` },
      { ...parent, keyId: `0x${'00'.repeat(32)}` },
      { ...parent, threshold: 3, agreementQuorum: 3 },
      { ...parent, agreementQuorum: 3 },
      { ...parent, members: [{ ...(first as PoolMember), seat: 9 }, ...rest] },
      { ...parent, members: [{ ...(first as PoolMember), identity: `0x${'77'.repeat(32)}` }, ...rest] },
      { ...parent, members: [{ ...(first as PoolMember), vote: `0x${'77'.repeat(20)}` }, ...rest] },
    ]
    for (const change of changes) hashes.add(hex(poolHash(parsePool(poolToJson({ ...pool, parent: change })))))
    expect(hashes.size).toBe(2 + changes.length)
    const { parent: _, ...alone } = pool
    expect(poolHash(parsePool(poolToJson(alone)))).not.toEqual(poolHash(pool))
  })

  it.each([
    ['two old members in one seat', (parent: PoolParent) => ({ ...parent, members: parent.members.map(member => ({ ...member, seat: 1 })) })],
    ['an old threshold above its members', (parent: PoolParent) => ({ ...parent, threshold: 4, agreementQuorum: 4 })],
    ['an old quorum that is no majority', (parent: PoolParent) => ({ ...parent, members: testPool(4).members, agreementQuorum: 2 })],
  ])('is refused with %s', (_, change) => {
    const broken = (): Pool => parsePool(poolToJson({ ...pool, parent: change(pool.parent) }))
    expect(broken).toThrow(expect.objectContaining({ code: 'bad-pool-file' }))
  })

  it('is refused with a seat that is kept for those who leave', () => {
    try {
      next([person(1), at(DEALER_SEATS, 2)])
      expect.unreachable()
    } catch (error) {
      if (!isPoolError(error, 'bad-pool-file')) throw error
      expect(error.context.at).toBe('members.seat')
    }
  })
})

describe('retiring', () => {
  const pool = next([4, 5].map(person))
  const said = (seat: number, height = 7, successor: Pool = pool): Retirement => retire(old, successor, seat, height, testVoteKey(seat))

  it('a member may promise what it has not broken yet', () => {
    expect(mayRetire(undefined, 0)).toBe(true)
    expect(mayRetire(6, 7)).toBe(true)
    expect(mayRetire(7, 7)).toBe(false)
    expect(mayRetire(8, 7)).toBe(false)
  })

  it('q members of the old pool make it complete, at the height from which q are silent', () => {
    expect(successionOf(pool, [])).toEqual({ retired: [], missing: [1, 2, 3], height: undefined })
    expect(successionOf(pool, [said(2)])).toEqual({ retired: [2], missing: [1, 3], height: undefined })
    expect(successionOf(pool, [said(3, 9), said(2)])).toEqual({ retired: [2, 3], missing: [1], height: 9 })
    expect(successionOf(pool, [said(3, 9), said(2), said(1, 8)])).toEqual({ retired: [1, 2, 3], missing: [], height: 8 })
  })

  it('counts nothing twice, and nothing that is for another pool, of a stranger, by another key or changed', () => {
    const other = next([person(4), at(9, 5)])
    const wrong: Retirement[] = [
      said(1, 7, other),
      { ...said(1), seat: 3 },
      { ...said(1), height: 8 },
      { ...said(1), seat: 4 },
      { ...said(1), signature: new Uint8Array(65) },
      retire(pool, pool, 1, 7, testVoteKey(1)),
    ]
    expect(wrong.map(promise => isRetirement(pool, promise))).toEqual(wrong.map(() => false))
    expect(isRetirement(pool, said(1))).toBe(true)
    expect(successionOf(pool, [said(2), said(2, 8), ...wrong])).toEqual({ retired: [2], missing: [1, 3], height: undefined })
  })

  it('has one encoding with a version', () => {
    const bytes = retirementCodec.encode(said(2))
    expect(bytes[0]).toBe(1)
    expect(bytes).toHaveLength(1 + 32 + 8 + 2 + 65)
    expect(successionOf(pool, [retirementCodec.decode(bytes)]).retired).toEqual([2])
    expect(() => retirementCodec.decode(bytes.subarray(1))).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
  })
})
