import { describe, expect, it } from 'vitest'
import { testIdentity } from '../../test/support/identity.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { labelled } from '../../test/support/random.ts'
import { type BurnNotice, signBurnNotice } from './burn-notice.ts'
import { type KeyLedger, LIFT_WINDOW, openKeyLedger } from './key-ledger.ts'

const keyId = new Uint8Array(32).fill(1)
const epoch = (number: number): Uint8Array => new Uint8Array(32).fill(16 + number)
const notice = (of: number, seat: number, peer: number): BurnNotice =>
  signBurnNotice({ keyId, epoch: epoch(of), seat, peer, reason: 'vole-check' }, testIdentity(seat).sign)

function setup() {
  const disk = memoryDisk({ identitySeed: labelled('unused'), voteKey: labelled('unused') })
  return { open: (): Promise<KeyLedger> => openKeyLedger(disk.open().guard) }
}

describe('the ledger of a key', () => {
  it('remembers, and is empty at first', async () => {
    const { open } = setup()
    const ledger = await open()
    expect(ledger.facts).toEqual({ since: undefined, notices: [], lifts: [], erasures: [], destroyed: undefined })
    await ledger.settle({ keyId, epoch: epoch(0), epochNo: 0 }, 1_000, 7)
    expect(await ledger.addNotice(notice(0, 1, 2))).toBe(true)
    expect(await ledger.addNotice(notice(0, 1, 2))).toBe(false)
    await ledger.update({ destroyed: { keyId, epoch: epoch(0), epochNo: 3, at: 5 } })
    expect((await open()).facts).toEqual(ledger.facts)
    expect(ledger.facts.since).toEqual({ epoch: epoch(0), epochNo: 0, at: 1_000, height: 7 })
  })

  it('counts a burned peer once for each generation that a later one replaces, whoever has burned it', async () => {
    const { open } = setup()
    const ledger = await open()
    await ledger.settle({ keyId, epoch: epoch(0), epochNo: 0 }, 0, 0)
    for (const burn of [notice(0, 1, 2), notice(0, 3, 2), notice(0, 1, 3)]) await ledger.addNotice(burn)
    // The same generation again lifts nothing.
    await ledger.settle({ keyId, epoch: epoch(0), epochNo: 0 }, 50, 5)
    expect(ledger.facts.notices).toHaveLength(3)
    await ledger.settle({ keyId, epoch: epoch(1), epochNo: 1 }, 100, 9)
    expect(ledger.facts).toMatchObject({ notices: [], since: { at: 100, height: 9 } })
    expect([...ledger.facts.lifts].sort((a, b) => a.peer - b.peer)).toEqual([
      { peer: 2, at: 100 },
      { peer: 3, at: 100 },
    ])
  })

  it('does not take an older share, of a vault that was put back, for a new generation', async () => {
    const { open } = setup()
    const ledger = await open()
    await ledger.settle({ keyId, epoch: epoch(3), epochNo: 3 }, 0, 0)
    await ledger.addNotice(notice(3, 1, 2))
    const { facts } = ledger
    await ledger.settle({ keyId, epoch: epoch(1), epochNo: 1 }, 100, 9)
    expect(ledger.facts).toBe(facts)
    await ledger.settle({ keyId, epoch: epoch(4), epochNo: 4 }, 200, 9)
    expect(ledger.facts.lifts).toEqual([{ peer: 2, at: 200 }])
  })

  it('allows three lifts of a peer a year', async () => {
    const { open } = setup()
    let ledger = await open()
    const times = [0, 10, 20, LIFT_WINDOW - 1]
    for (const [generation, time] of times.entries()) {
      ledger = await open()
      await ledger.settle({ keyId, epoch: epoch(generation), epochNo: generation }, time, 0)
      expect(ledger.overLimit(time)).toEqual([])
      await ledger.addNotice(notice(generation, 1, 2))
    }
    expect(ledger.facts.lifts.map(({ at }) => at)).toEqual([10, 20, LIFT_WINDOW - 1])
    expect(ledger.overLimit(LIFT_WINDOW + 9)).toEqual([2])
    // The first of them is a year old.
    expect(ledger.overLimit(LIFT_WINDOW + 10)).toEqual([])
    // Of another peer nothing was lifted.
    await ledger.update({ notices: [notice(times.length - 1, 2, 1)] })
    expect(ledger.overLimit(LIFT_WINDOW + 9)).toEqual([])
  })
})
