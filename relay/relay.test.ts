import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { afterEach, describe, expect, it } from 'vitest'
import { hex, utf8 } from '../core/bytes.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, MAX_BODY } from '../core/envelope/header.ts'
import { identityFromSeed } from '../core/envelope/identity.ts'
import { CLOSE, MAX_FRAME, type MemberFrame, memberFrame, type RelayFrame } from '../core/envelope/wire.ts'
import type { ErrorCode } from '../core/errors.ts'
import { DEALER_SEATS, type PoolMember } from '../core/proposal/pool.ts'
import { successorOf } from '../core/proposal/succession.ts'
import { type ManualClock, manualClock } from '../test/support/manual-clock.ts'
import { testPool } from '../test/support/pool.ts'
import { labelled } from '../test/support/random.ts'
import { type AuthFields, authFields, dialRaw, joinRelay } from '../test/support/relay-client.ts'
import { type RelayConfig, settingsOf } from './config.ts'
import { createRelay, type Relay } from './relay.ts'

const pool = testPool(3)

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const undo of cleanups.splice(0).reverse()) await undo()
})

interface Started {
  readonly relay: Relay
  readonly clock: ManualClock
  readonly log: string[]
  join(seat: number, options?: { since?: number; transactionsSince?: number; autoPong?: boolean }): ReturnType<typeof joinRelay>
}

/** A relay on a free port, its time in the test's hands, with nothing where its L1 node should be. */
async function start(change: Partial<RelayConfig> = {}): Promise<Started> {
  const clock = manualClock()
  const log: string[] = []
  const relay = await createRelay({
    pool,
    l1Rpc: 'http://127.0.0.1:9',
    clock,
    log: (level, event, facts) => void log.push(JSON.stringify({ level, event, ...facts })),
    ...change,
  })
  cleanups.push(() => relay.close())
  return {
    relay,
    clock,
    log,
    join: (seat, { autoPong = true, ...options } = {}) =>
      joinRelay(relay.socketUrl, pool, seat, { ...options, now: clock.now(), socket: { autoPong } }),
  }
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sequorum-relay-'))
  cleanups.push(() => rmSync(path, { recursive: true }))
  return path
}

const bodies = (frames: readonly { readonly envelope: Uint8Array }[]): string[] => frames.map(frame => hex(frame.envelope))

describe('authentication', () => {
  it('welcomes a member of the roster and says who is there', async () => {
    const { join: connect } = await start()
    const one = await connect(1)
    expect(one.welcome).toMatchObject({ seat: 1, lastSequence: 0, online: [1] })
    const two = await connect(2)
    expect(two.welcome.online).toEqual([1, 2])
    await one.wait('presence', frame => frame.online.length === 2)
    await two.close()
    await one.wait('presence', frame => frame.online.length === 1 && one.heard.indexOf(frame) > 1)
  })

  const outsider = identityFromSeed(labelled('outsider'))
  const wrongs: [why: string, code: number, change: (now: number) => Partial<AuthFields>][] = [
    ['the pool is another one', CLOSE.notInRoster, () => ({ room: labelled('other pool') })],
    ['the identity is not in the roster', CLOSE.notInRoster, () => ({ identity: outsider.publicKey })],
    ['the clock is five minutes behind', CLOSE.unauthenticated, now => ({ time: now - 300_001 })],
    ['the clock is five minutes ahead', CLOSE.unauthenticated, now => ({ time: now + 300_001 })],
    ['the signature is of another claim', CLOSE.unauthenticated, () => ({ signature: new Uint8Array(64).fill(1) })],
    ['the signature is by another member', CLOSE.unauthenticated, () => ({ identity: identityFromSeed(labelled('identity', 2)).publicKey })],
  ]
  it.each(wrongs)('refuses when %s', async (_, code, change) => {
    const { relay, clock } = await start()
    const raw = await dialRaw(relay.socketUrl)
    const challenge = await raw.wait('challenge')
    const identity = identityFromSeed(labelled('identity', 1))
    raw.send({ kind: 'auth', ...authFields({ pool, identity, challenge, now: clock.now(), change: change(clock.now()) }) })
    expect((await raw.closed).code).toBe(code)
    expect(raw.heard.length).toBe(1)
  })

  it('takes a clock that differs by just under five minutes, either way', async () => {
    const { relay, clock } = await start()
    for (const skew of [-299_999, 299_999]) {
      const member = await joinRelay(relay.socketUrl, pool, 1, { now: clock.now() + skew })
      await member.close()
    }
  })

  it('refuses an answer to the challenge of another connection, and to another relay', async () => {
    const { relay, clock } = await start()
    const first = await dialRaw(relay.socketUrl)
    const second = await dialRaw(relay.socketUrl)
    const identity = identityFromSeed(labelled('identity', 1))
    const challenge = await first.wait('challenge')
    expect(challenge.origin).toBe(relay.socketUrl.replace('/relay', ''))
    second.send({ kind: 'auth', ...authFields({ pool, identity, challenge, now: clock.now() }) })
    first.send({ kind: 'auth', ...authFields({ pool, identity, challenge: { ...challenge, origin: 'wss://evil.example' }, now: clock.now() }) })
    expect((await second.closed).code).toBe(CLOSE.unauthenticated)
    expect((await first.closed).code).toBe(CLOSE.unauthenticated)
  })

  it('closes a socket that says nothing for five seconds, is too long before it has authenticated, or says something else', async () => {
    const { relay, clock } = await start()
    const silent = await dialRaw(relay.socketUrl)
    await silent.wait('challenge')
    await clock.advance(5_000)
    expect((await silent.closed).code).toBe(CLOSE.authTimeout)

    const long = await dialRaw(relay.socketUrl)
    long.socket.send(new Uint8Array(1025))
    expect((await long.closed).code).toBe(CLOSE.tooLarge)

    const early = await dialRaw(relay.socketUrl)
    early.send({ kind: 'ack', sequence: 1 })
    expect((await early.closed).code).toBe(CLOSE.malformed)

    for (const bytes of [new Uint8Array(0), new Uint8Array(300).fill(1), Uint8Array.of(99)]) {
      const wrong = await dialRaw(relay.socketUrl)
      wrong.socket.send(bytes)
      expect((await wrong.closed).code).toBe(CLOSE.malformed)
    }
    const text = await dialRaw(relay.socketUrl)
    text.socket.send('hello')
    expect((await text.closed).code).toBe(CLOSE.malformed)
  })

  it('refuses more sockets of one address than may wait to authenticate, and has room again when one is done', async () => {
    const { relay, join: connect } = await start({ limits: { unauthenticatedPerIp: 2 } })
    const first = await dialRaw(relay.socketUrl)
    await first.wait('challenge')
    await connect(1)
    const second = await dialRaw(relay.socketUrl)
    await expect(dialRaw(relay.socketUrl)).rejects.toThrow('429')
    await second.close()
    const third = await dialRaw(relay.socketUrl)
    await third.wait('challenge')
  })

  it('lets the newer connection of an identity displace the older one', async () => {
    const { join: connect, relay } = await start()
    const older = await connect(1)
    const newer = await connect(1)
    expect((await older.closed).code).toBe(CLOSE.displaced)
    const two = await connect(2)
    await two.publish(1, utf8('after'))
    expect((await newer.deliveries(1)).length).toBe(1)
    expect((await relay.snapshot()).members.map(member => member.online)).toEqual([true, true, false])
  })

  it('takes pages of its own origin and listed ones only', async () => {
    const { relay } = await start({ origins: ['http://localhost:5173'] })
    const dial = (origin: string) => dialRaw(relay.socketUrl, { origin })
    for (const origin of [relay.url, 'http://localhost:5173']) await (await dial(origin)).close()
    for (const origin of ['http://evil.example', 'null', relay.url.replace('http', 'https')]) await expect(dial(origin)).rejects.toThrow('403')
    await expect(dialRaw(relay.socketUrl.replace('/relay', '/other'))).rejects.toThrow('404')
  })
})

describe('a pool that takes an account over', () => {
  const account = `0x${'ac'.repeat(20)}` as const
  const next = successorOf(
    pool,
    { account, keyId: labelled('key id') },
    { members: [1, 4].map(seat => testPool(4).members[seat - 1] as PoolMember), threshold: 2, agreementQuorum: 2 },
  )
  const leaving = DEALER_SEATS + 2

  it('has those who leave in its room, under addresses of their own, and knows the account', async () => {
    const { relay, clock } = await start({ pool: next })
    expect((await relay.snapshot()).account).toBe(account)
    const one = await joinRelay(relay.socketUrl, next, 1, { now: clock.now() })
    const two = await joinRelay(relay.socketUrl, next, leaving, { now: clock.now(), identity: 2 })
    expect((await two.wait('welcome')).seat).toBe(leaving)
    await one.wait('presence', frame => frame.online.length === 2)
    expect((await one.publish(leaving, utf8('to who leaves'))).kind).toBe('published')
    const [delivered] = await two.deliveries(1)
    expect(decodeEnvelope(delivered?.envelope as Uint8Array).header).toMatchObject({ from: 1, to: leaving })
    expect((await two.publish(1, utf8('to who stays'))).kind).toBe('published')
    expect(await one.deliveries(1)).toHaveLength(1)
  })

  it('lets them claim no account and submit nothing', async () => {
    const { relay, clock } = await start({ pool: next })
    const two = await joinRelay(relay.socketUrl, next, leaving, { now: clock.now(), identity: 2 })
    const claimed = await two.ask({ kind: 'account', address: new Uint8Array(20), keyId: new Uint8Array(32) })
    const submitted = await two.ask({ kind: 'submit', height: 0, round: 0, content: new Uint8Array(32), raw: utf8('no transaction') })
    for (const answer of [claimed, submitted]) expect(answer).toMatchObject({ kind: 'refused', code: 'not-a-member' })
  })
})

describe('messages', () => {
  it('stores, answers, delivers in order, and forgets what is acknowledged', async () => {
    const { join: connect, relay } = await start()
    const one = await connect(1)
    const two = await connect(2)
    await two.wait('caughtUp')
    const sent = [one.envelope(2, utf8('first')), one.envelope(2, utf8('second'))]
    for (const envelope of sent)
      expect(await one.ask({ kind: 'publish', envelope: encodeEnvelope(envelope) })).toMatchObject({ kind: 'published', status: 0 })
    const got = await two.deliveries(2)
    expect(bodies(got)).toEqual(sent.map(envelope => hex(encodeEnvelope(envelope))))
    expect((got[1]?.sequence ?? 0) > (got[0]?.sequence ?? 0)).toBe(true)
    expect((await relay.snapshot()).mailbox.messages).toBe(2)
    two.send({ kind: 'ack', sequence: got[1]?.sequence ?? 0 })
    // Requests of one connection are handled in order: when the answer is there, so is the effect of the ack.
    await two.publish(1, utf8('third'))
    expect((await relay.snapshot()).mailbox.messages).toBe(1)
  })

  it('stores the same envelope once, and refuses another one under the same address', async () => {
    const { join: connect } = await start()
    const [one, two] = [await connect(1), await connect(2)]
    const envelope = one.envelope(2, utf8('body'))
    const again = () => one.ask({ kind: 'publish', envelope: encodeEnvelope(envelope) })
    expect(await again()).toMatchObject({ status: 0 })
    expect(await again()).toMatchObject({ status: 1 })
    const [got] = await two.deliveries(1)
    two.send({ kind: 'ack', sequence: got?.sequence ?? 0 })
    await two.publish(1, utf8('x'))
    expect(await again()).toMatchObject({ status: 1 })
    expect(await one.publish(2, utf8('other'), envelope.header)).toMatchObject({ kind: 'refused', code: 'conflict' })
    await one.publish(2, utf8('marker'))
    expect((await two.deliveries(1)).length).toBe(1)
    expect(two.heard.filter(frame => frame.kind === 'deliver').length).toBe(2)
  })

  const refusals: [why: string, code: string, change: (envelope: Envelope) => Uint8Array][] = [
    ['bytes that are no envelope', 'malformed-envelope', envelope => encodeEnvelope(envelope).slice(0, 100)],
    ['a body that was changed on the way', 'bad-signature', envelope => encodeEnvelope({ ...envelope, body: utf8('Body') })],
    [
      'a header that was changed on the way',
      'bad-signature',
      envelope => encodeEnvelope({ ...envelope, header: { ...envelope.header, sequence: 999 } }),
    ],
  ]
  it.each(refusals)('refuses %s', async (_, code, change) => {
    const { join: connect } = await start()
    const one = await connect(1)
    expect(await one.ask({ kind: 'publish', envelope: change(one.envelope(2, utf8('body'))) })).toMatchObject({ kind: 'refused', code })
    expect(one.socket.readyState).toBe(one.socket.OPEN)
  })

  it('refuses headers that are not for this pool, not from this member, or not to another one', async () => {
    const { join: connect } = await start()
    const one = await connect(1)
    const codes = await Promise.all([
      one.publish(2, utf8('x'), { room: labelled('other pool') }),
      one.publish(2, utf8('x'), { from: 3 }),
      one.publish(4, utf8('x')),
      one.publish(1, utf8('x')),
    ])
    expect(codes.map(answer => answer.kind === 'refused' && answer.code)).toEqual([
      'wrong-room',
      'wrong-sender',
      'unknown-recipient',
      'unknown-recipient',
    ])
  })

  it('keeps messages for a member that is away, and says when it has caught up', async () => {
    const { join: connect } = await start()
    const one = await connect(1)
    const sent = ['a', 'b', 'c'].map(text => one.envelope(2, utf8(text)))
    for (const envelope of sent) await one.ask({ kind: 'publish', envelope: encodeEnvelope(envelope) })
    const two = await connect(2)
    const caughtUp = await two.wait('caughtUp')
    expect(caughtUp.sequence).toBe(two.welcome.lastSequence)
    const got = await two.deliveries(3)
    expect(bodies(got)).toEqual(sent.map(envelope => hex(encodeEnvelope(envelope))))
    expect(two.heard.indexOf(caughtUp)).toBeGreaterThan(two.heard.lastIndexOf(got[2] as RelayFrame))
    await two.close()
    const resumed = await connect(2, { since: got[0]?.sequence ?? 0 })
    await resumed.wait('caughtUp')
    expect(bodies(await resumed.deliveries(2))).toEqual(bodies(got.slice(1)))
  })

  it('sends no more than the window until some of it is acknowledged', async () => {
    const { join: connect } = await start({ limits: { windowMessages: 2 } })
    const [one, two] = [await connect(1), await connect(2)]
    for (let n = 0; n < 5; n++) await one.publish(2, utf8(`${n}`))
    const first = await two.deliveries(2)
    // An answer to a later request, on the same socket: nothing else was sent before it.
    await two.publish(1, utf8('x'))
    expect(two.heard.filter(frame => frame.kind === 'deliver').length).toBe(2)
    two.send({ kind: 'ack', sequence: first[0]?.sequence ?? 0 })
    await two.deliveries(1)
    // An ack of what was never delivered deletes nothing.
    two.send({ kind: 'ack', sequence: Number.MAX_SAFE_INTEGER })
    expect((await two.deliveries(2)).length).toBe(2)
  })

  it('pauses while a member does not read, and goes on without a loss', async () => {
    const { join: connect } = await start({ limits: { bufferedPause: 64 * 1024 } })
    const [one, two] = [await connect(1), await connect(2)]
    two.socket.pause()
    const body = new Uint8Array(MAX_BODY)
    const count = 60
    await Promise.all(Array.from({ length: count }, (_, n) => one.publish(2, body.fill(n, 0, 1).slice())))
    two.socket.resume()
    const got = await two.deliveries(count)
    expect(got.map(frame => frame.envelope[86])).toEqual(Array.from({ length: count }, (_, n) => n))
  })

  it('drops messages of ceremonies after ten minutes', async () => {
    const { join: connect, clock, relay } = await start()
    const one = await connect(1)
    await one.publish(2, utf8('x'))
    await clock.advance(10 * 60_000 - 1)
    expect((await relay.snapshot()).mailbox.messages).toBe(1)
    await clock.advance(30_001)
    expect((await relay.snapshot()).mailbox.messages).toBe(0)
    const two = await connect(2)
    await two.wait('caughtUp')
    expect(two.heard.some(frame => frame.kind === 'deliver')).toBe(false)
  })

  it('refuses what a full mailbox cannot take, for that recipient only', async () => {
    const { join: connect } = await start({ limits: { roomMessages: 3 } })
    const one = await connect(1)
    for (let n = 0; n < 3; n++) await one.publish(2, utf8('x'))
    expect(await one.publish(2, utf8('x'))).toMatchObject({ code: 'mailbox-full' })
    expect(await one.publish(3, utf8('x'))).toMatchObject({ kind: 'published' })
  })
})

describe('limits of a socket', () => {
  it('closes a member that floods it', async () => {
    const { join: connect } = await start({ limits: { framesPerSecond: 50 } })
    const one = await connect(1)
    for (let n = 0; n < 1_000; n++) one.send({ kind: 'ack', sequence: 0 })
    expect((await one.closed).code).toBe(CLOSE.rateLimited)
  })

  it('slows down a burst without losing any of it', async () => {
    const { join: connect, clock, log } = await start({ limits: { framesPerSecond: 20 } })
    const one = await connect(1)
    const answers = Promise.all(Array.from({ length: 60 }, (_, n) => one.publish(2, utf8(`${n}`))))
    await one.wait('published')
    await clock.advance(1_000)
    expect((await answers).every(answer => answer.kind === 'published')).toBe(true)
    expect(log.some(line => line.includes('too many'))).toBe(false)
  })

  it('ends connections whose frames are too large', async () => {
    const { join: connect } = await start()
    const one = await connect(1)
    one.socket.send(new Uint8Array(MAX_FRAME + 1))
    expect((await one.closed).code).toBe(1009)
  })

  it('answers any frame, mutated or made up, with a frame or a documented close code', async () => {
    const { join: connect, relay } = await start({ limits: { framesPerSecond: 1e6 } })
    const real = fc.constantFrom<MemberFrame>(
      { kind: 'ack', sequence: 5 },
      { kind: 'report', json: '{}' },
      { kind: 'account', request: 1, address: new Uint8Array(20), keyId: new Uint8Array(32) },
      { kind: 'submit', request: 2, height: 0, round: 0, content: new Uint8Array(32), raw: new Uint8Array(9) },
      { kind: 'publish', request: 3, envelope: new Uint8Array(200) },
    )
    const mutated = fc.tuple(real, fc.nat(300), fc.nat(255), fc.nat(3)).map(([frame, at, value, cut]) => {
      const bytes = memberFrame.encode(frame)
      bytes[at % bytes.length] = value
      return bytes.slice(0, bytes.length - cut)
    })
    const codes = new Set<number>(Object.values(CLOSE))
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ minLength: 1, maxLength: 300 })), async bytes => {
        const one = await connect(1)
        one.socket.send(bytes)
        const answer = await Promise.race([one.publish(2, utf8('still there?')).catch(() => undefined), one.closed])
        if (answer === undefined || !('kind' in answer)) expect(codes.has((await one.closed).code)).toBe(true)
        else await one.close()
      }),
      { numRuns: 60 },
    )
    expect((await relay.snapshot()).members.length).toBe(3)
  })

  it('gives up on a member that misses two pings', async () => {
    const { join: connect, clock, relay } = await start()
    const one = await connect(1, { autoPong: false })
    const two = await connect(2)
    const pinged = new Promise(resolve => two.socket.once('ping', resolve))
    await clock.advance(25_000)
    await pinged
    await two.publish(1, utf8('round trip, so that the pong is there'))
    await clock.advance(25_000)
    await two.publish(1, utf8('again'))
    await clock.advance(25_000)
    expect((await one.closed).code).toBe(1006)
    await two.wait('presence', frame => frame.online.length === 1)
    expect((await relay.snapshot()).members.map(member => member.online)).toEqual([false, true, false])
  })

  it('says something every 25 seconds, for those who cannot see pings', async () => {
    const { join: connect, clock } = await start()
    const one = await connect(1)
    await one.publish(2, utf8('x'))
    const before = one.heard.length
    await clock.advance(25_000)
    await one.publish(2, utf8('x'))
    expect(one.heard.slice(before).map(frame => frame.kind)).toContain('presence')
  })
})

describe('life', () => {
  it('loses nothing when it is stopped and started on the same data', async () => {
    const dataDir = directory()
    const first = await start({ dataDir })
    const one = await first.join(1)
    const two = await first.join(2)
    const sent = ['a', 'b'].map(text => one.envelope(2, utf8(text)))
    for (const envelope of sent) await one.ask({ kind: 'publish', envelope: encodeEnvelope(envelope) })
    const got = await two.deliveries(2)
    await one.ask({ kind: 'account', address: new Uint8Array(20).fill(1), keyId: labelled('key') })
    await two.ask({ kind: 'account', address: new Uint8Array(20).fill(1), keyId: labelled('key') })
    await first.relay.close()

    const second = await start({ dataDir })
    const again = await second.join(2)
    expect(again.welcome.lastSequence).toBe(got[1]?.sequence)
    expect(bodies(await again.deliveries(2))).toEqual(bodies(got))
    const oneAgain = await second.join(1)
    expect(await oneAgain.ask({ kind: 'publish', envelope: encodeEnvelope(sent[0] as Envelope) })).toMatchObject({ status: 1 })
    await oneAgain.publish(2, utf8('c'))
    expect((await again.deliveries(1))[0]?.sequence).toBeGreaterThan(got[1]?.sequence ?? 0)
  })

  it('tells members to come back, then closes them as draining', async () => {
    const { join: connect, relay } = await start()
    const one = await connect(1)
    const waiting = await dialRaw(relay.socketUrl)
    const closing = relay.close()
    expect((await one.wait('drain')).afterMs).toBeGreaterThan(0)
    expect((await one.closed).code).toBe(CLOSE.draining)
    await closing
    await relay.close()
    await waiting.closed
    await expect(dialRaw(relay.socketUrl)).rejects.toThrow()
  })

  const failures: [why: string, code: ErrorCode, change: Partial<RelayConfig>][] = [
    ['all addresses without TLS', 'relay-insecure-bind', { host: '0.0.0.0' }],
    ['an outside address without TLS', 'relay-insecure-bind', { host: '192.0.2.1' }],
    ['a certificate that is not there', 'relay-config', { tls: { cert: '/nonexistent', key: '/nonexistent' } }],
    ['an L1 address that is no URL', 'relay-config', { l1Rpc: 'localhost:8545' }],
    ['a page origin with a path', 'relay-config', { origins: ['http://a.example/page'] }],
    ['a port that is none', 'relay-config', { port: 65_536 }],
  ]
  it.each(failures)('does not start with %s', async (_, code, change) => {
    await expect(start(change)).rejects.toMatchObject({ code })
  })

  it('does not start on a port that is taken, nor on data that is open', async () => {
    const dataDir = directory()
    const { relay } = await start({ dataDir })
    await expect(start({ port: relay.port })).rejects.toMatchObject({ code: 'relay-bind' satisfies ErrorCode })
    await expect(start({ dataDir })).rejects.toMatchObject({ code: 'relay-store-locked' satisfies ErrorCode })
  })

  it('may listen on other addresses with a certificate or behind a proxy', () => {
    const config = { pool, l1Rpc: 'http://127.0.0.1:9', host: '0.0.0.0' }
    expect(settingsOf({ ...config, behindProxy: true }).host).toBe('0.0.0.0')
    expect(settingsOf({ ...config, tls: { cert: 'a', key: 'b' } }).host).toBe('0.0.0.0')
  })

  it('is called by its public name behind a proxy, and by no other', async () => {
    const { relay } = await start({ behindProxy: true, publicUrl: 'wss://relay.example/relay' })
    const headers = { host: 'relay.example' }
    const raw = await dialRaw(relay.socketUrl, { headers, origin: 'https://relay.example' })
    expect((await raw.wait('challenge')).origin).toBe('wss://relay.example')
    await raw.close()
    await expect(dialRaw(relay.socketUrl, { headers, origin: 'https://evil.example' })).rejects.toThrow('403')
    const stranger = await dialRaw(relay.socketUrl, { headers: { host: 'evil.example' } })
    expect((await stranger.wait('challenge')).origin).toBe('wss://relay.example')
    await stranger.close()
  })

  it('counts waiting sockets by the address that the proxy names', async () => {
    const { relay } = await start({ behindProxy: true, limits: { unauthenticatedPerIp: 1 } })
    const from = (address: string) => dialRaw(relay.socketUrl, { headers: { 'x-forwarded-for': `203.0.113.9, ${address}` } })
    const first = await from('192.0.2.1')
    await expect(from('192.0.2.1')).rejects.toThrow('429')
    const second = await from('192.0.2.2')
    for (const raw of [first, second]) await raw.close()
  })
})

describe('what it keeps', () => {
  it('has nothing of a sealed message but its ciphertext on disk, and nothing at all in its log', async () => {
    await sodium.ready
    const dataDir = directory()
    const { relay, join: connect, log } = await start({ dataDir })
    const one = await connect(1)
    const secret = utf8('the plaintext that nobody but seat 2 may read')
    const nonce = new Uint8Array(24)
    const sealed = sodium.crypto_secretbox_easy(secret, nonce, labelled('key'))
    await one.publish(2, sealed)
    await relay.snapshot()
    await relay.close()
    const disk = readdirSync(dataDir).map(name => readFileSync(join(dataDir, name)))
    const contains = (bytes: Uint8Array) => disk.some(file => file.includes(Buffer.from(bytes)))
    expect(contains(sealed)).toBe(true)
    expect(contains(secret)).toBe(false)
    const text = log.join('\n')
    expect(text.length).toBeGreaterThan(0)
    for (const bytes of [sealed.slice(0, 8), secret]) {
      expect(text.includes(hex(bytes).slice(2))).toBe(false)
      expect(text.includes(Buffer.from(bytes).toString('base64').slice(0, 10))).toBe(false)
    }
    expect(text.includes('plaintext that nobody')).toBe(false)
  })
})
