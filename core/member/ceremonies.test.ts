import { describe, expect, it } from 'vitest'
import { linkedPool } from '../../test/support/linked-members.ts'
import { labelled, seededRandom } from '../../test/support/random.ts'
import type { CeremonyContext } from '../ceremony/context.ts'
import { isPoolError, type PoolError } from '../errors.ts'
import type { KeyShare } from '../threshold/index.ts'
import { type CeremonyHost, createCeremonyHost } from './ceremonies.ts'
import type { CeremonyPlan } from './ceremony-plan.ts'

const plan = (seats: readonly number[] = [1, 2], id = labelled('ceremony')): CeremonyPlan => ({
  kind: 'sign',
  id,
  seats,
  payload: labelled('payload'),
})

/** Everyone says hello in one message and waits for all others'. */
async function greet(ctx: CeremonyContext<KeyShare>): Promise<number[]> {
  ctx.channel.send('all', labelled('hello', ctx.self))
  const heard: number[] = []
  ctx.onProgress?.({ round: 'P1', received: [], missing: ctx.parties.map(({ index }) => index).filter(index => index !== ctx.self) })
  const incoming = ctx.channel.receive()[Symbol.asyncIterator]()
  while (heard.length < ctx.parties.length - 1) {
    const next = await incoming.next()
    if (next.done === true) throw new Error('channel ended')
    heard.push(next.value.from)
  }
  return heard
}

async function setup(n = 3) {
  const linked = await linkedPool(n, 'ceremony host')
  const hosts = new Map<number, { host: CeremonyHost; statuses: (string | undefined)[]; kill(): void }>()
  for (const { seat } of linked.pool.members) {
    const member = linked.member(seat)
    const statuses: (string | undefined)[] = []
    const host: CeremonyHost = createCeremonyHost({
      pool: linked.pool,
      seat,
      identity: member.identity,
      link: member.link,
      dispatcher: member.dispatcher,
      clock: linked.clock,
      random: seededRandom(`host ${seat}`),
      log: () => {},
      journal: { pending: async () => {}, burned: async () => {} },
      limits: { keygen: { idle: 60_000, total: 60_000 }, sign: { idle: 15_000, total: 40_000 }, preprocess: { idle: 10_000, total: 20_000 } },
      onStatus: () => void statuses.push(host?.status()?.round),
    })
    member.link.onPresence(seats => host.presence(new Set(seats)))
    member.link.start()
    hosts.set(seat, { host, statuses, kill: member.kill })
  }
  await linked.clock.advance(0)
  const of = (seat: number) => hosts.get(seat) as NonNullable<ReturnType<typeof hosts.get>>
  const failure = (promise: Promise<unknown>): Promise<PoolError> =>
    promise.then(
      () => Promise.reject(new Error('no failure')),
      (error: unknown) => (isPoolError(error) ? error : Promise.reject(error)),
    )
  return { ...linked, of, failure }
}

describe('ceremonies', () => {
  it('give each party a channel to the others, and a status while they run', async () => {
    const { of, clock } = await setup()
    const runs = [1, 2, 3].map(seat => of(seat).host.run(plan([1, 2, 3]), greet))
    expect(of(1).host.status()).toEqual({ kind: 'sign', round: 'hello', missing: [2, 3] })
    await clock.advance(1_000)
    const heard = await Promise.all(runs.map(({ result }) => result))
    expect(heard.map(seats => [...seats].sort())).toEqual([
      [2, 3],
      [1, 3],
      [1, 2],
    ])
    expect(of(1).statuses).toContain('P1')
    expect(of(1).host.status()).toBeUndefined()
  })

  it('end when a party stays silent, and name it', async () => {
    const { of, clock, failure } = await setup()
    const { result } = of(1).host.run(plan(), greet)
    const error = failure(result)
    await clock.advance(14_999)
    expect(of(1).host.status()).toBeDefined()
    await clock.advance(1)
    expect(await error).toMatchObject({ code: 'deadline', culprits: [{ party: 2 }] })
    expect(of(1).host.status()).toBeUndefined()
  })

  it('end soon when a party goes away, but not at once', async () => {
    const { of, clock, failure } = await setup()
    const { result } = of(1).host.run(plan(), greet)
    const error = failure(result)
    await clock.advance(1_000)
    of(2).kill()
    await clock.advance(2_000)
    expect(of(1).host.status()).toBeDefined()
    await clock.advance(1_000)
    expect((await error).code).toBe('deadline')
  })

  it('go on when the party comes back in time', async () => {
    const { of, clock, relay } = await setup()
    const first = of(1).host.run(plan(), greet)
    await clock.advance(1_000)
    relay.drop(2)
    await clock.advance(1_500)
    expect(relay.online()).toEqual([1, 2, 3])
    const second = of(2).host.run(plan(), greet)
    await clock.advance(3_000)
    expect(await first.result).toEqual([2])
    expect(await second.result).toEqual([1])
  })

  it('end when told to, without harm to others that run', async () => {
    const { of, clock, failure } = await setup()
    const stopped = of(1).host.run(plan([1, 2], labelled('one')), greet)
    const other = of(1).host.run(plan([1, 2], labelled('two')), greet)
    const error = failure(stopped.result)
    stopped.stop()
    const peer = of(2).host.run(plan([1, 2], labelled('two')), greet)
    await clock.advance(1_000)
    expect((await error).code).toBe('deadline')
    expect([await other.result, await peer.result]).toEqual([[2], [1]])
  })

  it('all end when the member stops', async () => {
    const { of, clock, failure } = await setup()
    const errors = ['one', 'two'].map(name => failure(of(1).host.run(plan([1, 2], labelled(name)), greet).result))
    of(1).host.close()
    await clock.advance(0)
    expect((await Promise.all(errors)).map(({ code }) => code)).toEqual(['deadline', 'deadline'])
  })

  it('fail with what their protocol fails with', async () => {
    const { of, clock } = await setup()
    const broken = of(1).host.run(plan(), () => Promise.reject(new TypeError('broken')))
    void of(2)
      .host.run(plan(), greet)
      .result.catch(() => {})
    const error = broken.result.catch((thrown: unknown) => thrown)
    await clock.advance(1_000)
    expect(await error).toBeInstanceOf(TypeError)
  })
})
