/**
 * What a member does for the pool that takes over its account: it is a member there too, or deals and leaves.
 * @module
 */
import { mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hex } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import { createDealer } from '../core/member/dealer.ts'
import { createMember, type Member, type MemberInput } from '../core/member/member.ts'
import type { ParentMember } from '../core/member/retirement.ts'
import { type Pool, poolHash } from '../core/proposal/pool.ts'
import { dialRelay } from './dial.ts'
import { openGuardBeside } from './guard-db.ts'
import { nextVaultPath, openNextVault } from './next-home.ts'
import { hedgedRandom } from './random.ts'
import type { OpenVault } from './vault-file.ts'

export interface NextPoolInput {
  readonly pool: Pool
  readonly relayUrl: string
  readonly parent: ParentMember
  readonly vault: OpenVault
  readonly vaultPath: string
  /** Owned by the caller. */
  readonly passphrase: Uint8Array
  /** What is the same for both pools. */
  readonly ports: Pick<MemberInput, 'l1' | 'clock' | 'random' | 'log' | 'deflate' | 'onEvent' | 'onReport'>
}

export interface NextPoolPart {
  /** Seat in the next pool; undefined for who leaves. */
  readonly seat: number | undefined
  /** Undefined for who leaves. */
  readonly member: Member | undefined
  stop(): Promise<void>
}

/**
 * Starts it. The vault and guard of the next pool are kept in a folder of their own beside the present ones (next-home.ts).
 * @throws {PoolError} `wrong-parent` when the file does not name the present pool as its parent; `vault-*`, `guard-*`
 */
export async function startNextPool(input: NextPoolInput): Promise<NextPoolPart> {
  const { pool, parent, relayUrl, vault, ports } = input
  const wanted = hex(poolHash(parent.pool))
  if (pool.parent?.pool !== wanted) throw new PoolError('wrong-parent', { expected: wanted, got: pool.parent?.pool })
  const line = { dial: dialRelay(relayUrl), relayOrigin: new URL(relayUrl).origin }
  if (!pool.members.some(member => member.identity === vault.entry.identity)) {
    const dealer = await createDealer({
      ...line,
      pool: { ...pool, parent: pool.parent },
      parent,
      identitySeed: vault.identitySeed.slice(),
      clock: ports.clock,
      random: ports.random,
      log: ports.log,
      onChange() {},
    })
    dealer.start()
    return { seat: undefined, member: undefined, stop: () => dealer.stop() }
  }
  const path = nextVaultPath(realpathSync(input.vaultPath), pool)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const closers: (() => void)[] = []
  const close = (): void => {
    for (const undo of closers.splice(0).reverse()) undo()
  }
  try {
    const ownVault = await openNextVault(vault, path, input.passphrase)
    closers.push(() => ownVault.close())
    const guard = await openGuardBeside(ownVault, join(dirname(path), 'guard.db'), pool, { ...ports.clock, log: ports.log })
    closers.push(() => guard.close())
    const hedged = hedgedRandom({ longTermSecret: ownVault.identitySeed, counter: await guard.nextCounter() })
    closers.push(() => hedged.wipe())
    const member = await createMember({ ...ports, ...line, pool, vault: ownVault, guard, random: hedged.random, parent })
    await member.start()
    return {
      seat: member.seat,
      member,
      async stop() {
        await member.stop()
        close()
      },
    }
  } catch (error) {
    close()
    throw error
  }
}
