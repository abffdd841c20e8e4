import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testIdentity, testParties } from '../../test/support/identity.ts'
import { seededRandom } from '../../test/support/random.ts'
import type { Bytes } from '../bytes.ts'
import { fixed, struct, u32 } from '../codec.ts'
import { isPoolError, type PoolError } from '../errors.ts'
import type { CeremonyContext, Progress } from './context.ts'
import { BROADCAST, DIRECT, type FrameKind, frameCodec } from './frame.ts'
import { type Round, routerOf } from './router.ts'
import { newSessionId } from './session.ts'

const value = struct({ value: u32 })
const FIRST: Round<{ value: number }, { value: number }> = { id: 1, name: 'first', broadcast: value, direct: value }
const SECOND: Round<{ value: number }, never> = { id: 2, name: 'second', broadcast: value, mismatch: 'bind-mismatch' }
const ECHO = new Uint8Array(32).fill(7)
const OTHER = new Uint8Array(32).fill(8)

/** Party 1 of 3 (or more), with the test as the network. */
function stage(parties = 3, participants = testParties(parties).map(party => party.index)) {
  const sent: { to: number | 'all'; bytes: Bytes }[] = []
  const progress: Progress[] = []
  const queue: { from: number; bytes: Bytes }[] = []
  let wake = () => {}
  let closed = false
  let expire = () => {}
  const expired = new Promise<void>(resolve => {
    expire = resolve
  })
  const ctx: CeremonyContext<never> = {
    self: 1,
    parties: testParties(parties),
    sessionId: newSessionId(seededRandom(1)),
    poolHash: new Uint8Array(32),
    random: seededRandom(1),
    deadline: { expired },
    identity: testIdentity(1),
    journal: { pending: async () => {}, burned: async () => {} },
    onProgress: state => void progress.push(state),
    channel: {
      send: (to, bytes) => void sent.push({ to, bytes }),
      async *receive() {
        while (!closed || queue.length > 0) {
          const next = queue.shift()
          if (next !== undefined) yield next
          else
            await new Promise<void>(resolve => {
              wake = resolve
            })
        }
      },
    },
  }
  const arrive = (from: number, bytes: Bytes) => {
    queue.push({ from, bytes })
    wake()
  }
  const frame = (round: number, kind: FrameKind, body: number | Bytes, echo = ECHO): Bytes =>
    frameCodec.encode({ version: 1, round, kind, echo, body: typeof body === 'number' ? value.encode({ value: body }) : body })
  return {
    ctx,
    sent,
    progress,
    arrive,
    frame,
    expire,
    close() {
      closed = true
      wake()
    },
    router: routerOf(ctx, participants, [FIRST, SECOND]),
  }
}

/** Everything that could run has run. */
const macrotask = () => new Promise<void>(resolve => setTimeout(resolve, 0))

const failure = (promise: Promise<unknown>): Promise<PoolError> =>
  promise.then(
    () => expect.unreachable('should have failed'),
    error => (isPoolError(error) ? error : Promise.reject(error)),
  )

describe('router', () => {
  it('collects a broadcast and a direct message of every peer, in any order, and keeps early frames', async () => {
    const { router, arrive, frame } = stage()
    arrive(3, frame(2, BROADCAST, 32))
    arrive(3, frame(1, DIRECT, 30))
    arrive(2, frame(1, DIRECT, 20))
    arrive(2, frame(2, BROADCAST, 22))
    arrive(3, frame(1, BROADCAST, 31))
    arrive(2, frame(1, BROADCAST, 21))
    const first = await router.collect(FIRST, ECHO)
    expect([...first.broadcast]).toEqual([
      [2, { value: 21 }],
      [3, { value: 31 }],
    ])
    expect([...first.direct]).toEqual([
      [2, { value: 20 }],
      [3, { value: 30 }],
    ])
    const second = await router.collect(SECOND, ECHO)
    expect([...second.broadcast.keys()]).toEqual([2, 3])
  })

  it('ignores an equal duplicate', async () => {
    const { router, arrive, frame } = stage()
    for (const _ of [1, 2]) for (const from of [2, 3]) arrive(from, frame(2, BROADCAST, from))
    expect((await router.collect(SECOND, ECHO)).broadcast.size).toBe(2)
  })

  it('names the sender of two different frames for one round, early, late or consumed', async () => {
    for (const order of ['before', 'after'] as const) {
      const { router, arrive, frame } = stage()
      arrive(2, frame(2, BROADCAST, 1))
      if (order === 'after') {
        arrive(3, frame(2, BROADCAST, 1))
        await router.collect(SECOND, ECHO)
      }
      arrive(2, frame(2, BROADCAST, 2))
      const error = await failure(router.collect(order === 'after' ? FIRST : SECOND, ECHO))
      expect(error.code).toBe('equivocation')
      expect(error.culprits).toEqual([{ party: 2, certainty: 'confirmed', evidence: expect.stringMatching(/^frames 0x/) }])
    }
  })

  it('drops unknown senders, rounds and kinds, its own index and bytes that are no frame', async () => {
    const { router, arrive, frame, expire } = stage()
    arrive(9, frame(2, BROADCAST, 1))
    arrive(1, frame(2, BROADCAST, 1))
    arrive(2, frame(7, BROADCAST, 1))
    arrive(2, frame(2, DIRECT, 1))
    arrive(2, new Uint8Array(0))
    arrive(2, frame(2, BROADCAST, 1).subarray(0, 30))
    arrive(2, Uint8Array.of(2, ...frame(2, BROADCAST, 1).subarray(1)))
    arrive(2, frame(2, BROADCAST, 21))
    arrive(3, frame(2, BROADCAST, 31))
    expect((await router.collect(SECOND, ECHO)).broadcast.get(2)).toEqual({ value: 21 })
    expire()
  })

  it('compares the echo before it looks at the body, and blames nobody', async () => {
    const { router, arrive, frame } = stage()
    arrive(2, frame(1, BROADCAST, new Uint8Array(99), OTHER))
    const error = await failure(router.collect(FIRST, ECHO))
    expect(error).toMatchObject({ code: 'view-mismatch', culprits: [], context: { round: 'first', from: 2 } })
  })

  it('gives a mismatch the code of its round', async () => {
    const { router, arrive, frame } = stage()
    arrive(2, frame(2, BROADCAST, 1, OTHER))
    expect((await failure(router.collect(SECOND, ECHO))).code).toBe('bind-mismatch')
  })

  it('names the sender of a body of the wrong length', async () => {
    for (const length of [0, 3, 5]) {
      const { router, arrive, frame } = stage()
      arrive(3, frame(2, BROADCAST, new Uint8Array(length)))
      const error = await failure(router.collect(SECOND, ECHO))
      expect(error).toMatchObject({ code: 'malformed-round', culprits: [{ party: 3, certainty: 'confirmed' }], context: { round: 'second' } })
    }
  })

  it('says at the deadline who is missing for which round', async () => {
    const { router, arrive, frame, expire } = stage(4)
    arrive(2, frame(1, BROADCAST, 1))
    arrive(3, frame(1, BROADCAST, 1))
    arrive(3, frame(1, DIRECT, 1))
    const pending = failure(router.collect(FIRST, ECHO))
    await macrotask()
    expire()
    const error = await pending
    expect(error).toMatchObject({ code: 'deadline', context: { round: 'first', missing: [2, 4] } })
    expect(error.culprits).toEqual([
      { party: 2, certainty: 'suspected', evidence: 'silent in first' },
      { party: 4, certainty: 'suspected', evidence: 'silent in first' },
    ])
  })

  it('waits only for those who have something to say, and names only them', async () => {
    const { router, arrive, frame, expire, progress } = stage(4)
    arrive(3, frame(2, BROADCAST, 3))
    arrive(4, frame(2, BROADCAST, 4, OTHER))
    const round = await router.collect(SECOND, ECHO, [1, 3])
    expect([...round.broadcast]).toEqual([[3, { value: 3 }]])
    expect(progress.at(-1)).toEqual({ round: 'second', received: [3], missing: [] })
    arrive(2, frame(1, BROADCAST, 2))
    const pending = failure(router.collect(FIRST, ECHO, [2, 4]))
    await macrotask()
    expire()
    expect(await pending).toMatchObject({ code: 'deadline', context: { round: 'first', missing: [2, 4] } })
    // nobody owes anything
    expect((await router.collect(SECOND, ECHO, [1])).broadcast.size).toBe(0)
  })

  it('still takes a complete round when the deadline comes', async () => {
    const { router, arrive, frame, expire } = stage()
    arrive(2, frame(2, BROADCAST, 1))
    arrive(3, frame(2, BROADCAST, 1))
    expire()
    await macrotask()
    expect((await router.collect(SECOND, ECHO)).broadcast.size).toBe(2)
  })

  it('ends when the channel does', async () => {
    const { router, close } = stage()
    const pending = failure(router.collect(SECOND, ECHO))
    close()
    expect(await pending).toMatchObject({ code: 'channel-closed', context: { round: 'second', missing: [2, 3] } })
  })

  it('reports progress', async () => {
    const { router, arrive, frame, progress } = stage()
    const pending = router.collect(SECOND, ECHO)
    arrive(3, frame(2, BROADCAST, 1))
    await macrotask()
    arrive(2, frame(2, BROADCAST, 1))
    await pending
    expect(progress).toEqual([
      { round: 'second', received: [], missing: [2, 3] },
      { round: 'second', received: [3], missing: [2] },
      { round: 'second', received: [2, 3], missing: [] },
    ])
  })

  it('sends a broadcast once to all, or to each participant of a smaller ceremony', () => {
    const all = stage(3)
    all.router.broadcast(SECOND, ECHO, { value: 1 })
    expect(all.sent.map(message => message.to)).toEqual(['all'])
    const some = stage(4, [1, 3, 4])
    some.router.broadcast(SECOND, ECHO, { value: 1 })
    expect(some.sent.map(message => message.to)).toEqual([3, 4])
  })

  it('serves one ceremony per context, with one router until its end', () => {
    const { ctx, router } = stage()
    expect(routerOf(ctx, [3, 2, 1], [FIRST])).toBe(router)
    expect(() => routerOf(ctx, [1, 2], [FIRST])).toThrow(/participants/)
    router.close()
    expect(() => routerOf(ctx, [1, 2, 3], [FIRST])).toThrow(/not served another ceremony/)
  })
})

describe('frame', () => {
  it('decodes any bytes to a frame that encodes to them, or throws malformed-bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.uint8Array({ minLength: 32, maxLength: 60 }).map(tail => Uint8Array.of(1, 2, 1, ...tail)),
        ),
        bytes => {
          try {
            expect(frameCodec.encode(frameCodec.decode(bytes))).toEqual(bytes)
          } catch (error) {
            expect(isPoolError(error, 'malformed-bytes')).toBe(true)
          }
        },
      ),
    )
  })
  it('refuses a body above the limit', () => {
    const oversized = { version: 1, round: 1, kind: BROADCAST as FrameKind, echo: ECHO, body: new Uint8Array(100_000) }
    expect(() => frameCodec.encode(oversized)).toThrow(/body too long/)
    expect(() => frameCodec.decode(Uint8Array.of(1, 1, 0, ...fixed(32).encode(ECHO), ...new Uint8Array(100_000)))).toThrow(/body too long/)
  })
})
