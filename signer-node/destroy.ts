/**
 * Destroys the share of a member whose signer does not run: the guard is told first, then the vault is emptied, then that is signed. A crash in between is
 * finished by the next start of the signer, which also tells the others.
 * @module
 */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Bytes, hex, wipe } from '../core/bytes.ts'
import { identityFromSeed, verifyIdentity } from '../core/envelope/identity.ts'
import { PoolError } from '../core/errors.ts'
import { createErasures } from '../core/member/erasures.ts'
import { openKeyLedger } from '../core/member/key-ledger.ts'
import { type Pool, poolHash } from '../core/proposal/pool.ts'
import { decodeShare, erasureCodec, sealingKey } from '../core/threshold/index.ts'
import { openGuard, openGuardBeside } from './guard-db.ts'
import { nodeClock } from './node-clock.ts'
import { openVault } from './vault-file.ts'

export interface DestroyInput {
  readonly vault: string
  /** The caller wipes it. */
  readonly passphrase: Bytes
  readonly pool: Pool
}

/** Seats that are known to have destroyed their shares; none where there is no guard. @throws {PoolError} `guard-*` */
export async function erasedSeatsOffline(vault: string, pool: Pool): Promise<readonly number[]> {
  const file = join(dirname(realpathSync(vault)), 'guard.db')
  if (!existsSync(file)) return []
  const guard = openGuard(file, poolHash(pool))
  try {
    return (await openKeyLedger(guard)).facts.erasures.map(erasure => erasure.seat)
  } finally {
    guard.close()
  }
}

/**
 * Gives the proof of erasure, hex.
 * @throws {PoolError} `no-key`, `key-destroyed`, `not-a-member`, `vault-*`, `guard-*`
 */
export async function destroyOffline({ vault: path, passphrase, pool }: DestroyInput): Promise<`0x${string}`> {
  const vault = await openVault(path, passphrase)
  const identity = identityFromSeed(vault.identitySeed)
  try {
    const seat = pool.members.find(member => member.identity === vault.entry.identity)?.seat
    if (seat === undefined) throw new PoolError('not-a-member', { identity: vault.entry.identity })
    const guard = await openGuardBeside(vault, join(dirname(realpathSync(path)), 'guard.db'), pool, { ...nodeClock, log: () => {} })
    try {
      const ledger = await openKeyLedger(guard)
      const { destroyed } = ledger.facts
      const bytes = vault.activeShare()
      if (bytes === undefined)
        throw destroyed === undefined ? new PoolError('no-key', { vault: path }) : new PoolError('key-destroyed', { epochNo: destroyed.epochNo })
      const sealing = sealingKey(vault.identitySeed)
      const share = decodeShare(bytes, sealing)
      wipe(sealing, bytes)
      const signing = { sign: (message: Bytes) => identity.sign(message), verify: verifyIdentity }
      const ports = { pool, seat, vault, ledger, identity: signing, clock: nodeClock, log: () => {}, share: () => share, say: () => {} }
      await createErasures(ports).destroy(share, async () => share.wipe())
      const proof = ledger.facts.erasures.find(erasure => erasure.seat === seat)
      if (proof === undefined) throw new PoolError('internal', { reason: 'no proof of erasure' })
      return hex(erasureCodec.encode(proof))
    } finally {
      guard.close()
    }
  } finally {
    identity.wipe()
    vault.close()
  }
}
