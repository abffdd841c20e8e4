import { describe, expect, it } from 'vitest'
import { generationOfShare, restoredShare } from '../../test/support/generations.ts'
import { testIdentity } from '../../test/support/identity.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool } from '../../test/support/pool.ts'
import { labelled, seededRandom } from '../../test/support/random.ts'
import { testSealingKey } from '../../test/support/reveal.ts'
import { testShares } from '../../test/support/shares.ts'
import { virtualTime } from '../../test/support/virtual-time.ts'
import { hex } from '../bytes.ts'
import { isPoolError, PoolError } from '../errors.ts'
import { encodeShare, type KeyShare, keyCertificateCodec, keyCertificateOf } from '../threshold/index.ts'
import { generationOf } from '../threshold/share-codec.ts'
import { signBurnNotice } from './burn-notice.ts'
import { createBurns } from './burns.ts'
import type { CeremonyPlan } from './ceremony-plan.ts'
import { openKeyLedger } from './key-ledger.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import { createRefresh, type RefreshPolicy } from './refresh.ts'

const pool = testPool(3, 2)
const first = testShares(3, 2, 'refresh')
const shareOf = (seat: number): KeyShare => first.get(seat) as KeyShare
const certificateOf = (share: KeyShare): RoomMessageOf<'keyCertificate'> => ({
  kind: 'keyCertificate',
  certificate: keyCertificateCodec.encode(keyCertificateOf(share)),
})

/** Member 1 of three. */
async function setup(options: { share?: KeyShare; pending?: readonly KeyShare[]; policy?: RefreshPolicy } = {}) {
  const time = virtualTime()
  const seat = 1
  const sealing = testSealingKey(seat)
  let active = generationOfShare(options.share ?? shareOf(seat), (options.share ?? shareOf(seat)).epochNo)
  if (options.share?.restored === true) active = restoredShare(options.share)
  const { vault, guard } = memoryDisk({ identitySeed: labelled('unused'), voteKey: labelled('unused'), share: encodeShare(active, sealing) }).open()
  for (const share of options.pending ?? []) await vault.savePending(encodeShare(share, sealing))
  const ledger = await openKeyLedger(guard)
  await ledger.settle(active, time.now(), 10)
  const said: { to: number | 'all'; message: RoomMessage }[] = []
  const runs: { plan: CeremonyPlan; stopped: boolean; finish(share: KeyShare): void; fail(error: PoolError): void }[] = []
  const told: (number | 'all')[] = []
  const online = new Set([1, 2, 3])
  const identity = { sign: testIdentity(seat).sign, verify: testIdentity(seat).verify }
  const log = (): void => {}
  const say = (to: number | 'all', message: RoomMessage): void => void said.push({ to, message })
  const share = (): KeyShare => active
  let used = true
  let free = (): void => {}
  const refresh = createRefresh({
    pool,
    seat,
    vault,
    sealing,
    clock: time,
    log,
    random: seededRandom('refresh'),
    ceremonies: {
      run(plan: CeremonyPlan) {
        let settle: { resolve(value: KeyShare): void; reject(error: PoolError): void } | undefined
        const result = new Promise<KeyShare>((resolve, reject) => {
          settle = { resolve, reject }
        })
        const run = {
          plan,
          stopped: false,
          finish: (value: KeyShare) => settle?.resolve(value),
          fail: (error: PoolError) => settle?.reject(error),
        }
        runs.push(run)
        const stop = (): void => {
          run.stopped = true
          run.fail(new PoolError('deadline'))
        }
        // biome-ignore lint/suspicious/noExplicitAny: the host is generic over what a protocol gives
        return { result: result as Promise<any>, stop }
      },
      unused: () =>
        new Promise<void>(resolve => {
          free = () => {
            used = false
            resolve()
          }
        }),
    },
    refresh: () => Promise.reject(new Error('not called')),
    verify: identity.verify,
    ledger,
    burns: createBurns({ pool, seat, identity, ledger, log, share, burn: async () => {}, say }),
    policy: options.policy,
    share,
    online: () => online,
    nextHeight: () => 20,
    say,
    async activate(next) {
      await vault.saveActive(encodeShare(next, sealing))
      active = next
    },
    changed: to => void told.push(to),
    later: task => void Promise.resolve().then(task),
  })
  const status = (fields: Partial<RoomMessageOf<'status'>> = {}): RoomMessageOf<'status'> => ({
    kind: 'status',
    nextHeight: 0,
    keyId: active.keyId,
    epoch: shareOf(seat).epoch,
    epochNo: 0,
    pending: [],
    generating: undefined,
    restored: false,
    ...fields,
  })
  const meet = (fields: Partial<RoomMessageOf<'status'>> = {}): void => {
    for (const peer of [2, 3]) refresh.heard(peer, status(fields))
  }
  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => (isPoolError(error) ? { code: error.code, ...error.context } : error),
    )
  const invitations = () => said.flatMap(({ to, message }) => (message.kind === 'refresh' ? [{ to, ...message }] : []))
  const refusals = () =>
    said.flatMap(({ to, message }) => (message.kind === 'refreshRefused' ? [{ to, reason: message.reason, peer: message.peer }] : []))
  const stored = () => ({
    active: generationOf(vault.activeShare() as Uint8Array).epochNo,
    pending: vault.pendingShares().map(bytes => generationOf(bytes).epochNo),
  })
  return {
    refresh,
    time,
    vault,
    ledger,
    said,
    runs,
    told,
    online,
    status,
    meet,
    failure,
    invitations,
    refusals,
    stored,
    share,
    free: () => free(),
    isUsed: () => used,
    settle: () => time.advance(0),
  }
}

const invitation = (fields: Partial<RoomMessageOf<'refresh'>> = {}): RoomMessageOf<'refresh'> => ({
  kind: 'refresh',
  ceremony: labelled('ceremony'),
  epoch: shareOf(1).epoch,
  epochNo: 1,
  operator: true,
  ...fields,
})
const notice = (seat: number, peer: number) =>
  signBurnNotice({ keyId: shareOf(1).keyId, epoch: shareOf(1).epoch, seat, peer, reason: 'gamma-k' }, testIdentity(seat).sign)

describe('a refresh', () => {
  it('takes a number above every generation that anybody has said it has, and everyone to run it', async () => {
    const { refresh, meet, status, runs, invitations, settle, share, stored, free, isUsed } = await setup()
    meet()
    refresh.heard(3, status({ pending: [{ epoch: labelled('pending'), epochNo: 4 }] }))
    // A liar does not use the numbers up.
    refresh.heard(2, status({ pending: [{ epoch: labelled('pending'), epochNo: 0xffff_ffff }] }))
    const old = share()
    const done = refresh.start(true)
    expect(invitations()).toMatchObject([{ to: 'all', epoch: old.epoch, epochNo: 5, operator: true }])
    expect(runs).toMatchObject([{ plan: { kind: 'refresh', seats: [1, 2, 3], key: old } }])
    expect(refresh.running).toEqual(runs[0]?.plan.id)
    runs[0]?.finish(generationOfShare(shareOf(1), 5))
    await done
    expect(stored()).toEqual({ active: 5, pending: [] })
    expect(refresh.running).toBeUndefined()
    // The old share is erased when the last ceremony that it was used in has ended.
    expect(isUsed()).toBe(true)
    expect(() => encodeShare(old, new Uint8Array(32))).not.toThrow()
    free()
    await settle()
    expect(() => encodeShare(old, new Uint8Array(32))).toThrow(expect.objectContaining({ code: 'secret-used' }))
  })

  it('needs everyone, and says who is not here', async () => {
    const { refresh, meet, online, failure, status, runs } = await setup()
    expect(await failure(refresh.start(true))).toEqual({ code: 'refresh-refused', reason: 'missing', seats: [2, 3] })
    meet()
    online.delete(3)
    expect(await failure(refresh.start(true))).toEqual({ code: 'refresh-refused', reason: 'missing', seats: [3] })
    online.add(3)
    refresh.appeared(2)
    expect(await failure(refresh.start(true))).toEqual({ code: 'refresh-refused', reason: 'missing', seats: [2] })
    refresh.heard(2, status({ epoch: labelled('another'), epochNo: 0 }))
    expect(await failure(refresh.start(true))).toEqual({ code: 'refresh-refused', reason: 'wrong-epoch', seats: [2] })
    expect(runs).toHaveLength(0)
  })

  it('runs one at a time; of two that are opened at once that of the lower seat goes on', async () => {
    const { refresh, meet, failure, runs, refusals, settle } = await setup()
    meet()
    const one = refresh.start(true)
    expect(await failure(refresh.start(true))).toEqual({ code: 'refresh-refused', reason: 'running', seats: [] })
    refresh.invited(2, invitation())
    expect(refusals()).toEqual([{ to: 2, reason: 'running', peer: undefined }])
    runs[0]?.finish(generationOfShare(shareOf(1), 1))
    await one
    // Member 3 has begun, member 2 did so before it heard of that.
    const other = await setup()
    other.meet()
    other.refresh.invited(3, invitation({ ceremony: labelled('third') }))
    other.refresh.invited(2, invitation({ ceremony: labelled('second') }))
    await settle()
    expect(other.runs.map(({ plan, stopped }) => [hex(plan.id), stopped])).toEqual([
      [hex(labelled('third')), true],
      [hex(labelled('second')), false],
    ])
    expect(hex(other.refresh.running as Uint8Array)).toBe(hex(labelled('second')))
    expect(other.refusals()).toEqual([])
  })

  it('is refused by name by who cannot take part', async () => {
    const pending = generationOfShare(shareOf(1), 3, { certifiedBy: [1] })
    const { refresh, meet, refusals, runs, ledger, said, status } = await setup({ pending: [pending] })
    meet()
    const reasons = (message: Partial<RoomMessageOf<'refresh'>>): readonly (string | undefined)[] => {
      said.length = 0
      refresh.invited(2, invitation(message))
      return refusals().map(({ reason }) => reason)
    }
    expect(reasons({ epoch: labelled('another') })).toEqual(['wrong-epoch'])
    expect(reasons({ epochNo: 3 })).toEqual(['epoch-taken'])
    expect(reasons({ epochNo: 3 + 1_025 })).toEqual(['epoch-taken'])
    await ledger.addNotice(notice(2, 3))
    expect(reasons({ epochNo: 4, operator: false })).toEqual(['burned'])
    await ledger.update({ lifts: [1, 2, 3].map(() => ({ peer: 3, at: Date.UTC(2026, 0, 1) })) })
    expect(reasons({ epochNo: 4 })).toEqual(['lifted-too-often'])
    // Nobody gets round that by what it says of itself.
    refresh.heard(2, status({ epoch: labelled('another') }))
    expect(reasons({ epochNo: 4 })).toEqual(['lifted-too-often'])
    refresh.heard(2, status())
    await ledger.update({ notices: [] })
    expect(reasons({ epochNo: 4, operator: false })).toEqual([])
    expect(runs).toHaveLength(1)
  })

  it('is not opened by one member again and again', async () => {
    const { refresh, meet, refusals, runs, settle, time } = await setup()
    meet()
    const ask = async (at: number): Promise<void> => {
      refresh.invited(2, invitation({ ceremony: labelled('ceremony', at) }))
      runs[at]?.fail(new PoolError('deadline'))
      await settle()
    }
    for (let at = 0; at < 21; at++) await ask(at)
    expect(runs).toHaveLength(20)
    expect(refusals().filter(({ to }) => to === 2)).toEqual([{ to: 2, reason: 'too-many', peer: 2 }])
    refresh.invited(3, invitation({ ceremony: labelled('of another') }))
    expect(runs).toHaveLength(21)
    runs[20]?.fail(new PoolError('deadline'))
    await time.advance(3_600_000)
    await ask(21)
    expect(runs).toHaveLength(22)
  })

  it('ends when somebody refuses, with the reason, and everyone is told by who has opened it', async () => {
    const { refresh, meet, failure, runs, refusals, settle } = await setup()
    meet()
    const done = failure(refresh.start(true))
    const ceremony = runs[0]?.plan.id as Uint8Array
    refresh.refused(3, { kind: 'refreshRefused', ceremony: labelled('another'), reason: 'running', peer: undefined })
    expect(runs[0]?.stopped).toBe(false)
    refresh.refused(3, { kind: 'refreshRefused', ceremony, reason: 'lifted-too-often', peer: 2 })
    expect(await done).toEqual({ code: 'refresh-refused', reason: 'lifted-too-often', seats: [2], by: 3 })
    expect(refusals()).toEqual([{ to: 'all', reason: 'lifted-too-often', peer: 2 }])
    await settle()
    expect(refresh.running).toBeUndefined()
  })

  it('ends when a member was started again in the middle', async () => {
    const { refresh, meet, status, runs, failure } = await setup()
    meet()
    const done = failure(refresh.start(true))
    const generating = runs[0]?.plan.id
    refresh.appeared(2)
    refresh.heard(2, status({ generating }))
    expect(runs[0]?.stopped).toBe(false)
    refresh.appeared(3)
    refresh.heard(3, status())
    expect(runs[0]?.stopped).toBe(true)
    expect(await done).toMatchObject({ code: 'deadline' })
    // Who says for the first time where it stands may not have heard of the refresh yet.
    const early = await setup()
    early.refresh.invited(2, invitation())
    early.refresh.appeared(3)
    early.refresh.heard(3, early.status())
    expect(early.runs[0]?.stopped).toBe(false)
  })
})

describe('certificates', () => {
  const pending = (epochNo: number): KeyShare => generationOfShare(shareOf(1), epochNo, { certifiedBy: [1] })

  it('are handed to who has an earlier generation, and asked for by who is told of a later one', async () => {
    const { refresh, said, status, told } = await setup({ share: generationOfShare(shareOf(1), 2) })
    refresh.heard(2, status({ epochNo: 1, epoch: labelled('earlier') }))
    expect(said).toMatchObject([{ to: 2, message: { kind: 'keyCertificate' } }])
    refresh.heard(3, status({ epochNo: 3, epoch: labelled('later') }))
    expect(said).toHaveLength(1)
    expect(told).toEqual([3])
    // A key of its own is nobody's business here.
    refresh.heard(3, status({ keyId: labelled('another'), epochNo: 9 }))
    expect(told).toEqual([3])
  })

  it('make a pending share active and erase what is below; what is above stays', async () => {
    const { refresh, stored, share } = await setup({ pending: [pending(1), pending(2), pending(3)] })
    await refresh.certificate(certificateOf(generationOfShare(shareOf(2), 2)))
    expect(stored()).toEqual({ active: 2, pending: [3] })
    expect(share().active).toBe(true)
    // Two refreshes whose certificates went to different members: the higher one wins, in any order.
    await refresh.certificate(certificateOf(generationOfShare(shareOf(3), 1)))
    expect(stored()).toEqual({ active: 2, pending: [3] })
    await refresh.certificate(certificateOf(generationOfShare(shareOf(3), 3)))
    expect(stored()).toEqual({ active: 3, pending: [] })
    expect(refresh.superseded).toBeUndefined()
  })

  it('end a refresh that still waits for them, and answer who asked for it; those of an earlier one do not', async () => {
    const { refresh, meet, runs, stored, vault } = await setup({ pending: [pending(1)] })
    meet()
    let answered = false
    const done = refresh.start(true).then(() => {
      answered = true
    })
    await refresh.certificate(certificateOf(generationOfShare(shareOf(2), 1)))
    expect(stored()).toEqual({ active: 1, pending: [] })
    expect([answered, runs[0]?.stopped]).toEqual([false, false])
    // Its own share is on disk, and others have all the certificates before it does.
    await vault.savePending(encodeShare(pending(2), testSealingKey(1)))
    await refresh.certificate(certificateOf(generationOfShare(shareOf(2), 2)))
    await done
    expect(runs[0]?.stopped).toBe(true)
    expect(refresh.running).toBeUndefined()
    expect(stored()).toEqual({ active: 2, pending: [] })
  })

  it('that are not full, of another generation or garbage change nothing', async () => {
    const { refresh, stored } = await setup({ pending: [pending(1)] })
    await refresh.certificate(certificateOf(generationOfShare(shareOf(2), 1, { certifiedBy: [2] })))
    await refresh.certificate(certificateOf(generationOfShare(shareOf(2), 1, { branch: 'other' })))
    await refresh.certificate({ kind: 'keyCertificate', certificate: labelled('garbage') })
    expect(stored()).toEqual({ active: 0, pending: [1] })
  })

  it('of a later generation without a pending share show that this one is superseded, but only the full set of these members', async () => {
    const { refresh, failure, meet, able, status } = await setup().then(made => ({
      ...made,
      able: [1, 2, 3].map(seat => () => made.refresh.fit(seat)),
    }))
    meet()
    await refresh.certificate(certificateOf(generationOfShare(shareOf(2), 1, { certifiedBy: [2, 3] })))
    expect(refresh.superseded).toBeUndefined()
    expect(able.map(canSign => canSign())).toEqual([true, true, true])
    await refresh.certificate(certificateOf(generationOfShare(shareOf(2), 1)))
    expect(refresh.superseded).toBe(1)
    expect(await failure(refresh.start(true))).toEqual({ code: 'share-superseded', own: 0, others: 1 })
    refresh.heard(2, status({ epochNo: 1, epoch: labelled('later') }))
    refresh.heard(3, status({ epochNo: 1, epoch: labelled('later'), restored: true }))
    // It can still say who signs, when it is its turn.
    expect(able.map(canSign => canSign())).toEqual([false, true, false])
  })
})

describe('who asks by itself', () => {
  it('the proposer of the height from which its schedule says so', async () => {
    const { refresh, meet, invitations, runs, time } = await setup({ policy: { everyBatches: 5 } })
    meet()
    // Active since height 10.
    refresh.schedule(14, 1)
    refresh.schedule(15, 2)
    expect(invitations()).toEqual([])
    refresh.schedule(16, 1)
    refresh.schedule(16, 1)
    expect(invitations()).toMatchObject([{ epochNo: 1, operator: false }])
    runs[0]?.fail(new PoolError('deadline'))
    await time.advance(0)
    refresh.schedule(16, 1)
    expect(invitations()).toHaveLength(1)
    refresh.schedule(19, 1)
    expect(invitations()).toHaveLength(2)
  })

  it('by days', async () => {
    const { refresh, meet, invitations, time } = await setup({ policy: { everyDays: 30 } })
    meet()
    await time.advance(30 * 86_400_000 - 1)
    refresh.schedule(1_000, 1)
    expect(invitations()).toEqual([])
    await time.advance(1)
    refresh.schedule(1_001, 1)
    expect(invitations()).toHaveLength(1)
  })

  it('nobody, unless told so', async () => {
    const { refresh, meet, invitations } = await setup()
    meet()
    refresh.schedule(1_000_000, 1)
    expect(invitations()).toEqual([])
  })

  it('a member whose share came back from a backup, as a person would, and again after a failure', async () => {
    const { refresh, meet, invitations, online, runs, time } = await setup({ share: restoredShare(shareOf(1)) })
    online.delete(3)
    meet()
    expect(invitations()).toEqual([])
    online.add(3)
    refresh.look()
    expect(invitations()).toMatchObject([{ operator: true }])
    runs[0]?.fail(new PoolError('deadline'))
    await time.advance(4_999)
    refresh.look()
    expect(invitations()).toHaveLength(1)
    await time.advance(1)
    expect(invitations()).toHaveLength(2)
    expect([1, 2].map(seat => refresh.fit(seat))).toEqual([false, true])
  })
})
