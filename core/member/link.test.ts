import { describe, expect, it } from 'vitest'
import { type LinkedMember, linkedPool, settle } from '../../test/support/linked-members.ts'
import { labelled } from '../../test/support/random.ts'
import type { Bytes } from '../bytes.ts'
import type { Envelope } from '../envelope/header.ts'
import { signEnvelope } from '../envelope/identity.ts'
import { CLOSE } from '../envelope/wire.ts'
import { poolHash } from '../proposal/pool.ts'
import type { LinkState } from './link.ts'

const seed = 'link test'

async function two(change: Parameters<Awaited<ReturnType<typeof linkedPool>>['member']>[1] = {}) {
  const linked = await linkedPool(3, seed)
  const alice = linked.member(1)
  const bob = linked.member(2, change)
  const got: number[] = []
  const states: LinkState[] = []
  bob.link.onEnvelope(envelope => got.push(envelope.header.sequence))
  bob.link.onState(state => states.push(state))
  alice.link.start()
  bob.link.start()
  await settle()
  const envelope = (sequence: number, body: Bytes = labelled('body', sequence)): Envelope =>
    signEnvelope(
      alice.identity,
      { kind: 'message', room: poolHash(linked.pool), session: labelled('session'), attempt: 0, from: 1, to: 2, sequence },
      body,
    )
  return { ...linked, alice, bob, got, states, envelope }
}
const events = (member: LinkedMember, event: string) => member.log.filter(line => line.event === event)

describe('link', () => {
  it('authenticates, says so, and hands on what the relay says', async () => {
    const { relay, bob, states } = await two()
    expect(relay.online()).toEqual([1, 2])
    expect(states).toEqual(['connected', 'caughtUp'])
    expect(bob.link.connected).toBe(true)
    const heard: unknown[] = []
    bob.link.onTurn(turn => heard.push(turn.height))
    bob.link.onL1(news => heard.push(news.blockNumber))
    bob.link.onPresence(online => heard.push(online))
    bob.link.onTransaction(raw => heard.push(Buffer.from(raw).toString()))
    relay.say({ kind: 'turn', rotationEpoch: 0, height: 7, round: 1, opensAt: 5, order: [2, 1] })
    relay.say({ kind: 'l1', height: 7, hash: labelled('hash'), state: 2, blockNumber: 99 })
    relay.say({ kind: 'transaction', sequence: 4, raw: Buffer.from('tx 4') })
    relay.say({ kind: 'transaction', sequence: 4, raw: Buffer.from('tx 4') })
    relay.say({ kind: 'transaction', sequence: 3, raw: Buffer.from('tx 3') })
    relay.say({ kind: 'presence', online: [2] })
    await settle()
    expect(heard).toEqual([7, 99, 'tx 4', [2]])
    expect(bob.link.transactionsSince).toBe(4)
  })

  it('publishes in order and resolves when the relay has stored it', async () => {
    const { relay, alice, got, envelope } = await two()
    await Promise.all([0, 1, 2, 3].map(sequence => alice.link.publish(envelope(sequence))))
    await settle()
    expect(got).toEqual([0, 1, 2, 3])
    await alice.link.submit({ height: 1, round: 0, content: labelled('content'), raw: new Uint8Array(100) })
    expect(relay.frames.map(frame => frame.kind)).toContain('submit')
  })

  it('loses nothing and repeats nothing over cut connections', async () => {
    const { relay, clock, alice, got, states, envelope } = await two()
    let stored = 0
    for (let sequence = 0; sequence < 40; sequence++) {
      void alice.link.publish(envelope(sequence)).then(() => stored++)
      if (sequence % 7 === 3) relay.drop(sequence % 2 === 0 ? 1 : 2)
      if (sequence % 11 === 5) relay.drop()
      if (sequence % 5 === 0) await clock.advance(300)
    }
    await clock.advance(20_000)
    expect(got).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(stored).toBe(40)
    expect(states.filter(state => state === 'disconnected').length).toBeGreaterThanOrEqual(3)
    expect(relay.stored(2)).toBe(0)
  })

  it('hands on once what the relay delivers twice', async () => {
    const { relay, alice, got, envelope } = await two()
    relay.twice = true
    for (let sequence = 0; sequence < 5; sequence++) await alice.link.publish(envelope(sequence))
    await settle()
    expect(got).toEqual([0, 1, 2, 3, 4])
  })

  it('gives a new process what an earlier one has not acknowledged', async () => {
    const { relay, clock, alice, bob, got, member, envelope } = await two()
    await alice.link.publish(envelope(0))
    await clock.advance(500)
    bob.kill()
    for (let sequence = 1; sequence < 4; sequence++) await alice.link.publish(envelope(sequence))
    expect(relay.stored(2)).toBe(3)
    const again: number[] = []
    const next = member(2)
    next.link.onEnvelope(({ header }) => again.push(header.sequence))
    next.link.start()
    await clock.advance(500)
    expect(got).toEqual([0])
    expect(again).toEqual([1, 2, 3])
    expect(relay.stored(2)).toBe(0)
  })

  it('starts from `since` when it is given', async () => {
    const linked = await linkedPool(3, seed)
    const alice = linked.member(1)
    alice.link.start()
    await settle()
    const base = { kind: 'message', room: poolHash(linked.pool), session: labelled('session'), attempt: 0, from: 1, to: 2 } as const
    for (let sequence = 0; sequence < 4; sequence++) await alice.link.publish(signEnvelope(alice.identity, { ...base, sequence }, new Uint8Array(3)))
    const bob = linked.member(2, { since: 2 })
    const got: number[] = []
    bob.link.onEnvelope(({ header }) => got.push(header.sequence))
    bob.link.start()
    await linked.clock.advance(100)
    expect(got).toEqual([2, 3])
    expect(bob.link.since).toBe(4)
    expect(linked.relay.stored(2)).toBe(0)
  })

  it('waits longer and longer for a relay that is down, and comes back', async () => {
    const { relay, clock, alice, bob, got, envelope } = await two()
    relay.down()
    let done = false
    void alice.link.publish(envelope(0)).then(() => {
      done = true
    })
    await clock.advance(200_000)
    const waits = events(bob, 'relay.disconnected').map(line => line.facts.retryMs as number)
    expect(waits[0]).toBeLessThanOrEqual(200)
    expect(waits.length).toBeGreaterThan(8)
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000)
    expect(waits.at(-1)).toBeGreaterThanOrEqual(2_500)
    expect(done).toBe(false)
    relay.up()
    await clock.advance(6_000)
    expect(done).toBe(true)
    expect(got).toEqual([0])
  })

  it('starts anew when the relay has lost its store', async () => {
    const { relay, clock, alice, bob, got, envelope } = await two()
    for (let sequence = 0; sequence < 3; sequence++) await alice.link.publish(envelope(sequence))
    relay.down()
    relay.forget()
    relay.up()
    await clock.advance(1_000)
    await alice.link.publish(envelope(3))
    await clock.advance(1_000)
    expect(events(bob, 'relay.store-lost')).toHaveLength(1)
    expect(got).toEqual([0, 1, 2, 3])
  })

  it('reconnects when the relay is silent for a minute', async () => {
    const { clock, alice, bob } = await two()
    alice.kill()
    await clock.advance(59_000)
    expect(events(bob, 'relay.disconnected')).toEqual([])
    await clock.advance(20_000)
    expect(events(bob, 'relay.disconnected').map(line => line.facts.reason)).toEqual(['silent'])
    expect(bob.link.connected).toBe(true)
  })

  it('reconnects when a request stays unanswered, and asks again', async () => {
    const { relay, clock, alice, got, envelope } = await two()
    relay.mute = true
    let done = false
    void alice.link.publish(envelope(0)).then(() => {
      done = true
    })
    for (let i = 0; i < 4; i++) {
      relay.say({ kind: 'presence', online: [1, 2] })
      await clock.advance(10_000)
    }
    expect(done).toBe(false)
    relay.mute = false
    await clock.advance(10_000)
    expect(events(alice, 'relay.disconnected').map(line => line.facts.reason)).toEqual(['request not answered'])
    expect(done).toBe(true)
    expect(got).toEqual([0])
  })

  it('ends the connection at bytes that are no frame, and throws nothing', async () => {
    const { relay, clock, bob, states } = await two()
    for (const bytes of [new Uint8Array(0), Uint8Array.of(99), new Uint8Array(1000), Uint8Array.of(64)]) {
      relay.sayRaw(bytes, 2)
      await clock.advance(15_000)
    }
    expect(events(bob, 'relay.malformed')).toHaveLength(4)
    expect(states.filter(state => state === 'disconnected')).toHaveLength(4)
    expect(states.at(-1)).toBe('caughtUp')
  })

  it('acknowledges again on the next connection what may not have arrived', async () => {
    const { relay, clock, alice, got, envelope } = await two()
    relay.ignore = frame => frame.kind === 'ack'
    await alice.link.publish(envelope(0))
    await clock.advance(100)
    expect(relay.stored(2)).toBe(1)
    relay.ignore = undefined
    relay.drop(2)
    await clock.advance(1_000)
    expect(relay.stored(2)).toBe(0)
    expect(got).toEqual([0])
  })

  it('drops what is delivered as an envelope and is none, for good', async () => {
    const { relay, clock, alice, bob, got, envelope } = await two()
    relay.intercept = bytes => [bytes.subarray(1)]
    await alice.link.publish(envelope(0))
    relay.intercept = bytes => [bytes]
    await alice.link.publish(envelope(1))
    await clock.advance(500)
    expect(got).toEqual([1])
    expect(events(bob, 'relay.malformed-envelope')).toHaveLength(1)
    expect(relay.stored(2)).toBe(0)
  })

  it('goes on when a handler throws', async () => {
    const { alice, bob, got, envelope } = await two()
    bob.link.onEnvelope(() => {
      throw new Error('a fault of the host')
    })
    await alice.link.publish(envelope(0))
    await alice.link.publish(envelope(1))
    await settle()
    expect(got).toEqual([0, 1])
    expect(events(bob, 'handler.failed')).toHaveLength(2)
  })

  it('rejects what the relay refuses, and sends again what it refuses for a moment', async () => {
    const { relay, clock, alice, got, envelope } = await two()
    relay.refuse = () => 'mailbox-full'
    await expect(alice.link.publish(envelope(0))).rejects.toMatchObject({ code: 'relay-refused', context: { code: 'mailbox-full' } })
    let times = 0
    relay.refuse = () => (++times <= 3 ? 'unavailable' : undefined)
    const later = alice.link.publish(envelope(1))
    await clock.advance(30_000)
    await later
    expect(times).toBe(4)
    expect(got).toEqual([1])
    relay.refuse = () => 'unavailable'
    const never = expect(alice.link.publish(envelope(2))).rejects.toMatchObject({ code: 'relay-refused' })
    await clock.advance(200_000)
    await never
  })

  it('repeats its account and its report on every connection', async () => {
    const { relay, clock, bob } = await two()
    const report = { seat: 2, phase: 'ready', height: 1, round: 0, refusals: [], kernel: 'test' }
    bob.link.report(report)
    bob.link.announceAccount(labelled('account').slice(0, 20), labelled('key'))
    await settle()
    relay.drop(2)
    await clock.advance(1_000)
    expect(relay.frames.filter(frame => frame.kind === 'account')).toHaveLength(2)
    expect(relay.frames.flatMap(frame => (frame.kind === 'report' ? [JSON.parse(frame.json)] : []))).toEqual([report, report])
    bob.link.report({ ...report, phase: 'x'.repeat(10_000) })
    expect(events(bob, 'relay.report-too-long')).toHaveLength(1)
  })

  it('does not speak to a relay of another origin', async () => {
    const { relay, clock, bob } = await two({ origin: 'wss://mine.example' })
    await clock.advance(20_000)
    expect(relay.online()).toEqual([1])
    expect(events(bob, 'relay.wrong-origin').length).toBe(1)
    await clock.advance(30_000)
    expect(events(bob, 'relay.wrong-origin').length).toBe(2)
  })

  it('stands back for a while when another connection displaces it', async () => {
    const device = new Uint8Array(16).fill(7)
    const { clock, relay, bob, member } = await two({ device })
    const twin = member(2, { device })
    twin.link.start()
    await clock.advance(20_000)
    expect(twin.link.connected).toBe(true)
    expect(bob.link.connected).toBe(false)
    expect(events(bob, 'relay.disconnected').map(line => [line.level, line.facts.code])).toEqual([['error', CLOSE.displaced]])
    expect(relay.online()).toEqual([1, 2])
  })

  it('comes back when a draining relay told it to', async () => {
    const { clock, relay, bob } = await two()
    relay.say({ kind: 'drain', afterMs: 5_000 })
    await clock.advance(4_900)
    expect(bob.link.connected).toBe(false)
    await clock.advance(500)
    expect(bob.link.connected).toBe(true)
  })

  it('ends: timers gone, requests rejected', async () => {
    const { relay, clock, alice, bob, envelope } = await two()
    relay.down()
    await settle()
    const waiting = expect(alice.link.publish(envelope(0))).rejects.toMatchObject({ code: 'relay-closed' })
    alice.link.close()
    bob.link.close()
    await waiting
    await expect(alice.link.publish(envelope(1))).rejects.toMatchObject({ code: 'relay-closed' })
    expect(clock.pending).toBe(0)
  })

  it('refuses to gather without bound while the relay is away', async () => {
    const { relay, alice, envelope } = await two()
    relay.down()
    const body = new Uint8Array(190 * 1024)
    const outcomes = Array.from({ length: 400 }, (_, sequence) => alice.link.publish(envelope(sequence, body)).catch((error: unknown) => error))
    const full = await outcomes.at(-1)
    expect(full).toMatchObject({ code: 'outbox-full' })
    alice.link.close()
    await Promise.all(outcomes)
  })
})
