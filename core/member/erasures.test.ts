import { describe, expect, it } from 'vitest'
import { generationOfShare } from '../../test/support/generations.ts'
import { testIdentity } from '../../test/support/identity.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool } from '../../test/support/pool.ts'
import { labelled } from '../../test/support/random.ts'
import { testSealingKey } from '../../test/support/reveal.ts'
import { testShares } from '../../test/support/shares.ts'
import { virtualTime } from '../../test/support/virtual-time.ts'
import { type Erasure, proveErasure, verifyErasure } from '../threshold/erasure.ts'
import { encodeShare, type KeyShare } from '../threshold/index.ts'
import { createErasures, erasedSeats } from './erasures.ts'
import { openKeyLedger } from './key-ledger.ts'
import type { RoomMessage } from './messages.ts'

const pool = testPool(3, 2)
const first = testShares(3, 2, 'erasures')
const shareOf = (seat: number): KeyShare => first.get(seat) as KeyShare
const { keyId } = shareOf(1)

/** A member whose disk lasts. */
function setup(seat: number) {
  const stored = encodeShare(shareOf(seat), testSealingKey(seat))
  const disk = memoryDisk({ identitySeed: labelled('unused'), voteKey: labelled('unused'), share: stored })
  const said: { to: number | 'all'; message: RoomMessage }[] = []
  const time = virtualTime()
  async function start() {
    const { vault, guard, kill } = disk.open()
    const ledger = await openKeyLedger(guard)
    const erasures = createErasures({
      pool,
      seat,
      vault,
      ledger,
      identity: { sign: testIdentity(seat).sign, verify: testIdentity(seat).verify },
      clock: time,
      log: () => {},
      share: () => shareOf(seat),
      say: (to, message) => void said.push({ to, message }),
    })
    return { erasures, ledger, vault, kill }
  }
  return { start, said, time }
}
const sent = (said: readonly { message: RoomMessage }[]): Erasure[] =>
  said.flatMap(({ message }) => (message.kind === 'erased' ? [...message.erasures] : []))

describe('a share that is destroyed', () => {
  it('is erased from the vault before that is signed and said', async () => {
    const { start, said, time } = setup(3)
    const { erasures, ledger, vault } = await start()
    await vault.savePending(encodeShare(generationOfShare(shareOf(3), 1), testSealingKey(3)))
    const steps: string[] = []
    await erasures.destroy(
      shareOf(3),
      async () => void steps.push(`forgotten, said ${said.length}, in the vault ${vault.activeShare() !== undefined}`),
    )
    expect(steps).toEqual(['forgotten, said 0, in the vault true'])
    expect([vault.activeShare(), vault.pendingShares()]).toEqual([undefined, []])
    const [proof] = sent(said)
    expect(proof).toMatchObject({ keyId, epochNo: 0, seat: 3, reason: 'destroyed', time: time.now() })
    verifyErasure(proof as Erasure, shareOf(1), testIdentity(3).verify)
    expect(erasedSeats(ledger, keyId)).toEqual([3])
    expect(erasedSeats(ledger, labelled('another key'))).toEqual([])
  })

  it('stays destroyed when the process dies in between: the next one finishes it', async () => {
    const { start, said } = setup(3)
    const died = await start()
    // It has stored that it will, and is gone before it has done it.
    void died.erasures.destroy(shareOf(3), () => new Promise<void>(() => {}))
    await Promise.resolve()
    died.kill()
    const { erasures, ledger, vault } = await start()
    expect(vault.activeShare()).toBeDefined()
    expect(ledger.facts.erasures).toEqual([])
    await erasures.resume()
    expect(vault.activeShare()).toBeUndefined()
    expect(erasedSeats(ledger, keyId)).toEqual([3])
    erasures.tell(1)
    verifyErasure(sent(said)[0] as Erasure, shareOf(1), testIdentity(3).verify)
    // Nothing was begun: nothing is erased.
    const other = await setup(2).start()
    await other.erasures.resume()
    expect(other.vault.activeShare()).toBeDefined()
  })

  it('is noted by the others, once, when the member itself has signed it', async () => {
    const { start } = setup(1)
    const { erasures, ledger } = await start()
    const claim = { keyId, epoch: shareOf(3).epoch, epochNo: 0, seat: 3, reason: 'destroyed', time: 7 } as const
    const by = (seat: number, change: Partial<Omit<Erasure, 'signature'>> = {}): Erasure =>
      proveErasure({ ...claim, ...change }, testIdentity(seat).sign)
    await erasures.heard(2, { kind: 'erased', erasures: [by(2)] })
    await erasures.heard(2, { kind: 'erased', erasures: [by(3, { keyId: labelled('another key') })] })
    await erasures.heard(2, { kind: 'erased', erasures: [by(3, { reason: 'superseded' })] })
    await erasures.heard(2, { kind: 'erased', erasures: [by(1, { seat: 1 })] })
    expect(ledger.facts.erasures).toEqual([])
    await erasures.heard(2, { kind: 'erased', erasures: [by(3)] })
    await erasures.heard(3, { kind: 'erased', erasures: [by(3, { time: 8 })] })
    expect(ledger.facts.erasures).toEqual([by(3)])
    expect((await start()).ledger.facts.erasures).toEqual([by(3)])
  })
})
