import { describe, expect, it } from 'vitest'
import { testIdentity } from '../../test/support/identity.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool } from '../../test/support/pool.ts'
import { labelled, seededRandom } from '../../test/support/random.ts'
import { testSealingKey } from '../../test/support/reveal.ts'
import { testShares } from '../../test/support/shares.ts'
import { virtualTime } from '../../test/support/virtual-time.ts'
import { hex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { encodeShare, type KeyShare } from '../threshold/index.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyPlan } from './ceremony-plan.ts'
import { createKeySetup, generation } from './key-setup.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'

const shares = testShares(3, 2)
const shareOf = (seat: number): KeyShare => shares.get(seat) as KeyShare
const status = (fields: Partial<RoomMessageOf<'status'>> = {}): RoomMessageOf<'status'> => ({
  kind: 'status',
  nextHeight: 0,
  keyId: undefined,
  epoch: undefined,
  epochNo: 0,
  pending: [],
  generating: undefined,
  restored: false,
  ...fields,
})

async function setup(seat: number, options: { share?: KeyShare; pending?: readonly KeyShare[] } = {}) {
  const { share, pending = [] } = options
  const time = virtualTime()
  const disk = memoryDisk({
    identitySeed: labelled('unused'),
    voteKey: labelled('unused'),
    share: share === undefined ? undefined : encodeShare(share, testSealingKey(seat)),
  })
  const { vault } = disk.open()
  for (const item of pending) await vault.savePending(encodeShare(item, testSealingKey(seat)))
  const runs: { plan: CeremonyPlan; stopped: boolean; finish(share: KeyShare): void; fail(error: PoolError): void }[] = []
  const said: { to: number | 'all'; message: RoomMessage }[] = []
  const ready: string[] = []
  let changed = 0
  const online = new Set([1, 2, 3])
  const ceremonies = {
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
      return { result, stop }
    },
  } as unknown as CeremonyHost
  const pool = testPool(3, 2)
  const keys = createKeySetup({
    pool,
    seat,
    vault,
    sealing: testSealingKey(seat),
    clock: time,
    log: () => {},
    first: generation(pool, ceremonies),
    random: seededRandom('keys'),
    verify: testIdentity(1).verify,
    say: (to, message) => void said.push({ to, message }),
    online: () => online,
    ready: async share => void ready.push(share.address),
    changed: () => void changed++,
    later: task => void Promise.resolve().then(task),
  })
  /** Peers open a room session each, and say where they stand. */
  const meet = (peers: readonly number[], fields: Partial<RoomMessageOf<'status'>> = {}): void => {
    for (const peer of peers) {
      keys.appeared(peer, peers)
      keys.heard(peer, status(fields))
    }
  }
  const invitations = () => said.flatMap(({ to, message }) => (message.kind === 'keygen' ? [[to, message.ceremony]] : []))
  return { keys, time, vault, runs, said, ready, online, meet, invitations, settle: () => time.advance(0), changes: () => changed }
}

describe('key set-up', () => {
  it('the lowest seat invites when everyone is in the room, reachable, and without a key', async () => {
    const { keys, meet, runs, invitations, online } = await setup(1)
    meet([2])
    expect(runs).toHaveLength(0)
    online.delete(3)
    meet([2, 3])
    expect(runs).toHaveLength(0)
    online.add(3)
    keys.look()
    expect(runs).toMatchObject([{ plan: { kind: 'keygen', seats: [1, 2, 3] } }])
    expect(invitations()).toEqual([
      [2, runs[0]?.plan.id],
      [3, runs[0]?.plan.id],
    ])
    keys.look()
    expect(runs).toHaveLength(1)
  })

  it('nobody invites when somebody has a key, and nobody but the lowest seat ever does', async () => {
    const lowest = await setup(1)
    lowest.keys.appeared(3, [3])
    lowest.keys.heard(3, status({ keyId: shareOf(3).keyId }))
    lowest.keys.appeared(2, [2, 3])
    lowest.keys.heard(2, status())
    expect(lowest.runs).toEqual([])
    const other = await setup(2)
    other.meet([1, 3])
    expect(other.runs).toEqual([])
    other.keys.invited(3, { kind: 'keygen', ceremony: labelled('by another') })
    expect(other.runs).toEqual([])
    other.keys.invited(1, { kind: 'keygen', ceremony: labelled('by the lowest') })
    expect(other.runs).toMatchObject([{ plan: { id: labelled('by the lowest') } }])
  })

  it('the new share is stored before it is used, and pending ones go', async () => {
    const { keys, vault, runs, meet, ready, settle } = await setup(1, { pending: [shareOf(1)] })
    meet([2, 3])
    runs[0]?.finish(shareOf(1))
    await settle()
    expect(ready).toEqual([shareOf(1).address])
    expect(keys.share?.address).toBe(shareOf(1).address)
    expect(vault.activeShare()).toEqual(encodeShare(shareOf(1), testSealingKey(1)))
    expect(vault.pendingShares()).toEqual([])
    expect(keys.state()).toMatchObject({ keyId: shareOf(1).keyId, pending: [], generating: undefined })
  })

  it('after a failure the lowest seat tries again, when all are there', async () => {
    const { runs, meet, online, settle, time, changes, keys } = await setup(1)
    meet([2, 3])
    runs[0]?.fail(new PoolError('deadline'))
    await settle()
    expect([runs.length, changes()]).toEqual([1, 1])
    online.delete(2)
    await time.advance(10_000)
    expect(runs).toHaveLength(1)
    online.add(2)
    keys.look()
    expect(runs).toHaveLength(2)
    expect(hex(runs[0]?.plan.id as Uint8Array)).not.toBe(hex(runs[1]?.plan.id as Uint8Array))
  })

  it('a peer that was started again is not waited for; one that only opened its line anew is', async () => {
    const { keys, runs, meet, settle, time } = await setup(1)
    meet([2, 3])
    keys.appeared(2, [2, 3])
    keys.heard(2, status({ generating: runs[0]?.plan.id }))
    expect(runs).toMatchObject([{ stopped: false }])
    keys.appeared(3, [2, 3])
    keys.heard(3, status())
    expect(runs).toMatchObject([{ stopped: true }])
    await settle()
    await time.advance(10_000)
    expect(runs).toHaveLength(2)
  })

  it('a newer invitation takes the place of the one that is followed', async () => {
    const { keys, runs, settle } = await setup(2)
    for (const name of ['first', 'first', 'second', 'third']) keys.invited(1, { kind: 'keygen', ceremony: labelled(name) })
    await settle()
    expect(runs.map(({ plan, stopped }) => [hex(plan.id), stopped])).toEqual([
      [hex(labelled('first')), true],
      [hex(labelled('third')), false],
    ])
  })

  it('ends a key generation when it hears that somebody has a key', async () => {
    const { keys, runs } = await setup(2)
    keys.invited(1, { kind: 'keygen', ceremony: labelled('late') })
    keys.heard(3, status({ keyId: shareOf(3).keyId }))
    expect(runs).toMatchObject([{ stopped: true }])
  })

  it('whoever has the certificates hands them to who missed them, and those activate the share that they belong to', async () => {
    const done = await setup(3, { share: shareOf(3) })
    const stale = testShares(3, 2, 'stale').get(2) as KeyShare
    const missed = await setup(2, { pending: [stale, shareOf(2)] })
    done.keys.heard(2, status(missed.keys.state()))
    const handed = done.said[0]
    expect(handed).toMatchObject({ to: 2, message: { kind: 'keyCertificate' } })
    const message = handed?.message as RoomMessageOf<'keyCertificate'>
    await missed.keys.certificate({ kind: 'keyCertificate', certificate: message.certificate.map((byte, i) => (i === 200 ? byte ^ 1 : byte)) })
    expect(missed.ready).toEqual([])
    await missed.keys.certificate(message)
    expect(missed.ready).toEqual([shareOf(2).address])
    expect(missed.vault.pendingShares()).toEqual([])
    await missed.keys.certificate(message)
    expect(missed.ready).toHaveLength(1)
  })

  it('takes no certificate of an older key while a new one is made', async () => {
    const done = await setup(3, { share: shareOf(3) })
    const missed = await setup(2, { pending: [shareOf(2)] })
    done.keys.heard(2, status(missed.keys.state()))
    missed.keys.invited(1, { kind: 'keygen', ceremony: labelled('new') })
    await missed.keys.certificate(done.said[0]?.message as RoomMessageOf<'keyCertificate'>)
    expect(missed.ready).toEqual([])
  })
})
