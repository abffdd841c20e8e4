import { describe, expect, it } from 'vitest'
import { frameCodec } from '../../core/ceremony/frame.ts'
import { TUPLE_TTL } from '../../core/member/tuples.ts'
import { preprocess, type Tuple } from '../../core/threshold/index.ts'
import { createPuppet } from './puppet.ts'
import { quickPreprocess } from './quick-signing.ts'
import { createWorld, seedOf, type World } from './world.ts'

interface Signature {
  readonly seat: number
  readonly height: number
  readonly ready: boolean
}

/** Begins to note with what members go into the online rounds. */
function watch(world: World): Signature[] {
  const signatures: Signature[] = []
  world.probe.signing = (seat, height, tuple) => void signatures.push({ seat, height, ready: tuple !== undefined })
  return signatures
}

const logged = (world: World, seat: number, event: string) => world.machine(seat).log.filter(line => line.event === event)
const reasons = (world: World, seat: number): unknown[] => logged(world, seat, 'tuple.dropped').map(({ facts }) => facts.reason)
const readyTuples = (world: World, seat: number): readonly string[] =>
  (world.machine(seat).member?.report().tuples ?? []).map(({ quorum, ready }) => `${quorum.join('+')}: ${ready}`)
const signers = (world: World, height: number): readonly number[] | undefined =>
  world.machines.flatMap(({ events }) => events.flatMap(event => (event.kind === 'signed' && event.height === height ? [event] : [])))[0]?.signers
const rounds = (world: World, height: number): readonly number[] =>
  world.machines.flatMap(({ events }) => events.flatMap(event => (event.kind === 'signed' && event.height === height ? [event.round] : [])))

/** Who proposes at a height of a pool of 2 of 3, with whom it would sign, and who is that. */
function expected(world: World, height: number): { proposer: number; quorum: readonly number[]; other: number } {
  const proposer = world.order(height)?.[0] as number
  const other = proposer === 1 ? 2 : 1
  return { proposer, quorum: [proposer, other].sort((a, b) => a - b), other }
}

/** Two tuples of a quorum are ready at both ends. */
async function untilReady(world: World, quorum: readonly number[], limit = 20_000): Promise<void> {
  const wanted = `${quorum.join('+')}: 2`
  await world.until(`tuples of ${quorum}`, () => quorum.every(seat => readyTuples(world, seat).includes(wanted)), limit)
}

describe('ready tuples', () => {
  for (const [t, n, realSigning] of [
    [2, 3, true],
    [3, 5, false],
    [4, 5, false],
  ] as const)
    it(`${t} of ${n}: from the second batch on every signature goes on from one, and every member says how many it has`, async () => {
      const world = await createWorld({ seed: seedOf(`steady ${t} of ${n}`), n, t, realSigning })
      const signatures = watch(world)
      await world.start()
      await world.untilBatches(6)
      await world.untilSettled()
      const later = signatures.filter(({ height }) => height > 0)
      expect(later.length).toBeGreaterThanOrEqual(5 * t)
      expect(later.filter(({ ready }) => !ready)).toEqual([])
      for (const { seat, log } of world.machines) {
        expect(log.filter(({ event }) => event === 'tuple.dropped')).toEqual([])
        const used = log.filter(({ event }) => event === 'tuple.used').length
        const made = log.filter(({ event }) => event === 'tuple.ready').length
        const left = world.machine(seat).member?.report().tuples ?? []
        expect(made - used).toBe(left.reduce((sum, { ready }) => sum + ready, 0))
      }
      expect(world.relay.report(1)?.tuples?.length).toBeGreaterThan(0)
    })

  it('none are made where none are wanted', async () => {
    const world = await createWorld({ seed: seedOf('no tuples'), n: 3, t: 2, tuples: 0 })
    const signatures = watch(world)
    await world.start()
    await world.untilBatches(3)
    expect(signatures.filter(({ ready }) => ready)).toEqual([])
    expect(logged(world, 1, 'tuple.ready')).toEqual([])
  })

  it('a member that keeps none is asked for none twice in a row, and signs all the same', async () => {
    const world = await createWorld({ seed: seedOf('one keeps none'), n: 3, t: 2 })
    world.meddle.set(1, input => ({ ...input, tuples: 0 }))
    await world.start()
    await world.untilBatches(6)
    expect(logged(world, 1, 'tuple.ready')).toEqual([])
    const dropped = [2, 3].flatMap(seat => reasons(world, seat))
    expect(dropped.length).toBeGreaterThan(0)
    expect(dropped.length).toBeLessThan(5)
    expect(new Set(dropped)).toEqual(new Set(['gone']))
  })

  it('go when their time is up, at both ends, and others are made before', async () => {
    const world = await createWorld({ seed: seedOf('tuple ttl'), n: 3, t: 2, maxBatchDelay: 3 * TUPLE_TTL, l1Interval: 10_000 })
    await world.start()
    await world.untilBatches(1, 4 * TUPLE_TTL)
    const { quorum } = expected(world, 1)
    await untilReady(world, quorum, 60_000)
    const old = quorum.map(seat => logged(world, seat, 'tuple.ready').map(({ facts }) => facts.ceremony))
    await world.pass(TUPLE_TTL + 10_000)
    quorum.forEach((seat, i) => {
      const dropped = logged(world, seat, 'tuple.dropped').filter(({ facts }) => old[i]?.includes(facts.ceremony))
      expect(dropped.length).toBeGreaterThanOrEqual(2)
      // Who is told by the other that it has let go does not wait for its own clock.
      for (const { facts } of dropped) expect(['expired', 'gone']).toContain(facts.reason)
      expect(readyTuples(world, seat)).toContain(`${quorum.join('+')}: 2`)
    })
    const signatures = watch(world)
    await world.untilBatches(2, 4 * TUPLE_TTL)
    expect(signatures.filter(({ height, ready }) => height === 1 && ready)).toHaveLength(2)
  })
})

describe('a member that holds tuples with others', () => {
  it('dies: the others let go of them and make new ones among themselves', async () => {
    const world = await createWorld({ seed: seedOf('holder dies'), n: 3, t: 2, maxBatchDelay: 30_000 })
    await world.start()
    await world.untilBatches(1)
    const { proposer, quorum: before, other: first } = expected(world, 1)
    await untilReady(world, before)
    world.machine(first).crash()
    const quorum = [1, 2, 3].filter(seat => seat !== first)
    await untilReady(world, quorum)
    await world.pass(12_000)
    expect(reasons(world, proposer)).toEqual(['away', 'away'])
    const signatures = watch(world)
    await world.untilBatches(2)
    expect(signers(world, 1)).toEqual(quorum)
    expect(signatures.filter(({ height, ready }) => height === 1 && ready)).toHaveLength(2)
    await world.machine(first).start()
    await world.untilSettled()
  })

  for (const how of ['dies', 'hangs'] as const)
    it(`${how} and is started again when a batch is to be signed: it says that it has them no more, and nobody waits`, async () => {
      const world = await createWorld({ seed: seedOf(`holder ${how} at the wrong moment`), n: 3, t: 2, realSigning: how === 'dies' })
      await world.start()
      await world.untilBatches(1)
      const { other: holder } = expected(world, 1)
      let restarted = 0
      world.probe.event = (_, event) => {
        if (event.kind !== 'proposed' || event.height !== 1 || restarted > 0) return
        restarted = world.time.now()
        if (how === 'dies') world.machine(holder).crash()
        else world.machine(holder).hang()
        void world.machine(holder).start()
      }
      await world.untilBatches(2, 15_000)
      expect(restarted).toBeGreaterThan(0)
      expect(new Set(rounds(world, 1))).toEqual(new Set([0]))
      // The new process has none of the old one's.
      expect(logged(world, holder, 'tuple.used').filter(({ facts }) => facts.height === 1)).toEqual([])
      await world.untilBatches(5)
      await world.untilSettled()
    })

  it('has lost one that the proposer names: it says so, and another one is taken at once', async () => {
    const world = await createWorld({ seed: seedOf('one lost'), n: 3, t: 2, maxBatchDelay: 10_000 })
    const tuples = new Map<number, Tuple[]>()
    for (const { seat } of world.machines)
      world.meddle.set(seat, input => ({
        ...input,
        protocols: {
          ...input.protocols,
          async preprocess(ctx, share, what) {
            const tuple = await quickPreprocess(ctx, share, what)
            tuples.set(seat, [...(tuples.get(seat) ?? []), tuple])
            return tuple
          },
        },
      }))
    await world.start()
    await world.untilBatches(1)
    const { proposer, quorum } = expected(world, 1)
    await untilReady(world, quorum)
    // The oldest is named first.
    const oldest = tuples.get(proposer)?.find(({ ready }) => ready) as Tuple
    const other = oldest.quorum.find(seat => seat !== proposer) as number
    tuples
      .get(other)
      ?.find(({ id }) => Buffer.from(id).equals(oldest.id))
      ?.wipe()
    const signatures = watch(world)
    await world.untilBatches(2)
    expect(logged(world, other, 'sign.no-tuple')).toHaveLength(1)
    expect(signatures.filter(({ height }) => height === 1)).toMatchObject([{ ready: true }, { ready: true }])
    expect(new Set(rounds(world, 1))).toEqual(new Set([0]))
    await world.untilSettled()
  })
})

describe('the relay', () => {
  it('is away for a while: what was ready before is used afterwards', async () => {
    const world = await createWorld({ seed: seedOf('tuples and the relay'), n: 3, t: 2, maxBatchDelay: 20_000, realSigning: true })
    await world.start()
    await world.untilBatches(1)
    await untilReady(world, expected(world, 1).quorum)
    world.relay.crash()
    await world.pass(4_000)
    world.relay.start()
    const signatures = watch(world)
    await world.untilBatches(2)
    expect(signatures.filter(({ height, ready }) => height === 1 && ready)).toHaveLength(2)
    for (const seat of [1, 2, 3]) expect(reasons(world, seat)).toEqual([])
  })
})

describe('a member that', () => {
  it('never joins: it is asked last, and the others have theirs', async () => {
    const world = await createWorld({ seed: seedOf('never joins'), n: 4, t: 3, cheaters: 1, maxBatchDelay: 20_000 })
    await world.start([1])
    await createPuppet(world, 1)
    await world.untilBatches(4, 400_000)
    const signatures = watch(world)
    await world.untilBatches(8, 400_000)
    for (const height of [4, 5, 6, 7]) {
      if (world.order(height)?.[0] === 1) continue
      expect(signers(world, height)).toEqual([2, 3, 4])
      expect(signatures.filter(one => one.height === height).every(({ ready }) => ready)).toBe(true)
    }
  })

  it('says of every tuple that it is gone: batches land in time without', async () => {
    const world = await createWorld({ seed: seedOf('says gone'), n: 3, t: 2, cheaters: 1 })
    await world.start([1])
    const cheater = await createPuppet(world, 1)
    cheater.react = (from, message) => {
      if (message.kind === 'preprocess') cheater.say(from, { kind: 'gone', ceremony: message.ceremony })
      if (message.kind === 'proposal' && message.sign !== undefined) cheater.say('all', { kind: 'gone', ceremony: message.sign.ceremony })
    }
    await world.untilBatches(5, 120_000)
    await world.untilSettled()
  })

  it('prepares with everybody and then withholds its signature: the next quorum is without it', async () => {
    const world = await createWorld({ seed: seedOf('withholds'), n: 4, t: 3, cheaters: 1 })
    world.meddle.set(1, input => ({ ...input, protocols: { ...input.protocols, sign: () => new Promise(() => {}) } }))
    await world.start()
    await world.untilBatches(7, 300_000)
    const used = [2, 3, 4].flatMap(seat => logged(world, seat, 'tuple.used').map(({ facts }) => facts.quorum as number[]))
    expect(used.some(quorum => quorum.includes(1))).toBe(true)
    const gaps = world.batches().map(({ l1Block }, i, all) => l1Block - (all[i - 1]?.l1Block ?? 0))
    expect(gaps.at(-1)).toBeLessThan(20)
    await world.untilSettled()
  })

  it('cheats in preprocessing: the pair is burned, and with it every tuple that they share', async () => {
    const world = await createWorld({ seed: seedOf('burned tuples'), n: 3, t: 2, cheaters: 1, realSigning: true, maxBatchDelay: 15_000 })
    let cheat = false
    world.meddle.set(1, input => ({
      ...input,
      protocols: {
        ...input.protocols,
        preprocess: (ctx, share, what) => {
          if (!cheat) return preprocess(ctx, share, what)
          const send = (to: number | 'all', bytes: Uint8Array): void =>
            ctx.channel.send(to, frameCodec.decode(bytes).round === 17 ? flipped(bytes) : bytes)
          return preprocess({ ...ctx, channel: { ...ctx.channel, send } }, share, what)
        },
      },
    }))
    await world.start()
    await world.untilBatches(1)
    const victim = [2, 3].find(seat => readyTuples(world, seat).length > 0 || world.order(1)?.[0] === seat) as number
    await untilReady(world, [1, victim])
    cheat = true
    await world.until('the burn', () => logged(world, victim, 'peer.burned').length > 0, 200_000)
    const dropped = logged(world, victim, 'tuple.dropped').filter(({ facts }) => facts.reason === 'burned')
    expect(dropped.length).toBeGreaterThan(0)
    for (const { facts } of dropped) expect(facts.quorum).toEqual([1, victim])
    expect(readyTuples(world, victim).filter(text => text.startsWith('1+'))).toEqual([])
    const next = world.batches().length + 1
    await world.untilBatches(next + 2, 200_000)
    for (const height of [next, next + 1]) expect(signers(world, height)).not.toEqual([1, victim])
  })
})

/** The last byte but some of a frame, changed. */
const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 100 ? byte ^ 1 : byte))
