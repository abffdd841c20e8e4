/**
 * Burned pairs, this member's own and those of others: told to everyone, kept for good, and kept apart when somebody chooses who signs. Only a refresh that a
 * person asked for makes new secrets for such a pair (docs/agreement.md, Generations of shares).
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import type { ErrorCode } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { BURNING } from '../threshold/burn.ts'
import type { KeyShare } from '../threshold/index.ts'
import { type BurnNotice, isBurnNotice, signBurnNotice } from './burn-notice.ts'
import type { KeyLedger } from './key-ledger.ts'
import { identitiesOf } from './key-setup.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Log } from './ports.ts'

export interface BurnsPorts {
  readonly pool: Pool
  readonly seat: number
  readonly identity: {
    sign(message: Bytes): Bytes
    verify(key: Bytes, message: Bytes, signature: Bytes): boolean
  }
  readonly ledger: KeyLedger
  readonly log: Log
  /** The active share. */
  share(): KeyShare | undefined
  /** Destroys the secrets shared with `peer` in the active share, durably. */
  burn(peer: number, reason: ErrorCode): Promise<void>
  say(to: number | 'all', message: RoomMessage): void
}

export interface Burns {
  /** This member has burned its pair with `peer`, durably: the others are told, and told again after a restart if they may not know. */
  publish(): Promise<void>
  /** At the start: what the guard remembers is done to a share that may be from before it, as after a vault was put back to an earlier day. */
  enforce(): Promise<void>
  /** What a member says that it, or another, has burned. */
  heard(from: number, message: RoomMessageOf<'burned'>): Promise<void>
  /** A peer may have missed what is known. */
  tell(peer: number): void
  /** True when two members cannot sign together. */
  apart(a: number, b: number): boolean
  /** Pairs that are burned in the active generation, the lower seat first. */
  pairs(): readonly { readonly pair: readonly [number, number]; readonly reason: string }[]
}

/** A burn that a check caused, not the mark of a share from a backup. */
const isCheck = (reason: string): boolean => reason !== 'share-restored'

export function createBurns(ports: BurnsPorts): Burns {
  const { pool, seat, identity, ledger, log } = ports
  const identities = identitiesOf(pool)

  const isCurrent = (notice: BurnNotice, share: KeyShare): boolean => equal(notice.epoch, share.epoch) && equal(notice.keyId, share.keyId)
  const current = (): readonly BurnNotice[] => {
    const share = ports.share()
    return share === undefined ? [] : ledger.facts.notices.filter(notice => isCurrent(notice, share))
  }
  const between = (notice: BurnNotice, a: number, b: number): boolean =>
    (notice.seat === a && notice.peer === b) || (notice.seat === b && notice.peer === a)

  /** A notice about this member: the other side of the pair has destroyed its half, so this one is of no use either. */
  async function follow(notice: BurnNotice, share: KeyShare): Promise<void> {
    const other = notice.seat === seat ? notice.peer : notice.peer === seat ? notice.seat : undefined
    if (other === undefined || share.burned.has(other)) return
    const reason = BURNING.find(code => code === notice.reason) ?? 'peer-burned'
    log('warn', 'peer.burned-by', { peer: notice.seat, about: notice.peer, reason: notice.reason })
    await ports.burn(other, reason)
  }

  return {
    async publish() {
      const share = ports.share()
      if (share === undefined) return
      for (const [peer, reason] of share.burned) {
        if (!isCheck(reason) || current().some(notice => between(notice, seat, peer))) continue
        const notice = signBurnNotice({ keyId: share.keyId, epoch: share.epoch, seat, peer, reason }, identity.sign)
        await ledger.addNotice(notice)
        ports.say('all', { kind: 'burned', notices: [notice] })
      }
    },
    async enforce() {
      const share = ports.share()
      if (share !== undefined) for (const notice of current()) await follow(notice, share)
    },
    async heard(from, { notices }) {
      const share = ports.share()
      if (share === undefined) return
      for (const notice of notices) {
        // Of another generation it says nothing about this one.
        if (!isCurrent(notice, share)) continue
        if (!isBurnNotice(notice, identities, identity.verify)) {
          log('warn', 'burn.refused', { from, seat: notice.seat, peer: notice.peer })
          return
        }
        if (await ledger.addNotice(notice)) log('warn', 'burn.noted', { seat: notice.seat, peer: notice.peer, reason: notice.reason })
        await follow(notice, share)
      }
    },
    tell(peer) {
      const notices = [...current()]
      if (notices.length > 0) ports.say(peer, { kind: 'burned', notices })
    },
    apart(a, b) {
      const burned = ports.share()?.burned
      if ((a === seat && burned?.has(b) === true) || (b === seat && burned?.has(a) === true)) return true
      return current().some(notice => between(notice, a, b))
    },
    pairs() {
      const own = [...(ports.share()?.burned ?? [])].filter(([, reason]) => isCheck(reason)).map(([peer, reason]) => ({ seat, peer, reason }))
      const pairs = new Map<string, { pair: [number, number]; reason: string }>()
      for (const { seat: by, peer, reason } of [...current(), ...own]) {
        const pair: [number, number] = by < peer ? [by, peer] : [peer, by]
        if (!pairs.has(String(pair))) pairs.set(String(pair), { pair, reason })
      }
      return [...pairs.values()]
    },
  }
}
