import { describe, expect, it } from 'vitest'
import { type LinkedPool, linkedPool, type RoomMember, say, settle } from '../../test/support/linked-members.ts'
import { seededFraction, seededRandom } from '../../test/support/random.ts'
import { fromHex } from '../bytes.ts'
import { decodeEnvelope, encodeEnvelope } from '../envelope/header.ts'
import { signEnvelope } from '../envelope/identity.ts'
import { poolHash } from '../proposal/pool.ts'
import { roomSessionId } from './room.ts'
import { dayOf } from './room-pair.ts'

const seed = 'room test'
const texts = (member: RoomMember, from?: number): string[] =>
  member.received.filter(line => from === undefined || line.from === from).map(line => line.text)

async function members(n = 3, start?: number) {
  const linked = await linkedPool(n, seed, start)
  const all = linked.pool.members.map(({ seat }) => linked.roomMember(seat)) as [RoomMember, RoomMember, RoomMember]
  await linked.clock.advance(100)
  return { ...linked, linked, all }
}
/** True when each of the two can be heard by the other. */
async function talk(linked: LinkedPool, a: RoomMember, b: RoomMember, what: string): Promise<boolean> {
  a.room.send(b.seat, say(`${what} there`))
  b.room.send(a.seat, say(`${what} back`))
  await linked.clock.advance(100)
  return texts(b, a.seat).includes(`${what} there`) && texts(a, b.seat).includes(`${what} back`)
}
const opened = (member: RoomMember, event: string) => member.log.filter(line => line.event === event)

describe('room', () => {
  it('establishes every pair and carries messages in order', async () => {
    const { all, clock, relay } = await members()
    for (const { room, seat } of all) expect(room.peers()).toEqual([1, 2, 3].filter(other => other !== seat))
    for (let i = 0; i < 5; i++) all[0].room.send('all', say(`to all ${i}`))
    all[0].room.send(3, say('to three'))
    await clock.advance(100)
    const toAll = [0, 1, 2, 3, 4].map(i => `to all ${i}`)
    expect(texts(all[1])).toEqual(toAll)
    expect(texts(all[2])).toEqual([...toAll, 'to three'])
    for (const bytes of relay.seen) expect(Buffer.from(bytes).includes('to ')).toBe(false)
  })

  it('says once for each peer that it is there', async () => {
    const { all } = await members()
    for (const { peers, seat } of all) expect([...peers].sort()).toEqual([1, 2, 3].filter(other => other !== seat))
  })

  it('queues the last 64 messages for a peer that has not come yet', async () => {
    const linked = await linkedPool(3, seed)
    const alice = linked.roomMember(1)
    for (let i = 0; i < 100; i++) alice.room.send(2, say(`${i}`))
    await linked.clock.advance(3_600_000)
    const bob = linked.roomMember(2)
    await linked.clock.advance(1_000)
    expect(texts(bob)).toEqual(Array.from({ length: 64 }, (_, i) => `${i + 36}`))
    expect(linked.relay.stored(2)).toBe(0)
  })

  it('does not fill the mailbox of a peer that stays away', async () => {
    const linked = await linkedPool(3, seed)
    linked.roomMember(1)
    await linked.clock.advance(3_600_000)
    expect(linked.relay.stored(2)).toBe(1)
  })

  it('carries messages of up to 1 MiB', async () => {
    const { all, clock } = await members()
    const body = new Uint8Array(700 * 1024).fill(65)
    all[0].room.send(2, body)
    await clock.advance(1_000)
    expect(texts(all[1]).map(text => text.length)).toEqual([body.length])
    expect(() => all[0].room.send(2, new Uint8Array(1024 * 1024 + 1))).toThrow(expect.objectContaining({ code: 'message-too-large' }))
    expect(() => all[0].room.send(1, say('myself'))).toThrow(expect.objectContaining({ code: 'bad-parties' }))
  })

  it('loses nothing while the relay is away or starts again', async () => {
    const { all, clock, relay } = await members()
    all[0].room.send(2, say('before'))
    relay.down()
    for (let i = 0; i < 10; i++) all[0].room.send(2, say(`meanwhile ${i}`))
    await clock.advance(20_000)
    relay.up()
    await clock.advance(40_000)
    all[0].room.send(2, say('after'))
    await clock.advance(100)
    expect(texts(all[1])).toEqual(['before', ...Array.from({ length: 10 }, (_, i) => `meanwhile ${i}`), 'after'])
    expect(all[1].peers).toHaveLength(2)
  })

  it('comes together again after the relay has lost its store', async () => {
    const { linked, all, clock, relay } = await members()
    relay.down()
    relay.forget()
    relay.up()
    await clock.advance(60_000)
    expect(await talk(linked, all[0], all[1], 'after the loss')).toBe(true)
  })

  it('welcomes a member that was started again, at once', async () => {
    const { linked, all, clock } = await members()
    const [alice, bob] = all
    expect(await talk(linked, alice, bob, 'first')).toBe(true)
    bob.kill()
    alice.room.send(2, say('for a process that is gone'))
    await clock.advance(5_000)
    const again = linked.roomMember(2)
    await clock.advance(100)
    expect(again.room.peers()).toEqual([1, 3])
    expect(alice.peers.filter(peer => peer === 2)).toHaveLength(2)
    expect(texts(again)).toEqual([])
    expect(await talk(linked, alice, again, 'second')).toBe(true)
  })

  it.each([-3_600_000, -5_000, 5_000, 3_600_000])('welcomes a member whose clock is %i ms off', async skew => {
    const { linked, all, clock } = await members()
    const [alice, bob] = all
    bob.kill()
    await clock.advance(1_000)
    const again = linked.roomMember(2, { skew })
    await clock.advance(5_000)
    expect(await talk(linked, alice, again, 'skewed')).toBe(true)
    again.kill()
    const onceMore = linked.roomMember(2)
    await clock.advance(5_000)
    expect(await talk(linked, alice, onceMore, 'once more')).toBe(true)
  })

  it('survives both starting again while each has old messages of the other waiting', async () => {
    const { linked, all, clock } = await members()
    const [alice, bob] = all
    alice.room.send(2, say('stale'))
    bob.room.send(1, say('stale'))
    alice.kill()
    bob.kill()
    await clock.advance(10)
    const [first, second] = [linked.roomMember(1), linked.roomMember(2)]
    await clock.advance(3_000)
    expect(await talk(linked, first, second, 'anew')).toBe(true)
    expect(texts(second)).not.toContain('stale')
  })

  it('does not begin anew without need', async () => {
    const { all, clock } = await members()
    for (let i = 0; i < 60; i++) {
      all[i % 3]?.room.send('all', say(`${i}`))
      await clock.advance(20_000)
    }
    for (const member of all) {
      expect(member.peers).toHaveLength(2)
      expect(opened(member, 'room.renew')).toEqual([])
      expect(member.received).toHaveLength(40)
    }
  })

  it('changes keys at midnight without losing a word', async () => {
    const { all, clock, pool, relay } = await members(3, Date.UTC(2026, 0, 15, 23, 59, 50))
    for (let i = 0; i < 40; i++) {
      all[0].room.send(2, say(`tick ${i}`))
      all[1].room.send(1, say(`tock ${i}`))
      await clock.advance(500)
    }
    expect(texts(all[1])).toEqual(Array.from({ length: 40 }, (_, i) => `tick ${i}`))
    expect(texts(all[0], 2)).toEqual(Array.from({ length: 40 }, (_, i) => `tock ${i}`))
    const today = roomSessionId(poolHash(pool), dayOf(clock.now()), 1, 2)
    const last = decodeEnvelope(relay.seen.filter(bytes => decodeEnvelope(bytes).header.from === 1).at(-1) as Uint8Array)
    expect(Buffer.from(last.header.session).equals(today)).toBe(true)
    expect(all[0].peers.filter(peer => peer === 2)).toHaveLength(2)
  })

  it('changes keys at midnight when clocks differ', async () => {
    const linked = await linkedPool(2, seed, Date.UTC(2026, 0, 15, 23, 59, 0))
    const alice = linked.roomMember(1)
    const bob = linked.roomMember(2, { skew: 40_000 })
    await linked.clock.advance(1_000)
    for (let i = 0; i < 120; i++) {
      alice.room.send(2, say(`tick ${i}`))
      bob.room.send(1, say(`tock ${i}`))
      await linked.clock.advance(1_000)
    }
    expect(texts(bob)).toEqual(Array.from({ length: 120 }, (_, i) => `tick ${i}`))
    expect(texts(alice)).toEqual(Array.from({ length: 120 }, (_, i) => `tock ${i}`))
  })

  it('still reads at midnight what was sent before', async () => {
    const { all, clock, relay } = await members(3, Date.UTC(2026, 0, 15, 23, 59, 50))
    relay.down()
    all[0].room.send(2, say('yesterday'))
    all[1].room.send(1, say('yesterday too'))
    await clock.advance(20_000)
    all[0].room.send(2, say('today'))
    all[1].room.send(1, say('today too'))
    relay.up()
    await clock.advance(20_000)
    expect(texts(all[1])).toEqual(['yesterday', 'today'])
    expect(texts(all[0])).toEqual(['yesterday too', 'today too'])
  })

  it('begins anew when the relay has lost a message in the middle', async () => {
    const { linked, all, clock, relay } = await members()
    const [alice, bob] = all
    let lose = true
    relay.intercept = (bytes, { from, to }) => {
      if (!lose || from !== 1 || to !== 2) return [bytes]
      lose = false
      return []
    }
    alice.room.send(2, say('lost'))
    alice.room.send(2, say('waits behind it'))
    await clock.advance(60_000)
    expect(opened(bob, 'room.renew').map(line => line.facts.reason)).toContain('lost message')
    expect(await talk(linked, alice, bob, 'after')).toBe(true)
  })

  it('says hello again when the first one was lost', async () => {
    const linked = await linkedPool(2, seed)
    const lost = new Set<string>()
    linked.relay.intercept = (bytes, { from, to }) => {
      if (lost.has(`${from}>${to}`)) return [bytes]
      lost.add(`${from}>${to}`)
      return []
    }
    const [alice, bob] = [linked.roomMember(1), linked.roomMember(2)]
    alice.room.send(2, say('queued'))
    await linked.clock.advance(5_000)
    expect(alice.room.peers()).toEqual([])
    await linked.clock.advance(10_000)
    expect(texts(bob)).toEqual(['queued'])
  })

  it('begins anew when the relay refuses a message', async () => {
    const { linked, all, clock, relay } = await members()
    relay.refuse = frame => (frame.kind === 'publish' ? 'mailbox-full' : undefined)
    all[0].room.send(2, say('refused'))
    await clock.advance(10_000)
    relay.refuse = undefined
    await clock.advance(120_000)
    expect(await talk(linked, all[0], all[1], 'after')).toBe(true)
  })

  it('ignores forged hellos and messages, whatever attempt they claim', async () => {
    const { linked, all, pool, clock, relay } = await members()
    const [alice, bob] = all
    const header = { room: poolHash(pool), session: roomSessionId(poolHash(pool), dayOf(clock.now()), 1, 2), from: 1, to: 2 } as const
    // Seat 3 and the relay itself pretend to be seat 1; the relay passes anything on.
    const forged = (['hello', 'message', 'ready'] as const).flatMap(kind =>
      [0, 1, 0xffff_ffff].map(attempt =>
        signEnvelope(all[2].identity, { ...header, kind, attempt, sequence: kind === 'hello' ? 0 : 2 }, new Uint8Array(160)),
      ),
    )
    relay.intercept = (bytes, { from, to }) => (from === 3 && to === 2 ? forged.map(encodeEnvelope) : [bytes])
    await clock.advance(30_000)
    all[2].room.send(2, say('trigger'))
    await clock.advance(30_000)
    expect(opened(bob, 'room.renew')).toEqual([])
    expect(await talk(linked, alice, bob, 'undisturbed')).toBe(true)
    expect(bob.peers.filter(peer => peer === 1)).toHaveLength(1)
    expect(fromHex(pool.members[0]?.identity as string)).toHaveLength(32)
  })

  it('keeps timers and routes of nothing after close', async () => {
    const { all, clock, relay } = await members()
    for (const member of all) member.kill()
    await settle()
    expect(clock.pending).toBe(0)
    expect(relay.online()).toEqual([])
  })

  it.each([1, 2, 3, 4, 5, 6])('comes together after any series of restarts, cuts and pauses (%i)', async run => {
    const name = `${seed} chaos ${run}`
    console.info(`seed: ${name}`)
    const random = seededRandom(name)
    const linked = await linkedPool(3, name)
    const alive = new Map<number, RoomMember>([1, 2, 3].map(seat => [seat, linked.roomMember(seat)]))
    const pick = (n: number): number => Math.floor(seededFraction(random) * n)
    for (let step = 0; step < 60; step++) {
      const seat = 1 + pick(3)
      const what = pick(8)
      if (what <= 1) {
        alive.get(seat)?.kill()
        alive.delete(seat)
      } else if (what === 2) linked.relay.drop(pick(2) === 0 ? seat : undefined)
      else if (what === 3) linked.relay.down()
      else if (what === 4) linked.relay.up()
      else alive.get(seat)?.room.send('all', say(`step ${step}`))
      linked.relay.twice = pick(2) === 0
      if (!alive.has(seat) && pick(2) === 0) alive.set(seat, linked.roomMember(seat, { skew: (pick(3) - 1) * 20_000 }))
      await linked.clock.advance(pick(3) === 0 ? pick(20_000) : pick(40))
    }
    linked.relay.up()
    for (const seat of [1, 2, 3]) if (!alive.has(seat)) alive.set(seat, linked.roomMember(seat))
    await linked.clock.advance(180_000)
    const [one, two, three] = [1, 2, 3].map(seat => alive.get(seat) as RoomMember) as [RoomMember, RoomMember, RoomMember]
    expect(await talk(linked, one, two, 'end 12')).toBe(true)
    expect(await talk(linked, one, three, 'end 13')).toBe(true)
    expect(await talk(linked, two, three, 'end 23')).toBe(true)
    for (const member of [one, two, three]) {
      const lines = member.received.map(({ from, text }) => `${from} ${text}`)
      expect(new Set(lines).size).toBe(lines.length)
      for (const from of [1, 2, 3]) {
        const steps = texts(member, from).flatMap(text => (text.startsWith('step') ? [Number(text.slice(5))] : []))
        expect(steps).toEqual([...steps].sort((a, b) => a - b))
      }
    }
  })
})
