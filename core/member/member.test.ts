import { describe, expect, it } from 'vitest'
import { createFakeL1 } from '../../test/support/fake-l1.ts'
import { testIdentitySeed } from '../../test/support/identity.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { labelled, seededRandom } from '../../test/support/random.ts'
import { testShares } from '../../test/support/shares.ts'
import { createSimulatedRelay } from '../../test/support/simulated-relay.ts'
import { virtualTime } from '../../test/support/virtual-time.ts'
import { pakoDeflate } from '../batch/op-stack/zlib.ts'
import { isPoolError } from '../errors.ts'
import { encodeShare, type KeyShare, sealingKey } from '../threshold/index.ts'
import type { MemberEvent } from './events.ts'
import { createMember, type MemberInput } from './member.ts'

function setup(options: { seed?: Uint8Array; chainId?: number; share?: KeyShare } = {}) {
  const { seed = testIdentitySeed(1), chainId = 31_337, share = testShares(3, 2).get(1) as KeyShare } = options
  const time = virtualTime()
  const l1 = createFakeL1({ clock: time, chainId, inbox: `0x${'ff'.repeat(20)}`, interval: 1_000, finalityLag: 4 })
  const { number, hash, timestamp } = l1.head
  const pool = testPool(3, 2, {
    l1: { chainId: 31_337, inbox: `0x${'ff'.repeat(20)}`, nonceOffset: 0, genesis: { number, hash, timestamp }, confirmations: 1 },
    l2: { chainId: 4242, blockTime: 1, genesisTime: timestamp, maxSequencerDrift: 600 },
  })
  const relay = createSimulatedRelay({ pool, clock: time, l1, latency: () => 10 })
  const line = relay.line()
  const { vault, guard } = memoryDisk({ identitySeed: seed, voteKey: testVoteKey(1), share: encodeShare(share, sealingKey(seed)) }).open()
  const events: MemberEvent[] = []
  const input: MemberInput = {
    pool,
    vault,
    guard,
    l1: l1.reader(),
    dial: line.dial,
    clock: time.scope(),
    random: seededRandom('member'),
    log: () => {},
    deflate: pakoDeflate,
    onReport: () => {},
    onEvent: event => events.push(event),
  }
  return { time, l1, relay, input, vault, events, share }
}
const failure = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined).catch((error: unknown) => error)

describe('a member', () => {
  it('is one of the pool, or not at all', async () => {
    const { input } = setup({ seed: labelled('stranger') })
    expect(isPoolError(await failure(createMember(input)), 'not-a-member')).toBe(true)
  })

  it('does not start on another L1', async () => {
    const { input } = setup({ chainId: 1 })
    const member = await createMember(input)
    expect(isPoolError(await failure(member.start()), 'wrong-l1')).toBe(true)
    await member.stop()
  })

  it('tells its relay who it is and which account its key controls, and where it stands', async () => {
    const { input, time, l1, relay, events, share } = setup()
    const member = await createMember(input)
    l1.start()
    await member.start()
    await time.advance(3_000)
    expect(relay.online()).toEqual([1])
    expect(relay.report(1)).toMatchObject({ seat: 1, phase: 'ready', height: 0, round: 0, account: share.address })
    expect(events).toMatchObject([{ kind: 'key', account: share.address }])
    expect(member.report()).toEqual(relay.report(1))
  })

  it('stops for good: the connection is closed, no timer does anything, secrets are gone', async () => {
    const { input, time, l1, relay, vault } = setup()
    const member = await createMember(input)
    l1.start()
    await member.start()
    await time.advance(2_000)
    const stopped = member.stop()
    await time.advance(1_000)
    await stopped
    expect(relay.online()).toEqual([])
    expect([vault.identitySeed, vault.voteKey].every(bytes => bytes.every(byte => byte === 0))).toBe(true)
    let asked = 0
    const { headNumber } = input.l1
    input.l1.headNumber = () => {
      asked++
      return headNumber()
    }
    await time.advance(60_000)
    expect(asked).toBe(0)
    expect(relay.online()).toEqual([])
  })
})
