import { describe, expect, it } from 'vitest'
import { type LinkedMember, type LinkedPool, linkedPool, say, settle } from '../../test/support/linked-members.ts'
import { labelled, seededRandom } from '../../test/support/random.ts'
import { sessionOptions } from '../../test/support/sessions.ts'
import { type Bytes, fromHex, hex } from '../bytes.ts'
import { NOTHING } from '../envelope/context.ts'
import { decodeEnvelope, encodeEnvelope } from '../envelope/header.ts'
import { signEnvelope } from '../envelope/identity.ts'
import { createSession } from '../envelope/session.ts'
import { asPoolError, type PoolError } from '../errors.ts'
import { poolHash } from '../proposal/pool.ts'
import { type CeremonyOptions, type OpenCeremony, openCeremony } from './ceremony-link.ts'

const seed = 'ceremony link test'
const id = labelled('ceremony')

/** A deadline that the test ends. */
function deadline(): { expired: Promise<void>; expire(): void } {
  let expire = (): void => {}
  const expired = new Promise<void>(resolve => {
    expire = resolve
  })
  return { expired, expire: () => expire() }
}

function open(linked: LinkedPool, member: LinkedMember, change: Partial<CeremonyOptions> = {}): Promise<OpenCeremony> {
  return openCeremony({
    link: member.link,
    dispatcher: member.dispatcher,
    kind: 'sign',
    sessionId: id,
    attempt: 0,
    room: poolHash(linked.pool),
    threshold: linked.pool.threshold,
    parties: linked.pool.members.map(({ seat, identity }) => ({ index: seat, identity: fromHex(identity) })),
    self: member.seat,
    identity: member.identity,
    random: seededRandom(`${seed} ${member.seat}`),
    deadline: deadline(),
    ...change,
  })
}

async function members(n = 3) {
  const linked = await linkedPool(n, seed)
  const all = linked.pool.members.map(({ seat }) => linked.member(seat))
  for (const { link } of all) link.start()
  await settle()
  return { ...linked, linked, all: all as [LinkedMember, LinkedMember, LinkedMember, ...LinkedMember[]] }
}

/** Reads `count` messages. */
async function read({ channel }: OpenCeremony, count: number): Promise<string[]> {
  const out: string[] = []
  if (count === 0) return out
  for await (const { from, bytes } of channel.receive()) {
    out.push(`${from}: ${Buffer.from(bytes).toString()}`)
    if (out.length === count) break
  }
  return out
}
const failure = (promise: Promise<unknown>): Promise<PoolError> =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => asPoolError(error),
  )

describe('ceremony over a relay', () => {
  it('shakes hands and carries messages among three', async () => {
    const { linked, all, relay } = await members()
    const ceremonies = await Promise.all(all.map(member => open(linked, member)))
    for (const [i, { channel }] of ceremonies.entries()) {
      channel.send('all', say(`hello all from ${i + 1}`))
      channel.send(((i + 1) % 3) + 1, say(`a word from ${i + 1}`))
    }
    const heard = await Promise.all(ceremonies.map(ceremony => read(ceremony, 3)))
    expect(heard.map(lines => [...lines].sort())).toEqual([
      ['2: hello all from 2', '3: a word from 3', '3: hello all from 3'],
      ['1: a word from 1', '1: hello all from 1', '3: hello all from 3'],
      ['1: hello all from 1', '2: a word from 2', '2: hello all from 2'],
    ])
    for (const bytes of relay.seen) expect(Buffer.from(bytes).includes('from')).toBe(false)
  })

  it('carries 700 KB to everybody over connections that break', async () => {
    const { linked, all, relay, clock } = await members()
    const ceremonies = await Promise.all(all.map(member => open(linked, member)))
    const body = seededRandom('large')(700 * 1024)
    const reading = Promise.all(
      ceremonies.slice(1).map(async ({ channel }) => {
        for await (const { bytes } of channel.receive()) return hex(bytes)
        return ''
      }),
    )
    ;(ceremonies[0] as OpenCeremony).channel.send('all', body)
    relay.drop(1)
    await clock.advance(250)
    relay.drop()
    await clock.advance(5_000)
    expect(await reading).toEqual([hex(body), hex(body)])
  })

  it('keeps what comes before a member has opened the ceremony', async () => {
    const { linked, all } = await members()
    const [alice, bob, carol] = all
    const early = [open(linked, alice), open(linked, bob)]
    await settle()
    expect(carol.dispatcher.waiting).toBe(2)
    await Promise.all([...early, open(linked, carol)])
    expect(carol.dispatcher.waiting).toBe(0)
  })

  it('is not ready before everybody is, and says who is missing for hello', async () => {
    const { linked, all } = await members()
    const [alice, bob] = all
    const limit = deadline()
    const opening = [alice, bob].map(member => failure(open(linked, member, { deadline: limit })))
    await settle()
    limit.expire()
    for (const error of await Promise.all(opening)) {
      expect(error.code).toBe('deadline')
      expect(error.context).toMatchObject({ round: 'hello', missing: [3] })
      expect(error.culprits).toEqual([{ party: 3, certainty: 'suspected', evidence: 'silent in hello' }])
    }
  })

  it('says who is missing for ready', async () => {
    const { linked, all, relay } = await members()
    relay.intercept = (bytes, { from }) => (from === 3 && decodeEnvelope(bytes).header.kind === 'ready' ? [] : [bytes])
    const limit = deadline()
    const [first, second, third] = all.map(member => open(linked, member, { deadline: limit }))
    await third
    await settle()
    limit.expire()
    for (const opening of [first, second]) {
      const error = await failure(opening as Promise<unknown>)
      expect(error.context).toMatchObject({ round: 'ready', missing: [3] })
    }
  })

  it('tells at the deadline that a party came with other settings', async () => {
    const { linked, all } = await members()
    const limit = deadline()
    const opening = all.map((member, i) => failure(open(linked, member, { deadline: limit, ...(i === 2 ? { payload: labelled('other') } : {}) })))
    await settle()
    limit.expire()
    const [error] = await Promise.all(opening)
    expect(error?.context.dropped).toEqual(['3: wrong-context'])
  })

  it('ends for everybody when a party tells two stories', async () => {
    const { linked, all, relay } = await members()
    const [alice, bob, carol] = all
    const parties = linked.pool.members.map(({ seat, identity }) => ({ index: seat, identity: fromHex(identity) }))
    // Seat 3 says one hello to seat 1 and another one to seat 2.
    for (const to of [1, 2]) {
      const twin = createSession({
        ...sessionOptions(3, 3, `story ${to}`),
        context: { keyId: NOTHING, epoch: NOTHING, threshold: linked.pool.threshold, payload: NOTHING },
        room: poolHash(linked.pool),
        session: id,
        parties,
      })
      for (const hello of twin.hello()) if (hello.header.to === to) await carol.link.publish(hello)
    }
    const errors = await Promise.all([alice, bob].map(member => failure(open(linked, member))))
    expect(errors.map(error => error.code)).toEqual(['transcript-mismatch', 'transcript-mismatch'])
    expect(errors.flatMap(error => error.culprits)).toEqual([])
    expect(relay.seen.length).toBeGreaterThan(0)
  })

  it('lives through a relay that edits, repeats and swaps senders', async () => {
    const { linked, all, relay } = await members()
    relay.twice = true
    relay.intercept = bytes => {
      const envelope = decodeEnvelope(bytes)
      const forged = { ...envelope.header, from: (envelope.header.from % 3) + 1 }
      const edited = bytes.with(bytes.length - 70, (bytes.at(-70) as number) ^ 1)
      return [edited, encodeEnvelope({ ...envelope, header: forged }), bytes, bytes]
    }
    const ceremonies = await Promise.all(all.map(member => open(linked, member)))
    for (const { channel } of ceremonies) channel.send('all', say('once'))
    for (const ceremony of ceremonies) expect(await read(ceremony, 2)).toHaveLength(2)
    const reasons = new Set(all.flatMap(member => member.log.filter(line => line.event === 'envelope.dropped').map(line => line.facts.reason)))
    expect([...reasons].sort()).toEqual(['bad-signature', 'duplicate', 'unknown-sender'])
  })

  it('breaks the channel with a name when a party signs nonsense', async () => {
    const { linked, all } = await members()
    const [alice, bob] = all
    const ceremonies = await Promise.all(all.map(member => open(linked, member)))
    const header = { kind: 'message', room: poolHash(linked.pool), session: id, attempt: 0, from: 1, to: 2, sequence: 2 } as const
    await alice.link.publish(signEnvelope(alice.identity, header, new Uint8Array(64)))
    const bobs = ceremonies[1] as OpenCeremony
    const error = await failure(read(bobs, 1))
    expect(error.code).toBe('bad-seal')
    expect(error.culprits).toEqual([{ party: 1, certainty: 'confirmed' }])
    expect(() => bobs.channel.send('all', say('too late'))).toThrow(expect.objectContaining({ code: 'channel-closed' }))
    bobs.close()
    expect(bob.link.connected).toBe(true)
  })

  it('fails when the relay refuses', async () => {
    const { linked, all, relay } = await members()
    const ceremonies = await Promise.all(all.map(member => open(linked, member)))
    relay.refuse = () => 'mailbox-full'
    const [alice] = ceremonies as [OpenCeremony]
    alice.channel.send(2, say('never stored'))
    expect((await failure(read(alice, 1))).code).toBe('relay-refused')
  })

  it('runs again under a higher attempt, and does not mix the two', async () => {
    const { linked, all } = await members()
    const first = await Promise.all(all.map(member => open(linked, member)))
    ;(first[0] as OpenCeremony).channel.send('all', say('first'))
    await settle()
    for (const ceremony of first) ceremony.close()
    const second = await Promise.all(all.map(member => open(linked, member, { attempt: 1 })))
    ;(second[0] as OpenCeremony).channel.send('all', say('second'))
    expect(await read(second[1] as OpenCeremony, 1)).toEqual(['1: second'])
    expect(all[1].dispatcher.waiting).toBe(0)
  })

  it('ends the channel at close, and drops what comes later', async () => {
    const { linked, all } = await members()
    const [alice, bob] = await Promise.all(all.map(member => open(linked, member)))
    const reading = read(bob as OpenCeremony, 1)
    bob?.close()
    expect(await reading).toEqual([])
    alice?.channel.send('all', say('late'))
    await settle()
    const drops = all[1].log.filter(line => line.event === 'envelope.dropped')
    expect(drops.map(line => line.facts.reason)).toEqual(['session is over'])
  })
})

describe('dispatcher', () => {
  const envelope = (linked: LinkedPool, from: LinkedMember, session: Bytes, sequence: number, body = new Uint8Array(10)) =>
    signEnvelope(from.identity, { kind: 'message', room: poolHash(linked.pool), session, attempt: 0, from: from.seat, to: 2, sequence }, body)

  it('keeps a bounded number of early envelopes per sender, for a bounded time', async () => {
    const { linked, all, clock } = await members()
    const [alice, bob, carol] = all
    for (let i = 0; i < 300; i++) await alice.link.publish(envelope(linked, alice, labelled('spam', i), 0))
    await carol.link.publish(envelope(linked, carol, id, 0))
    await settle()
    expect(bob.dispatcher.waiting).toBe(257)
    await clock.advance(5 * 60_000 + 1_000)
    await alice.link.publish(envelope(linked, alice, id, 1))
    await clock.advance(1_000)
    const got: number[] = []
    bob.dispatcher.open({ session: id }, ({ header }) => got.push(header.from))
    expect(got).toEqual([1])
  })

  it('keeps only what its sender signed, for this member and this pool', async () => {
    const { linked, all, relay } = await members()
    const [alice, bob, carol] = all
    const honest = envelope(linked, alice, id, 0)
    const { header } = honest
    const forged = [
      signEnvelope(carol.identity, header, new Uint8Array(10)),
      signEnvelope(alice.identity, { ...header, room: labelled('elsewhere') }, new Uint8Array(10)),
      signEnvelope(alice.identity, { ...header, to: 3 }, new Uint8Array(10)),
      signEnvelope(alice.identity, { ...header, from: 9 }, new Uint8Array(10)),
    ]
    relay.intercept = () => forged.map(encodeEnvelope)
    await alice.link.publish(honest)
    await settle()
    expect(bob.dispatcher.waiting).toBe(0)
    const reasons = bob.log.filter(line => line.event === 'envelope.dropped').map(line => line.facts.reason)
    expect(reasons).toEqual(['bad-signature', 'wrong-room', 'wrong-recipient', 'unknown-sender'])
  })

  it('keeps a bounded number of bytes', async () => {
    const { linked, all } = await members()
    const [alice, bob] = all
    for (let i = 0; i < 20; i++) await alice.link.publish(envelope(linked, alice, id, i, new Uint8Array(150 * 1024)))
    await settle()
    expect(bob.dispatcher.waiting).toBe(13)
  })
})
