import { describe, expect, it } from 'vitest'
import { testIdentity, testParty } from '../../test/support/identity.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { labelled } from '../../test/support/random.ts'
import { testShares } from '../../test/support/shares.ts'
import { hex } from '../bytes.ts'
import { DEALER_SEATS, type PoolMember } from '../proposal/pool.ts'
import { type Retirement, retire, successorOf } from '../proposal/succession.ts'
import { certificateDigest } from '../threshold/certificate.ts'
import { type KeyCertificate, type KeyShare, keyCertificateCodec, keyCertificateOf, type ReshareInput } from '../threshold/index.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyPlan } from './ceremony-plan.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { ParentMember } from './retirement.ts'
import { createTakeover, type Successor } from './takeover.ts'

/** People 1, 2 and 3 hand over to 2, 4 and 5, who sit in seats 1, 2 and 3. Addresses of 1 and 3 are those of who leaves. */
const old = testPool(3)
const shares = testShares(3, 2)
const share = (seat: number): KeyShare => shares.get(seat) as KeyShare
const key = keyCertificateOf(share(1))
const next = successorOf(
  old,
  { account: share(1).address, keyId: key.keyId },
  { members: [2, 4, 5].map((n, at) => ({ ...(testPool(5).members[n - 1] as PoolMember), seat: at + 1 })), threshold: 2, agreementQuorum: 2 },
) as Successor
const FIRST = DEALER_SEATS + 1
const THIRD = DEALER_SEATS + 3
const verify = testIdentity(1).verify

/** A generation certified by these people. */
function certified(change: Partial<KeyCertificate>, people: readonly number[]): KeyCertificate {
  const fields = { ...key, ...change }
  return {
    ...fields,
    certificates: new Map(fields.parties.map(({ index }, at) => [index, testIdentity(people[at] as number).sign(certificateDigest(fields))])),
  }
}
/** The new committee's key: the old public shares do, since nobody looks at them here. */
const fresh = certified(
  {
    parties: [2, 4, 5].map((n, at) => ({ index: at + 1, identity: testParty(n).identity })),
    epochNo: 1,
    epoch: labelled('fresh'),
    parentEpoch: key.epoch,
  },
  [2, 4, 5],
)
const holder = (certificate: KeyCertificate = key): RoomMessageOf<'holder'> => ({
  kind: 'holder',
  certificate: keyCertificateCodec.encode(certificate),
  nextHeight: 0,
})
const status = (change: Partial<RoomMessageOf<'status'>> = {}) =>
  ({ kind: 'status', pending: [], epochNo: 0, nextHeight: 0, ...change }) as RoomMessageOf<'status'>
const promised = (seat: number, height: number): Retirement => retire(old, next, seat, height, testVoteKey(seat))

function setup(address: number, { own, parentSeat, nextHeight }: { own?: KeyShare; parentSeat?: number; nextHeight?: number } = {}) {
  const said: { to: number | 'all'; message: RoomMessage }[] = []
  const plans: CeremonyPlan[] = []
  const reshared: ReshareInput[] = []
  const warned: string[] = []
  const accepted: string[] = []
  const asked: number[] = []
  let erased = 0
  let parentNext = 10
  let now = 1_000_000
  let final = false
  const waiting: Uint8Array[] = []
  const parent: ParentMember | undefined =
    parentSeat === undefined
      ? undefined
      : {
          pool: old,
          share: () => share(parentSeat),
          nextHeight: () => parentNext,
          isFinal: () => final,
          async promise(_, height) {
            asked.push(height)
            return promised(parentSeat, height)
          },
          waiting: () => waiting,
          onNews: () => () => {},
          async erase() {
            erased++
          },
        }
  const disk = memoryDisk({ identitySeed: labelled('unused'), voteKey: labelled('unused') })
  const tasks: (() => Promise<void> | void)[] = []
  const make = () =>
    createTakeover({
      pool: next,
      address,
      parent,
      guard: disk.open().guard,
      ceremonies: {
        run(plan: CeremonyPlan, protocol: (ctx: never) => Promise<unknown>) {
          plans.push(plan)
          return { result: protocol(undefined as never), stop() {} }
        },
      } as unknown as CeremonyHost,
      async reshare(_, __, input) {
        reshared.push(input)
        return undefined
      },
      clock: { now: () => now },
      log: (level, event, facts) => void (level === 'warn' && warned.push(`${event} ${facts?.code ?? facts?.reason ?? ''}`)),
      verify,
      say: (to, message) => void said.push({ to, message }),
      online: () => new Set([1, 2, 3, FIRST, THIRD]),
      share: () => own,
      newest: () => 0,
      nextHeight: () => nextHeight,
      accept: raw => void accepted.push(hex(raw)),
      changed() {},
      later: task => void tasks.push(task),
    })
  const settle = async (): Promise<void> => {
    for (const task of tasks.splice(0)) await task()
  }
  return {
    takeover: make(),
    again: make,
    said,
    plans,
    reshared,
    warned,
    accepted,
    asked,
    waiting,
    settle,
    wait(ms: number): void {
      now += ms
    },
    reach(height: number): void {
      parentNext = height
    },
    finalize(): void {
      final = true
    },
    erased: () => erased,
  }
}
const kinds = (side: { said: readonly { message: RoomMessage }[] }) => side.said.map(({ message }) => message.kind)

describe('shares from the parent', () => {
  it('are dealt by as many holders as the parent’s threshold says, from the newest generation that was shown', async () => {
    const { takeover, reshared, plans } = setup(2)
    expect(takeover.first.invite(labelled('ceremony'), new Map())).toBeUndefined()
    await takeover.take(FIRST, holder())
    expect(takeover.first.invite(labelled('ceremony'), new Map())).toBeUndefined()
    await takeover.take(THIRD, holder())
    await takeover.take(1, holder())
    const busy = new Map([[3, status({ pending: [{ epoch: labelled('pending'), epochNo: 4 }] })]])
    const invitation = takeover.first.invite(labelled('ceremony'), busy)
    expect(invitation).toEqual({ kind: 'reshare', ceremony: labelled('ceremony'), dealers: [1, FIRST], epoch: key.epoch, epochNo: 5 })
    await takeover.first.run(invitation as RoomMessageOf<'reshare'>)?.result
    expect(plans).toMatchObject([{ kind: 'reshare', seats: [1, 2, 3, FIRST] }])
    expect(reshared).toMatchObject([
      {
        dealers: [
          { party: 1, index: 2 },
          { party: FIRST, index: 1 },
        ],
        members: [1, 2, 3],
        threshold: 2,
        epochNo: 5,
      },
    ])
  })

  it.each([
    ['another account', certified({ publicKey: share(1).publicShares.get(2) as Uint8Array }, [1, 2, 3]), 'wrong-key'],
    ['another key id', certified({ keyId: labelled('other key') }, [1, 2, 3]), 'wrong-key'],
    ['another chain code than was certified', { ...key, chainCode: labelled('chain code') }, 'bad-certificate'],
    ['another threshold', certified({ threshold: 3 }, [1, 2, 3]), 'wrong-key'],
    ['other people', certified({ parties: [1, 2, 4].map((n, at) => ({ index: at + 1, identity: testParty(n).identity })) }, [1, 2, 4]), 'wrong-key'],
    ['a forged certificate', certified({ epochNo: 9 }, [1, 2, 2]), 'bad-certificate'],
    ['a missing certificate', { ...key, certificates: new Map([...key.certificates].slice(1)) }, 'certificates-missing'],
  ])('a holder that shows %s is refused', async (_, certificate, code) => {
    const { takeover, warned } = setup(2)
    await takeover.take(FIRST, holder(certificate))
    await takeover.take(THIRD, holder(certificate))
    expect(warned).toEqual([`holder.refused ${code}`, `holder.refused ${code}`])
    expect(takeover.first.invite(labelled('ceremony'), new Map())).toBeUndefined()
  })

  it('are taken on no other terms than those that were shown', async () => {
    const { takeover, warned, plans } = setup(2)
    const good: RoomMessageOf<'reshare'> = { kind: 'reshare', ceremony: labelled('c'), dealers: [1, FIRST], epoch: key.epoch, epochNo: 1 }
    expect(takeover.first.run(good)).toBeUndefined()
    await takeover.take(FIRST, holder())
    const wrong: Partial<typeof good>[] = [
      { dealers: [1] },
      { dealers: [FIRST, 1] },
      { dealers: [1, 1] },
      { dealers: [1, 2] },
      { dealers: [1, FIRST, THIRD] },
      { epoch: labelled('another') },
      { epochNo: 0 },
    ]
    for (const change of wrong) expect(takeover.first.run({ ...good, ...change })).toBeUndefined()
    expect(warned).toHaveLength(1 + wrong.length)
    expect(plans).toEqual([])
    expect(takeover.first.run(good)).toBeDefined()
  })
})

describe('the hand-over', () => {
  it('is ordered by the first new member that is here, when all have their shares', async () => {
    const first = setup(1, { own: share(1), parentSeat: 2, nextHeight: 10 })
    await first.takeover.look()
    expect(kinds(first)).not.toContain('handOver')
    for (const seat of [2, 3]) first.takeover.heard(seat, status({ keyId: key.keyId }))
    await first.takeover.look()
    const orders = first.said.filter(({ message }) => message.kind === 'handOver')
    expect(orders).toEqual([FIRST, THIRD].map(to => ({ to, message: { kind: 'handOver', height: 12 } })))
    const second = setup(2, { own: share(2), nextHeight: 10 })
    for (const seat of [1, 3]) second.takeover.heard(seat, status({ keyId: key.keyId }))
    await second.takeover.look()
    expect(kinds(second)).not.toContain('handOver')
    // The first one is here and says nothing.
    second.wait(29_000)
    await second.takeover.look()
    expect(kinds(second)).not.toContain('handOver')
    second.wait(1_000)
    await second.takeover.look()
    expect(second.said.filter(({ message }) => message.kind === 'handOver')).toHaveLength(3)
  })

  it('one who leaves promises when it has seen the new certificates, and not before', async () => {
    const side = setup(FIRST, { parentSeat: 1 })
    await side.takeover.take(1, { kind: 'handOver', height: 12 })
    expect(side.asked).toEqual([])
    side.takeover.certificate(keyCertificateCodec.encode(certified({ ...fresh }, [2, 4, 4])))
    side.takeover.certificate(keyCertificateCodec.encode(key))
    await side.settle()
    expect(side.asked).toEqual([])
    side.takeover.certificate(keyCertificateCodec.encode(fresh))
    await side.settle()
    expect(side.asked).toEqual([12])
    expect(side.said.filter(({ message }) => message.kind === 'retired').map(({ to }) => to)).toEqual([1, 2, 3, THIRD])
  })

  it('no height is promised that is past, or far away, or that a stranger asks for; another promise is followed', async () => {
    const side = setup(FIRST, { parentSeat: 1 })
    side.takeover.certificate(keyCertificateCodec.encode(fresh))
    await side.takeover.take(1, { kind: 'handOver', height: 9 })
    await side.takeover.take(1, { kind: 'handOver', height: 500 })
    await side.takeover.take(THIRD, { kind: 'handOver', height: 12 })
    expect(side.asked).toEqual([])
    await side.takeover.take(THIRD, { kind: 'retired', promises: [promised(3, 14)] })
    expect(side.asked).toEqual([14])
    await side.takeover.take(THIRD, { kind: 'retired', promises: [promised(3, 13)] })
    expect(side.asked).toEqual([14, 13])
  })

  it('begins where q are silent, counts what verifies only, and is remembered', async () => {
    const side = setup(2)
    await side.takeover.take(FIRST, { kind: 'retired', promises: [promised(1, 12), { ...promised(3, 12), height: 4 }] })
    expect(side.takeover.height).toBeUndefined()
    await side.takeover.take(1, { kind: 'retired', promises: [promised(2, 13)] })
    expect(side.takeover.height).toBe(13)
    expect(side.takeover.standing).toEqual({ retired: [1, 2], missing: [3] })
    const again = side.again()
    await again.load()
    expect(again.height).toBe(13)
  })

  it('what waits in the parent is passed on when it is silent, once; its shares go when the first height is final', async () => {
    const side = setup(FIRST, { parentSeat: 1 })
    side.takeover.certificate(keyCertificateCodec.encode(fresh))
    side.waiting.push(Uint8Array.of(1), Uint8Array.of(2))
    await side.takeover.take(THIRD, { kind: 'retired', promises: [promised(3, 12)] })
    await side.takeover.look()
    expect(kinds(side)).not.toContain('waiting')
    side.reach(12)
    await side.takeover.look()
    await side.takeover.look()
    const passed = side.said.filter(({ message }) => message.kind === 'waiting')
    expect(passed).toEqual([1, 2, 3].map(to => ({ to, message: { kind: 'waiting', transactions: [Uint8Array.of(1), Uint8Array.of(2)] } })))
    expect(side.erased()).toBe(0)
    side.finalize()
    await side.takeover.look()
    await side.takeover.look()
    expect(side.erased()).toBe(1)
  })

  it('a member takes what waited from those of the parent only', async () => {
    const { takeover, accepted } = setup(2)
    await takeover.take(3, { kind: 'waiting', transactions: [Uint8Array.of(1)] })
    await takeover.take(THIRD, { kind: 'waiting', transactions: [Uint8Array.of(2)] })
    expect(accepted).toEqual(['0x02'])
  })
})
