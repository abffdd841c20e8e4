/**
 * What a member must not forget about its key, beside the shares themselves: who has burned whom, how often burns were lifted, since when the present
 * generation is active, who has destroyed its share. One record in the guard; it holds no secret.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { equal } from '../bytes.ts'
import { fixed, type Infer, list, option, struct, u16, u32, u53, version } from '../codec.ts'
import { erasureCodec } from '../threshold/erasure.ts'
import type { Generation } from '../threshold/generations.ts'
import { type BurnNotice, burnNoticeCodec, isSameBurn } from './burn-notice.ts'
import type { GuardStore } from './ports.ts'

/** Refreshes that lift a burn of one peer, in `LIFT_WINDOW`. */
export const MAX_LIFTS = 3
/** ms: a year. */
export const LIFT_WINDOW = 365 * 86_400_000

/** Every member may say it of every other, once for each generation; lifts that count no more are dropped. */
const MAX_NOTICES = 256

const ledgerCodec = struct({
  version: version(1),
  /** Since when, by the own clock (ms since 1970), and from which height on this generation is active here. */
  since: option(struct({ epoch: fixed(32), epochNo: u32, at: u53, height: u53 })),
  notices: list(burnNoticeCodec, MAX_NOTICES),
  /** Burns of a peer that a refresh has lifted. */
  lifts: list(struct({ peer: u16, at: u53 }), 1_024),
  /** Members that have said that they erased their share. */
  erasures: list(erasureCodec, 16),
  /** This member destroys its share, or has. */
  destroyed: option(struct({ keyId: fixed(32), epoch: fixed(32), epochNo: u32, at: u53 })),
})
export type KeyFacts = Omit<Infer<typeof ledgerCodec>, 'version'>

export interface KeyLedger {
  readonly facts: KeyFacts
  /** Resolves when the change is durable; it counts at once. */
  update(change: Partial<KeyFacts>): Promise<void>
  /** Keeps a verified notice. False when it is known, or there is no room for it. */
  addNotice(notice: BurnNotice): Promise<boolean>
  /**
   * A generation is the active one, perhaps a new one: burns of earlier ones are lifted, and counted. Does nothing when that is known, or for an earlier
   * generation than was known, as after a vault was put back to an earlier day.
   */
  settle(generation: Generation, now: number, height: number): Promise<void>
  /** Burned peers whose burns were lifted as often as may be: another refresh is refused. */
  overLimit(now: number): readonly number[]
}

const EMPTY: KeyFacts = { since: undefined, notices: [], lifts: [], erasures: [], destroyed: undefined }

function read(bytes: Bytes): KeyFacts {
  const { version: _, ...facts } = ledgerCodec.decode(bytes)
  return facts
}

/** Reads what the guard has. */
export async function openKeyLedger(guard: Pick<GuardStore, 'fact' | 'saveFact'>): Promise<KeyLedger> {
  const stored = await guard.fact('key')
  let facts: KeyFacts = stored === undefined ? EMPTY : read(stored)

  async function update(change: Partial<KeyFacts>): Promise<void> {
    facts = { ...facts, ...change }
    await guard.saveFact('key', ledgerCodec.encode({ version: 1, ...facts }))
  }

  const recent = (now: number) => facts.lifts.filter(({ at }) => now - at < LIFT_WINDOW)

  return {
    get facts() {
      return facts
    },
    update,
    async addNotice(notice) {
      if (facts.notices.length >= MAX_NOTICES || facts.notices.some(known => isSameBurn(known, notice))) return false
      await update({ notices: [...facts.notices, notice] })
      return true
    },
    async settle({ keyId, epoch, epochNo }, now, height) {
      const { since } = facts
      if (since !== undefined && (equal(since.epoch, epoch) || epochNo < since.epochNo)) return
      const stays = facts.notices.filter(notice => equal(notice.keyId, keyId) && equal(notice.epoch, epoch))
      const lifted = new Set(facts.notices.filter(notice => !stays.includes(notice)).map(notice => notice.peer))
      await update({
        since: { epoch, epochNo, at: now, height },
        notices: stays,
        lifts: [...recent(now), ...[...lifted].map(peer => ({ peer, at: now }))].slice(-1_024),
      })
    },
    overLimit(now) {
      const burned = new Set(facts.notices.map(notice => notice.peer))
      return [...burned].filter(peer => recent(now).filter(lift => lift.peer === peer).length >= MAX_LIFTS)
    },
  }
}
