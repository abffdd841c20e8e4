import { describe, expect, it } from 'vitest'
import { testParty } from '../../test/support/identity.ts'
import { testPool } from '../../test/support/pool.ts'
import { hex } from '../bytes.ts'
import { DEALER_SEATS, type Pool, type PoolMember } from './pool.ts'
import { rosterOf } from './roster.ts'
import { successorOf } from './succession.ts'

const old = testPool(3)
const five = testPool(5)
const person = (n: number): PoolMember => five.members[n - 1] as PoolMember
const at = (seat: number, n: number): PoolMember => ({ ...person(n), seat })
const next = (members: readonly PoolMember[]): Pool =>
  successorOf(old, { account: `0x${'ac'.repeat(20)}`, keyId: new Uint8Array(32) }, { members, threshold: 2, agreementQuorum: 2 })

describe('the room of a pool', () => {
  it('has its members alone when there is no parent', () => {
    expect(rosterOf(old)).toEqual(old.members.map(({ seat, identity }) => ({ seat, identity, parentSeat: undefined, member: true })))
  })

  it('has those who stay once, under their new seats, and those who leave under addresses of their own, also when a new member has their seat', () => {
    // 1 stays in seat 2, 2 leaves, 3 leaves and 4 gets seat 3
    const roster = rosterOf(next([at(2, 1), at(3, 4)]))
    expect(roster).toEqual([
      { seat: 2, identity: person(1).identity, parentSeat: 1, member: true },
      { seat: 3, identity: person(4).identity, parentSeat: undefined, member: true },
      { seat: DEALER_SEATS + 2, identity: person(2).identity, parentSeat: 2, member: false },
      { seat: DEALER_SEATS + 3, identity: person(3).identity, parentSeat: 3, member: false },
    ])
  })

  it('knows a replaced device by its new identity: the old one may still deal', () => {
    const replaced = { ...person(2), identity: hex(testParty(40).identity) }
    const roster = rosterOf(next([person(1), replaced, person(3)]))
    expect(roster.map(({ seat, parentSeat, member }) => [seat, parentSeat, member])).toEqual([
      [1, 1, true],
      [2, undefined, true],
      [3, 3, true],
      [DEALER_SEATS + 2, 2, false],
    ])
  })
})
