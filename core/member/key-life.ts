/**
 * The life of a member's key after it was made: refreshes, burned pairs, shares that came back from a backup, shares that are destroyed.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import type { CeremonyContext } from '../ceremony/context.ts'
import type { ErrorCode } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { burnPeer, encodeShare, type KeyShare } from '../threshold/index.ts'
import { type Burns, createBurns } from './burns.ts'
import type { CeremonyHost } from './ceremonies.ts'
import { type CommandPorts, type MemberCommand, perform } from './commands.ts'
import { createErasures } from './erasures.ts'
import { openKeyLedger } from './key-ledger.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, GuardStore, Log, Vault } from './ports.ts'
import { createRefresh, type RefreshPolicy } from './refresh.ts'
import type { RefreshProtocol } from './refresh-protocol.ts'
import { dropObsolete, storePending } from './stored-shares.ts'

export interface KeyLifePorts {
  readonly pool: Pool
  readonly seat: number
  readonly vault: Vault
  /** Seals this member's stored shares, 32 bytes. */
  readonly sealing: Bytes
  readonly guard: Pick<GuardStore, 'fact' | 'saveFact'>
  readonly clock: Clock
  readonly log: Log
  readonly random: (length: number) => Bytes
  readonly identity: {
    sign(message: Bytes): Bytes
    verify(key: Bytes, message: Bytes, signature: Bytes): boolean
  }
  ceremonies(): Pick<CeremonyHost, 'run' | 'unused'>
  readonly refresh: RefreshProtocol
  readonly policy: RefreshPolicy | undefined
  /** The active share. */
  share(): KeyShare | undefined
  online(): ReadonlySet<number>
  nextHeight(): number
  say(to: number | 'all', message: RoomMessage): void
  /** The pair with this peer is burned: whatever was prepared with it is erased. */
  burned(peer: number): void
  /** A later generation is on disk: use it. */
  activated(share: KeyShare): Promise<void>
  /** Ends all that uses the share, takes it out of memory, and resolves when it is erased there. */
  forget(): Promise<void>
  /** What this member says of itself has changed. */
  changed(to: number | 'all'): void
  later(task: () => Promise<void> | void): void
}

/** What this part of a member takes from the room. */
export type KeyMessage = RoomMessageOf<'refresh' | 'refreshRefused' | 'burned' | 'erased'>

export interface KeyLife {
  /** For the ceremonies of this member. */
  readonly journal: CeremonyContext<KeyShare>['journal']
  /** This member has destroyed its share: it takes part in nothing that needs one, ever. */
  readonly destroyed: boolean
  /** What people are to know at once: why this member does not sign. */
  readonly problem: ErrorCode | undefined
  /** The refresh that this member is in. */
  readonly refreshing: Bytes | undefined
  /** True for a seat that can sign with nobody now. */
  unfit(seat: number): boolean
  apart: Burns['apart']
  /** The vault has an active share, perhaps since an earlier process. */
  started(): Promise<void>
  appeared(peer: number): void
  /** True when the peer says another generation than before. */
  heard(from: number, status: RoomMessageOf<'status'>): boolean
  take(from: number, message: KeyMessage): Promise<void>
  certificate(message: RoomMessageOf<'keyCertificate'>): Promise<void>
  look(): void
  /** The member looks at a height; `proposer` is who begins it. */
  tick(height: number, proposer: number | undefined): Promise<void>
  /** To be called in the queue; the answer comes outside of it. */
  command(command: MemberCommand): ReturnType<typeof perform>
}

/** Finishes what an earlier process has begun, so it has to be called before the vault is read. */
export async function openKeyLife(ports: KeyLifePorts): Promise<KeyLife> {
  const { pool, seat, vault, sealing, clock, log, random, identity, say, later } = ports
  const share = (): KeyShare | undefined => ports.share()
  const ledger = await openKeyLedger(ports.guard)
  const shared = { pool, seat, vault, ledger, identity, clock, log, share, say }

  /** One write after the other: what is written last is what is active. */
  let writing: Promise<void> = Promise.resolve()
  function write(task: () => Promise<void>): Promise<void> {
    writing = writing.catch(() => {}).then(task)
    return writing
  }

  function burn(peer: number, reason: ErrorCode): Promise<void> {
    ports.burned(peer)
    const now = share()
    if (now !== undefined) burnPeer(now, peer, reason)
    return write(async () => {
      const active = share()
      if (active === undefined) return
      burnPeer(active, peer, reason)
      await vault.saveActive(encodeShare(active, sealing))
    })
  }

  const erasures = createErasures(shared)
  const burns = createBurns({ ...shared, burn })
  const refreshes = createRefresh({
    ...shared,
    sealing,
    random,
    ceremonies: { run: (plan, protocol) => ports.ceremonies().run(plan, protocol), unused: old => ports.ceremonies().unused(old) },
    refresh: ports.refresh,
    verify: identity.verify,
    burns,
    policy: ports.policy,
    online: ports.online,
    nextHeight: ports.nextHeight,
    activate: next =>
      write(async () => {
        await vault.saveActive(encodeShare(next, sealing))
        await ports.activated(next)
      }),
    changed: ports.changed,
    later,
  })
  const epochs = new Map<number, number>()
  await erasures.resume()

  const commands: CommandPorts = {
    seat,
    vault,
    ledger,
    burns,
    refresh: refreshes,
    share,
    async destroy() {
      const active = share()
      if (active !== undefined) await erasures.destroy(active, ports.forget)
    },
  }

  return {
    journal: {
      pending: next => storePending(vault, sealing, share(), next),
      async burned(peer, reason) {
        log('error', 'peer.burned', { peer, reason })
        await burn(peer, reason)
        later(() => burns.publish())
      },
    },
    get destroyed() {
      return ledger.facts.destroyed !== undefined
    },
    get problem() {
      if (ledger.facts.destroyed !== undefined) return 'key-destroyed'
      if (refreshes.superseded !== undefined) return 'share-superseded'
      return share()?.restored === true ? 'share-restored' : undefined
    },
    get refreshing() {
      return refreshes.running
    },
    unfit: other => !refreshes.fit(other),
    apart: burns.apart,
    async started() {
      const active = share()
      if (active === undefined) return
      await dropObsolete(vault, active)
      await burns.enforce()
      await burns.publish()
    },
    appeared(peer) {
      refreshes.appeared(peer)
      burns.tell(peer)
      erasures.tell(peer)
    },
    heard(from, status) {
      const known = epochs.get(from)
      epochs.set(from, status.epochNo)
      refreshes.heard(from, status)
      return known !== undefined && known !== status.epochNo
    },
    async take(from, message) {
      switch (message.kind) {
        case 'refresh':
          return refreshes.invited(from, message)
        case 'refreshRefused':
          return refreshes.refused(from, message)
        case 'burned':
          return burns.heard(from, message)
        case 'erased':
          return erasures.heard(from, message)
      }
    },
    certificate: message => refreshes.certificate(message),
    look: () => refreshes.look(),
    async tick(height, proposer) {
      const active = share()
      if (active === undefined) return
      await ledger.settle(active, clock.now(), height)
      if (proposer !== undefined) refreshes.schedule(height, proposer)
    },
    command: command => perform(commands, command),
  }
}
