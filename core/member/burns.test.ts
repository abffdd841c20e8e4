import { describe, expect, it } from 'vitest'
import { generationOfShare, restoredShare } from '../../test/support/generations.ts'
import { testIdentity } from '../../test/support/identity.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { testPool } from '../../test/support/pool.ts'
import { labelled } from '../../test/support/random.ts'
import { testShares } from '../../test/support/shares.ts'
import { burnPeer, type KeyShare } from '../threshold/index.ts'
import { type BurnNotice, signBurnNotice } from './burn-notice.ts'
import { createBurns } from './burns.ts'
import { openKeyLedger } from './key-ledger.ts'
import type { RoomMessage } from './messages.ts'

const pool = testPool(4, 2)
const shares = testShares(4, 2, 'burns')
const { keyId, epoch } = shares.get(1) as KeyShare
const notice = (seat: number, peer: number, change: Partial<BurnNotice> = {}, by = seat): BurnNotice =>
  signBurnNotice({ keyId, epoch, seat, peer, reason: 'vole-check', ...change }, testIdentity(by).sign)

/** Member 2, whose guard lasts. */
function setup(share: KeyShare = generationOfShare(shares.get(2) as KeyShare, 0)) {
  const disk = memoryDisk({ identitySeed: labelled('unused'), voteKey: labelled('unused') })
  const said: { to: number | 'all'; message: RoomMessage }[] = []
  const burned: [number, string][] = []
  async function start() {
    const ledger = await openKeyLedger(disk.open().guard)
    const identity = { sign: testIdentity(2).sign, verify: testIdentity(2).verify }
    const burns = createBurns({
      pool,
      seat: 2,
      identity,
      ledger,
      log: () => {},
      share: () => share,
      async burn(peer, reason) {
        burned.push([peer, reason])
        burnPeer(share, peer, reason)
      },
      say: (to, message) => void said.push({ to, message }),
    })
    return { burns, ledger }
  }
  return { start, said, burned, share }
}

describe('burns', () => {
  it('are said to everyone, once, also by the process after the one that burned', async () => {
    const { start, said, share } = setup()
    burnPeer(share, 3, 'gamma-x')
    const { burns } = await start()
    await burns.publish()
    await burns.publish()
    expect(said).toEqual([{ to: 'all', message: { kind: 'burned', notices: [notice(2, 3, { reason: 'gamma-x' })] } }])
    expect(burns.pairs()).toEqual([{ pair: [2, 3], reason: 'gamma-x' }])
    const again = await start()
    await again.burns.publish()
    expect(said).toHaveLength(1)
    again.burns.tell(4)
    expect(said.at(-1)).toMatchObject({ to: 4, message: { kind: 'burned' } })
  })

  it('of others are kept, and their pairs kept apart, by every process from then on', async () => {
    const { start, said, burned } = setup()
    const { burns } = await start()
    await burns.heard(4, { kind: 'burned', notices: [notice(1, 3), notice(4, 3)] })
    for (const { burns: known } of [{ burns }, await start()]) {
      expect([known.apart(1, 3), known.apart(3, 1), known.apart(3, 4), known.apart(1, 4), known.apart(2, 3)]).toEqual([
        true,
        true,
        true,
        false,
        false,
      ])
      expect(known.pairs().map(({ pair }) => pair)).toEqual([
        [1, 3],
        [3, 4],
      ])
    }
    expect(burned).toEqual([])
    expect(said).toEqual([])
  })

  it('by or of this member destroy its half of the pair too, when it does not know', async () => {
    const { start, said, burned, share } = setup()
    const { burns } = await start()
    await burns.heard(3, { kind: 'burned', notices: [notice(3, 2)] })
    // What this member said before its vault was put back to an earlier day.
    await burns.heard(1, { kind: 'burned', notices: [notice(2, 1, { reason: 'ote-check' })] })
    expect(burned).toEqual([
      [3, 'vole-check'],
      [1, 'ote-check'],
    ])
    expect([...share.burned.keys()].sort()).toEqual([1, 3])
    // It is no burn of its own.
    await burns.publish()
    expect(said).toEqual([])
  })

  it('that the guard remembers are done to a share that does not, before anything else', async () => {
    const { start, burned, share } = setup()
    const { ledger } = await start()
    for (const known of [notice(2, 1), notice(3, 2), notice(1, 4), notice(2, 4, { epoch: labelled('earlier') })]) await ledger.addNotice(known)
    const { burns } = await start()
    await burns.enforce()
    expect(burned.map(([peer]) => peer)).toEqual([1, 3])
    expect([...share.burned.keys()]).toEqual([1, 3])
  })

  it('that nobody has signed, of another generation or key say nothing', async () => {
    const { start, burned } = setup()
    const { burns, ledger } = await start()
    await burns.heard(4, { kind: 'burned', notices: [notice(1, 3, {}, 4)] })
    await burns.heard(4, { kind: 'burned', notices: [notice(4, 2, { epoch: labelled('earlier') }), notice(4, 2, { keyId: labelled('another') })] })
    expect(ledger.facts.notices).toEqual([])
    expect(burned).toEqual([])
    expect(burns.pairs()).toEqual([])
  })

  it('are not what a share from a backup says of its peers', async () => {
    const { start, said } = setup(restoredShare(shares.get(2) as KeyShare))
    const { burns } = await start()
    await burns.publish()
    expect(said).toEqual([])
    expect(burns.pairs()).toEqual([])
    expect(burns.apart(2, 3)).toBe(true)
  })
})
