/**
 * A share that is given up for good: erased from vault and memory, then said so under the member's signature, which the others keep. It stays
 * destroyed: a crash in between is finished at the next start.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { asPoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { type Erasure, proveErasure, verifyErasure } from '../threshold/erasure.ts'
import type { KeyShare } from '../threshold/index.ts'
import type { KeyLedger } from './key-ledger.ts'
import { identitiesOf } from './key-setup.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, Log, Vault } from './ports.ts'

export interface ErasuresPorts {
  readonly pool: Pool
  readonly seat: number
  readonly vault: Pick<Vault, 'eraseShares'>
  readonly ledger: KeyLedger
  readonly identity: {
    sign(message: Bytes): Bytes
    verify(key: Bytes, message: Bytes, signature: Bytes): boolean
  }
  readonly clock: Clock
  readonly log: Log
  /** The active share. */
  share(): KeyShare | undefined
  say(to: number | 'all', message: RoomMessage): void
}

export interface Erasures {
  /** Erases the share. `forget` ends whatever uses it in memory, and resolves when nothing does any more. */
  destroy(share: KeyShare, forget: () => Promise<void>): Promise<void>
  /** At the start, before the vault is read: finishes what was begun. */
  resume(): Promise<void>
  heard(from: number, message: RoomMessageOf<'erased'>): Promise<void>
  /** A peer may have missed what is known. */
  tell(peer: number): void
}

export function createErasures(ports: ErasuresPorts): Erasures {
  const { pool, seat, vault, ledger, identity, clock, log } = ports
  const parties = [...identitiesOf(pool)].map(([index, key]) => ({ index, identity: key }))
  const mine = (erasure: Erasure): boolean => erasure.seat === seat

  /** The vault is empty: that can be signed. */
  async function prove(): Promise<void> {
    const { destroyed, erasures } = ledger.facts
    if (destroyed === undefined || erasures.some(mine)) return
    const { keyId, epoch, epochNo, at } = destroyed
    const erasure = proveErasure({ keyId, epoch, epochNo, seat, reason: 'destroyed', time: at }, identity.sign)
    await ledger.update({ erasures: [...erasures, erasure] })
    log('warn', 'key.destroyed', { epochNo })
  }

  return {
    async destroy({ keyId, epoch, epochNo }, forget) {
      await ledger.update({ destroyed: { keyId, epoch, epochNo, at: clock.now() } })
      await forget()
      await vault.eraseShares()
      await prove()
      ports.say('all', { kind: 'erased', erasures: [...ledger.facts.erasures] })
    },
    async resume() {
      if (ledger.facts.destroyed === undefined) return
      await vault.eraseShares()
      await prove()
    },
    async heard(from, { erasures }) {
      for (const erasure of erasures) {
        if (mine(erasure) || ledger.facts.erasures.some(known => known.seat === erasure.seat)) continue
        const share = ports.share()
        if (share === undefined) return
        try {
          // Which generation it was is said by the member itself; that it is of this key is what counts.
          verifyErasure(erasure, { keyId: share.keyId, epoch: erasure.epoch, epochNo: erasure.epochNo, parties }, identity.verify)
        } catch (error) {
          return log('warn', 'erasure.refused', { from, seat: erasure.seat, code: asPoolError(error).code })
        }
        // Of a share that a later generation has replaced, nobody needs to know.
        if (erasure.reason !== 'destroyed') continue
        await ledger.update({ erasures: [...ledger.facts.erasures, erasure] })
        log('warn', 'erasure.noted', { seat: erasure.seat, epochNo: erasure.epochNo })
      }
    },
    tell(peer) {
      const { erasures } = ledger.facts
      if (erasures.length > 0) ports.say(peer, { kind: 'erased', erasures: [...erasures] })
    },
  }
}

/** Members that have destroyed their share of this key. */
export const erasedSeats = (ledger: KeyLedger, keyId: Bytes): number[] =>
  ledger.facts.erasures.filter(erasure => equal(erasure.keyId, keyId)).map(erasure => erasure.seat)
