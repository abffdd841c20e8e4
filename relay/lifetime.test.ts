import { describe, expect, it } from 'vitest'
import type { Header } from '../core/envelope/header.ts'
import { roomSessionId } from '../core/member/room.ts'
import { labelled } from '../test/support/random.ts'
import { defaultLimits } from './config.ts'
import { lifetimeOf } from './lifetime.ts'

const DAY = 86_400_000
const room = labelled('pool')
const header = (session: Uint8Array, from = 2, to = 1): Header => ({
  version: 1,
  kind: 'message',
  room,
  session,
  attempt: 0,
  from,
  to,
  sequence: 0,
  bodyLength: 1,
})

describe('lifetime of a message', () => {
  const now = 20_000 * DAY + 5
  it.each([
    ['today', 0, '24 h'],
    ['yesterday, by a clock that is behind', -1, '24 h'],
    ['tomorrow, by a clock that is ahead', 1, '24 h'],
    ['the day before yesterday', -2, '10 min'],
  ])("of the members' room of %s: %o %s", (_, shift, expected) => {
    const session = roomSessionId(room, 20_000 + shift, 1, 2)
    for (const [from, to] of [
      [1, 2],
      [2, 1],
    ] as const)
      expect(lifetimeOf(header(session, from, to), now, defaultLimits)).toBe(expected === '24 h' ? DAY : 600_000)
  })

  it('is ten minutes for a ceremony, and for the room of other seats', () => {
    expect(lifetimeOf(header(labelled('ceremony')), now, defaultLimits)).toBe(600_000)
    expect(lifetimeOf(header(roomSessionId(room, 20_000, 1, 3)), now, defaultLimits)).toBe(600_000)
  })
})
