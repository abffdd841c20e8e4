import { describe, expect, it } from 'vitest'
import { PoolError } from '../../core/errors.ts'
import { signBurnNotice } from '../../core/member/burn-notice.ts'
import type { MemberCommand } from '../../core/member/commands.ts'
import { openKeyLedger } from '../../core/member/key-ledger.ts'
import type { MemberInput } from '../../core/member/member.ts'
import {
  decodeShare,
  encodeShare,
  type KeyShare,
  keyCertificateCodec,
  keyCertificateOf,
  proveErasure,
  refresh,
  sign,
} from '../../core/threshold/index.ts'
import { secretsOf } from '../../core/threshold/share.ts'
import { generationOfShare, restoredShare } from '../support/generations.ts'
import { testIdentity } from '../support/identity.ts'
import { testSealingKey } from '../support/reveal.ts'
import { testShares } from '../support/shares.ts'
import { createPuppet } from './puppet.ts'
import { quickPreprocess } from './quick-signing.ts'
import { createWorld, seedOf, type World } from './world.ts'

interface Outcome {
  facts?: Record<string, unknown>
  error?: PoolError
  done: boolean
}
/** Gives a member a command; the outcome comes with time. */
function order(world: World, seat: number, command: MemberCommand): Outcome {
  const outcome: Outcome = { done: false }
  const { member } = world.machine(seat)
  if (member === undefined) throw new Error(`member ${seat} does not run`)
  member.command(command).then(
    facts => Object.assign(outcome, { facts, done: true }),
    error => Object.assign(outcome, { error, done: true }),
  )
  return outcome
}
async function ask(world: World, seat: number, command: MemberCommand): Promise<Outcome> {
  const outcome = order(world, seat, command)
  await world.until(`${command.kind} of member ${seat}`, () => outcome.done)
  return outcome
}
const keyOf = async (world: World, seat: number) => (await ask(world, seat, { kind: 'key' })).facts as Record<string, unknown>
const running = (world: World) => world.machines.filter(machine => machine.running)
const epochNoOf = (world: World, seat: number): number | undefined => world.machine(seat).member?.report().epochNo
const allAt = (world: World, epochNo: number) => (): boolean => running(world).every(({ seat }) => epochNoOf(world, seat) === epochNo)
const logged = (world: World, seat: number, event: string) => world.machine(seat).log.filter(line => line.event === event)

/** Epoch numbers on a member's disk. */
function stored(world: World, seat: number): { active: number | undefined; pending: readonly number[] } {
  const { vault } = world.machine(seat).disk.open()
  const epochNo = (bytes: Uint8Array): number => {
    const share = decodeShare(bytes, testSealingKey(seat))
    share.wipe()
    return share.epochNo
  }
  const active = vault.activeShare()
  return { active: active === undefined ? undefined : epochNo(active), pending: vault.pendingShares().map(epochNo) }
}

/** Who signed a height, as the first member that runs heard. */
const signersAt = (world: World, height: number): readonly number[] =>
  world.machines.flatMap(({ events }) => events).flatMap(event => (event.kind === 'signed' && event.height === height ? [event.signers] : []))[0] ??
  []

/** The next process of a member runs these protocols. */
const protocols = (world: World, seat: number, change: NonNullable<MemberInput['protocols']>): void =>
  void world.meddle.set(seat, input => ({ ...input, protocols: { ...input.protocols, ...change } }))

/** A refresh whose last certificates never arrive: this member has certified its share and does not know whether all have. */
const withheld: typeof refresh = async (ctx, share, input) => {
  const finished = await refresh(ctx, share, input)
  finished.wipe()
  throw new PoolError('certificates-missing')
}

async function next(world: World, count = 1): Promise<void> {
  await world.untilBatches(world.batches().length + count)
}

describe('a refresh in a running pool', () => {
  for (const [t, n] of [
    [2, 3],
    [3, 5],
  ] as const)
    it(`${t} of ${n}: while batches are signed, no height waits, the account stays, and old shares are gone`, async () => {
      const world = await createWorld({ seed: seedOf(`refresh ${t}-of-${n}`), n, t, realSigning: true })
      await world.start()
      await world.transact(3)
      await world.untilBatches(1)
      const before = await keyOf(world, 1)
      await world.transact(4)
      const refreshed = order(world, 2, { kind: 'refresh' })
      await world.until('the refresh', () => refreshed.done)
      expect(refreshed.error).toBeUndefined()
      expect(refreshed.facts).toMatchObject({ account: before.account, keyId: before.keyId, epochNo: 1 })
      await world.until('everyone has it', allAt(world, 1), 2_000)
      await world.transact(4)
      await world.untilSettled()
      await next(world, 2)
      const after = await keyOf(world, 1)
      expect(after).toMatchObject({ account: before.account, epoch: refreshed.facts?.epoch, epochNo: 1, pending: [], restored: false, burned: [] })
      for (const { seat } of world.machines) expect(stored(world, seat)).toEqual({ active: 1, pending: [] })
      const rounds = world.machine(1).events.flatMap(event => (event.kind === 'signed' ? [event.round] : []))
      expect(rounds.length).toBe(world.batches().length)
      expect(new Set(rounds)).toEqual(new Set([0]))
    })

  it('a signature that has begun ends with the shares it began with, which are erased after it', async () => {
    const world = await createWorld({ seed: seedOf('refresh while signing'), n: 3, t: 2, realSigning: true, maxBatchDelay: 3_000, tuples: 0 })
    /** Shares that members have begun to sign height 1 with, and are held up with. */
    const begun = new Map<number, KeyShare>()
    let go = (): void => {}
    const signal = new Promise<void>(resolve => {
      go = resolve
    })
    for (const seat of [1, 2, 3])
      protocols(world, seat, {
        async sign(ctx, share, input) {
          if (input.request.slot.height === 1 && share.epochNo === 0) {
            begun.set(seat, share)
            await signal
          }
          return sign(ctx, share, input)
        },
      })
    await world.start()
    await world.untilBatches(1)
    await world.until('two are signing', () => begun.size === 2)
    const refreshed = await ask(world, 1, { kind: 'refresh' })
    expect(refreshed.error).toBeUndefined()
    await world.until('everyone has it', allAt(world, 1), 2_000)
    for (const share of begun.values()) expect(secretsOf(share).share.publicShare).toBeDefined()
    go()
    await world.untilBatches(2)
    expect(signersAt(world, 1)).toEqual([...begun.keys()].sort())
    expect(world.machine(1).events.flatMap(event => (event.kind === 'signed' && event.height === 1 ? [event.round] : []))).toEqual([0])
    for (const share of begun.values()) expect(() => encodeShare(share, testSealingKey(1))).toThrow(expect.objectContaining({ code: 'secret-used' }))
    await next(world, 2)
  })

  it('a member that dies in any round leaves all with the old shares or with the new ones, and comes back to the same', async () => {
    const world = await createWorld({ seed: seedOf('refresh crashes'), n: 3, t: 2 })
    await world.start()
    await world.untilBatches(1)
    for (const [at, round] of ['hello', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7'].entries()) {
      const victim = 1 + (at % 3)
      const asks = 1 + ((at + 1) % 3)
      world.probe.ceremony = (seat, reached, _, kind) => {
        if (kind === 'refresh' && seat === victim && reached === round) world.machine(victim).crash()
      }
      const outcome = order(world, asks, { kind: 'refresh' })
      await world.until(`the end of the refresh in ${round}`, () => outcome.done)
      expect(world.machine(victim).running).toBe(false)
      world.probe.ceremony = () => {}
      const { active } = stored(world, asks)
      await next(world)
      await world.machine(victim).start()
      await world.until('all agree on the generation', () => new Set(world.machines.map(({ seat }) => stored(world, seat).active)).size === 1)
      expect(stored(world, victim).active).toBeGreaterThanOrEqual(active as number)
      await next(world)
    }
    // It works in the end.
    const outcome = await ask(world, 1, { kind: 'refresh' })
    expect(outcome.error).toBeUndefined()
    await world.until('everyone has it', allAt(world, outcome.facts?.epochNo as number))
    for (const { seat } of world.machines) expect(stored(world, seat)).toEqual({ active: outcome.facts?.epochNo, pending: [] })
    await next(world, 2)
  })

  it('whoever missed certificates gets them from who has them', async () => {
    const world = await createWorld({ seed: seedOf('refresh withheld'), n: 3, t: 2 })
    for (const seat of [2, 3]) protocols(world, seat, { refresh: withheld })
    // The only one that has the full set dies before it can say so.
    world.probe.event = (seat, event) => {
      if (seat === 1 && event.kind === 'refreshed') world.machine(1).crash()
    }
    await world.start()
    await world.untilBatches(1)
    const first = await ask(world, 2, { kind: 'refresh' })
    expect(first.error?.code).toBe('certificates-missing')
    await world.until('it is dead', () => !world.machine(1).running)
    // Its own write of the new share was the last thing it did.
    expect(stored(world, 1).active).toBe(1)
    for (const seat of [2, 3]) expect(stored(world, seat)).toEqual({ active: 0, pending: [1] })
    // The others sign with the old shares meanwhile; a later generation would win.
    await next(world, 2)
    world.probe.event = () => {}
    await world.machine(1).start()
    await world.until('everyone has the new ones', allAt(world, 1))
    for (const { seat } of world.machines) expect(stored(world, seat)).toEqual({ active: 1, pending: [] })
    await next(world, 2)
  })

  it('certificates of two refreshes, withheld and dealt to different members, do not split the pool', async () => {
    const world = await createWorld({ seed: seedOf('two refreshes'), n: 3, t: 2, cheaters: 1 })
    /** Certificates of all members, by generation. */
    const full = new Map<number, Uint8Array>()
    for (const seat of [1, 2, 3])
      protocols(world, seat, {
        async refresh(ctx, share, input) {
          const finished = await refresh(ctx, share, input)
          full.set(input.epochNo, keyCertificateCodec.encode(keyCertificateOf(finished)))
          if (seat === 2 && input.epochNo === 2) return finished
          finished.wipe()
          throw new PoolError('certificates-missing')
        },
      })
    await world.start()
    await world.untilBatches(1)
    // Nobody gets all certificates of the first one, only member 2 those of the second, and it dies with them.
    expect((await ask(world, 1, { kind: 'refresh' })).error?.code).toBe('certificates-missing')
    world.probe.event = (seat, event) => {
      if (seat === 2 && event.kind === 'refreshed') world.machine(2).crash()
    }
    await world.pass(500)
    expect((await ask(world, 1, { kind: 'refresh' })).error?.code).toBe('certificates-missing')
    await world.until('member 2 is dead', () => !world.machine(2).running)
    expect([1, 2, 3].map(seat => stored(world, seat))).toEqual([
      { active: 0, pending: [1, 2] },
      { active: 2, pending: [1, 2] },
      { active: 0, pending: [1, 2] },
    ])
    await next(world)
    // Now the set of the first one is dealt to member 1 alone.
    const thief = await createPuppet(world, 2)
    await world.pass(1_000)
    thief.say(1, { kind: 'keyCertificate', certificate: full.get(1) as Uint8Array })
    await world.until('the other one gets it from there', () => [1, 3].every(seat => epochNoOf(world, seat) === 1), 5_000)
    for (const seat of [1, 3]) expect(stored(world, seat)).toEqual({ active: 1, pending: [2] })
    await next(world)
    world.probe.event = () => {}
    thief.leave()
    await world.machine(2).start()
    await world.until('all are at the second one', allAt(world, 2), 20_000)
    for (const { seat } of world.machines) expect(stored(world, seat)).toEqual({ active: 2, pending: [] })
    await next(world, 2)
  })

  it('is refused by name: who is missing, that another one runs', async () => {
    const world = await createWorld({ seed: seedOf('refresh refused'), n: 3, t: 2 })
    await world.start([3])
    await world.untilBatches(1)
    expect((await ask(world, 1, { kind: 'refresh' })).error).toMatchObject({ code: 'refresh-refused', context: { reason: 'missing', seats: [3] } })
    await world.machine(3).start()
    await next(world)
    const [one, two, again] = [order(world, 1, { kind: 'refresh' }), order(world, 2, { kind: 'refresh' }), order(world, 1, { kind: 'refresh' })]
    await world.until('all are answered', () => [one, two, again].every(({ done }) => done))
    expect(again.error).toMatchObject({ code: 'refresh-refused', context: { reason: 'running' } })
    // Of two that were opened at once, one goes on and both get what they asked for.
    expect([one.error, two.error]).toEqual([undefined, undefined])
    expect(one.facts).toEqual(two.facts)
    await world.until('everyone has it', allAt(world, 1))
    await next(world)
  })

  it('comes by itself every so many batches', async () => {
    const world = await createWorld({ seed: seedOf('refresh schedule'), n: 3, t: 2 })
    for (const seat of [1, 2, 3]) world.meddle.set(seat, input => ({ ...input, refresh: { everyBatches: 4 } }))
    await world.start()
    await world.untilBatches(10)
    await world.until('the second one', allAt(world, 2), 60_000)
    const heights = logged(world, 1, 'refresh.open').map(({ facts }) => facts)
    expect(heights.map(({ epochNo }) => epochNo)).toEqual([1, 2])
    const { activeFromHeight } = await keyOf(world, 1)
    expect(activeFromHeight).toBeGreaterThanOrEqual(8)
    expect(activeFromHeight).toBeLessThanOrEqual(10)
  })
})

describe('a burned pair', () => {
  it('is kept apart by everyone, also after restarts, until a person lifts it, which can be done three times a year', async () => {
    const world = await createWorld({ seed: seedOf('burn and lift'), n: 4, t: 2, q: 3 })
    let caught = false
    const victim = 2
    world.meddle.set(victim, input => ({
      ...input,
      protocols: {
        ...input.protocols,
        async preprocess(ctx, share, what) {
          if (caught || !what.quorum.includes(1)) return quickPreprocess(ctx, share, what)
          caught = true
          await ctx.journal.burned(1, 'vole-check')
          throw new PoolError('vole-check', {}, { culprits: [{ party: 1, certainty: 'confirmed' }] })
        },
      },
    }))
    world.meddle.set(3, input => ({ ...input, refresh: { everyBatches: 1 } }))
    caught = true
    await world.start()
    await world.untilBatches(1)
    const lift = async (): Promise<Outcome> => {
      caught = false
      await world.until('the burn', () => caught, 300_000)
      await world.until('everyone knows', () => [1, 3, 4].every(seat => logged(world, seat, 'burn.noted').length > 0), 5_000)
      for (const seat of [1, 2, 3, 4]) expect((await keyOf(world, seat)).burned).toEqual([{ members: [1, 2], reason: 'vole-check' }])
      const from = world.batches().length + 1
      await next(world, 2)
      for (let height = from; height < world.batches().length; height++) expect(signersAt(world, height)).not.toEqual([1, 2])
      // A schedule does not lift it.
      await world.until('it was asked', () => logged(world, 3, 'refresh.not-now').length > 0)
      expect(logged(world, 3, 'refresh.not-now').at(-1)?.facts.reason).toMatch(/burned|lifted-too-often/)
      return ask(world, 4, { kind: 'refresh' })
    }
    for (const time of [1, 2, 3]) {
      const before = epochNoOf(world, 4) as number
      const lifted = await lift()
      expect(lifted.error).toBeUndefined()
      await world.until('everyone has new shares', () => running(world).every(({ seat }) => (epochNoOf(world, seat) as number) > before))
      expect((await keyOf(world, 3)).lifted).toHaveLength(time)
      for (const machine of world.machines) {
        machine.crash()
        await machine.start()
      }
      await next(world)
    }
    const refused = await lift()
    expect(refused.error).toMatchObject({ code: 'refresh-refused', context: { reason: 'lifted-too-often', seats: [1, 2] } })
    // A year later it can be done again. After a restart the burn is still known.
    for (const machine of world.machines) {
      machine.crash()
      await machine.start()
    }
    await next(world)
    for (const seat of [1, 2, 3, 4]) expect((await keyOf(world, seat)).burned).toEqual([{ members: [1, 2], reason: 'vole-check' }])
  })
})

describe('a vault that was put back to a day before a burn', () => {
  it('does not bring the pair back: its own guard knows, and so do the others', async () => {
    const world = await createWorld({ seed: seedOf('rolled back'), n: 3, t: 2 })
    const before = world.machine(2).disk.open().vault.activeShare() as Uint8Array
    protocols(world, 2, {
      async preprocess(ctx, share, what) {
        if (!what.quorum.includes(1)) return quickPreprocess(ctx, share, what)
        await ctx.journal.burned(1, 'ote-check')
        throw new PoolError('ote-check', {}, { culprits: [{ party: 1, certainty: 'confirmed' }] })
      },
    })
    await world.start()
    await world.until('the burn', () => logged(world, 3, 'burn.noted').length > 0)
    world.machine(2).crash()
    world.meddle.delete(2)
    await world.machine(2).disk.open().vault.saveActive(before)
    // Its own guard.
    await world.machine(2).start()
    expect([...decodeShare(world.machine(2).disk.open().vault.activeShare() as Uint8Array, testSealingKey(2)).burned]).toEqual([[1, 'ote-check']])
    // With its guard put back as well, it is told by the others.
    world.machine(2).crash()
    const disk = world.machine(2).disk.open()
    await disk.vault.saveActive(before)
    await (await openKeyLedger(disk.guard)).update({ notices: [] })
    await world.machine(2).start()
    await world.until('it is told', () => logged(world, 2, 'peer.burned-by').length > 0, 2_000)
    expect((await keyOf(world, 2)).burned).toEqual([{ members: [1, 2], reason: 'ote-check' }])
    const from = world.batches().length + 1
    await next(world, 4)
    for (let height = from; height < world.batches().length; height++) expect(signersAt(world, height)).not.toEqual([1, 2])
  })
})

describe('a member that lies about generations', () => {
  it('convinces nobody of burns and erasures of others, of certificates, or of a refresh that cannot be', async () => {
    const world = await createWorld({ seed: seedOf('liar'), n: 4, t: 2, q: 3, cheaters: 1 })
    await world.start([4])
    await world.untilBatches(1)
    const liar = await createPuppet(world, 4)
    await world.pass(1_000)
    const share = testShares(4, 2, seedOf('liar')).get(4) as KeyShare
    const { keyId, epoch, epochNo } = share
    const { sign: signed } = testIdentity(4)
    const ceremony = new Uint8Array(32).fill(9)
    const forged = { ...signBurnNotice({ keyId, epoch, seat: 1, peer: 2, reason: 'vole-check' }, signed) }
    liar.say('all', { kind: 'burned', notices: [forged] })
    liar.say('all', { kind: 'burned', notices: [signBurnNotice({ keyId, epoch: ceremony, seat: 4, peer: 1, reason: 'vole-check' }, signed)] })
    liar.say('all', { kind: 'erased', erasures: [proveErasure({ keyId, epoch, epochNo, seat: 1, reason: 'destroyed', time: 0 }, signed)] })
    const later = generationOfShare(share, 5, { certifiedBy: [4] })
    const certificates = new Map([1, 2, 3, 4].map(seat => [seat, later.certificates.get(4) as Uint8Array]))
    liar.say('all', { kind: 'keyCertificate', certificate: keyCertificateCodec.encode({ ...keyCertificateOf(later), certificates }) })
    liar.say('all', { kind: 'refresh', ceremony, epoch: later.epoch, epochNo: 6, operator: true })
    liar.say('all', { kind: 'refresh', ceremony, epoch, epochNo: 0, operator: true })
    liar.say('all', { kind: 'refresh', ceremony, epoch, epochNo: 0xffff_ffff, operator: true })
    await world.pass(1_000)
    for (const seat of [1, 2, 3])
      expect(await keyOf(world, seat)).toMatchObject({ burned: [], erased: [], superseded: undefined, epochNo: 0, pending: [], refreshing: false })
    const answers = liar.heard.flatMap(({ from, message }) => (message.kind === 'refreshRefused' ? [[from, message.reason]] : []))
    expect(answers.filter(([from]) => from === 1).map(([, reason]) => reason)).toEqual(['wrong-epoch', 'epoch-taken', 'epoch-taken'])
    // It may say that it has burned somebody itself: then it does not sign with that one, and nobody else is concerned.
    liar.say('all', { kind: 'burned', notices: [signBurnNotice({ keyId, epoch, seat: 4, peer: 1, reason: 'vole-check' }, signed)] })
    await world.pass(1_000)
    for (const seat of [1, 2, 3]) expect((await keyOf(world, seat)).burned).toEqual([{ members: [1, 4], reason: 'vole-check' }])
    await next(world, 3)
  })
})

describe('a share that is destroyed', () => {
  it('is gone for good, everyone keeps the proof, and the others go on', async () => {
    const world = await createWorld({ seed: seedOf('destroy'), n: 3, t: 2 })
    await world.start()
    await world.untilBatches(2)
    const destroyed = await ask(world, 3, { kind: 'destroy' })
    expect(destroyed.facts).toMatchObject({ destroyed: true, epochNo: 0 })
    expect(stored(world, 3)).toEqual({ active: undefined, pending: [] })
    for (const kind of ['key', 'refresh', 'destroy'] as const) expect((await ask(world, 3, { kind })).error?.code).toBe('key-destroyed')
    await world.until('the others know', () => [1, 2].every(seat => logged(world, seat, 'erasure.noted').length === 1), 5_000)
    expect((await ask(world, 1, { kind: 'refresh' })).error).toMatchObject({
      code: 'refresh-refused',
      context: { reason: 'key-destroyed', seats: [3] },
    })
    const height = world.batches().length + 1
    await world.until('the others sign', () => world.batches().length > height + 1)
    expect(signersAt(world, height)).toEqual([1, 2])
    for (const machine of world.machines) {
      machine.crash()
      await machine.start()
    }
    await world.until('they sign on', () => world.batches().length > height + 3)
    expect((await ask(world, 3, { kind: 'key' })).error?.code).toBe('key-destroyed')
    expect(world.machine(3).member?.report()).toMatchObject({ phase: 'destroyed', problem: 'key-destroyed' })
    expect((await keyOf(world, 1)).erased).toEqual([3])
  })
})

/** A stored share as it comes back from a backup. */
function restored(bytes: Uint8Array, seat: number): Uint8Array {
  const key = testSealingKey(seat)
  return encodeShare(restoredShare(decodeShare(bytes, key)), key)
}

describe('a share from a backup', () => {
  it('says so, signs nothing, and gets new shares for all once everyone is here', async () => {
    const world = await createWorld({ seed: seedOf('restored'), n: 3, t: 2 })
    const { vault } = world.machine(2).disk.open()
    await vault.saveActive(restored(vault.activeShare() as Uint8Array, 2))
    await world.start([3])
    await world.pass(12_000)
    expect(world.batches()).toHaveLength(0)
    expect(await keyOf(world, 2)).toMatchObject({ restored: true, epochNo: 0 })
    expect(world.machine(2).member?.report().problem).toBe('share-restored')
    await world.machine(3).start()
    await world.until('new shares', allAt(world, 1), 60_000)
    expect(await keyOf(world, 2)).toMatchObject({ restored: false, epochNo: 1 })
    await next(world, 4)
    expect(world.machine(2).events.some(event => event.kind === 'signed' && event.signers.includes(2))).toBe(true)
  })

  it('is superseded when the others have a later generation: it says so and asks for nothing', async () => {
    const world = await createWorld({ seed: seedOf('superseded'), n: 3, t: 2 })
    const disk = world.machine(2).disk.open()
    const backup = restored(disk.vault.activeShare() as Uint8Array, 2)
    await world.start()
    await world.untilBatches(1)
    expect((await ask(world, 1, { kind: 'refresh' })).error).toBeUndefined()
    await world.until('everyone has it', allAt(world, 1))
    world.machine(2).crash()
    await disk.vault.saveActive(backup)
    await world.machine(2).start()
    await world.until('it knows', () => world.machine(2).member?.report().problem === 'share-superseded', 20_000)
    expect((await keyOf(world, 2)).superseded).toBe(1)
    expect((await ask(world, 2, { kind: 'refresh' })).error).toMatchObject({ code: 'share-superseded', context: { own: 0, others: 1 } })
    const height = world.batches().length
    await next(world, 4)
    for (let at = height + 1; at < world.batches().length; at++) expect(signersAt(world, at)).toEqual([1, 3])
    expect(stored(world, 2).active).toBe(0)
  })
})
