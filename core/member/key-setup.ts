/**
 * How the members of a pool get their first shares: the lowest seat opens the ceremony once every member is in the room without a key; a member that missed
 * the last certificates activates its pending share when a peer hands it the full set. The ceremony is key generation, or a reshare where the pool takes
 * over the account of another (takeover.ts).
 * @module
 */
import { equal, fromHex, hex } from '../bytes.ts'
import { asPoolError, isPoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { activate, decodeShare, encodeShare, type KeyShare, keyCertificateCodec, keyCertificateOf, keygen } from '../threshold/index.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { CeremonyRun } from './ceremony-plan.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, Log, Vault } from './ports.ts'
import { dropObsolete, pendingOf } from './stored-shares.ts'

/** ms between a key generation that failed and the next one. */
const RETRY = 2_000

/** What invites to a ceremony. */
export type Invitation = RoomMessageOf<'keygen' | 'reshare'>

/** The ceremony that gives a pool its first shares. */
export interface FirstKey {
  /** Addresses that are told of it: the members, and who deals to them. */
  readonly audience: readonly number[]
  /** What to say to everyone when all members are here without a key; undefined when something else is missing. */
  invite(ceremony: Uint8Array, statuses: ReadonlyMap<number, RoomMessageOf<'status'>>): Invitation | undefined
  /** Undefined when this member takes no part; who takes part without being a member resolves to undefined. */
  run(invitation: Invitation): CeremonyRun<KeyShare | undefined> | undefined
}

/** Key generation among all members. */
export const generation = (pool: Pool, ceremonies: CeremonyHost): FirstKey => ({
  audience: pool.members.map(member => member.seat),
  invite: ceremony => ({ kind: 'keygen', ceremony }),
  run: ({ kind, ceremony }) =>
    kind === 'keygen'
      ? ceremonies.run({ kind: 'keygen', id: ceremony, seats: pool.members.map(member => member.seat), payload: new Uint8Array(32) }, ctx =>
          keygen(ctx, { threshold: pool.threshold }),
        )
      : undefined,
})

export interface KeySetup {
  readonly share: KeyShare | undefined
  /** A later generation has taken the place of the share, or nothing has: it is destroyed. */
  replace(share: KeyShare | undefined): void
  /** What this member says of itself in `status`. */
  state(): Pick<RoomMessageOf<'status'>, 'keyId' | 'epoch' | 'epochNo' | 'pending' | 'generating'>
  /** A peer's status: may start key generation here, or hand the peer a certificate. */
  heard(from: number, status: RoomMessageOf<'status'>): void
  /** A room session with this peer was opened, for the first time or anew; `seats` are all peers with one. */
  appeared(peer: number, seats: readonly number[]): void
  /** Who can be reached has changed. */
  look(): void
  invited(from: number, message: Invitation): void
  certificate(message: RoomMessageOf<'keyCertificate'>): Promise<void>
}

export function createKeySetup(input: {
  pool: Pool
  seat: number
  vault: Pick<Vault, 'activeShare' | 'pendingShares' | 'saveActive' | 'dropPending'>
  /** Seals this member's stored shares, 32 bytes. */
  sealing: Uint8Array
  clock: Clock
  log: Log
  first: FirstKey
  random: (length: number) => Uint8Array
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  say(to: number | 'all', message: RoomMessage): void
  /** Seats that can be reached now; a hint. */
  online(): ReadonlySet<number>
  /** The share is active and stored. */
  ready(share: KeyShare): Promise<void>
  /** What `state` says has changed: the peers are to be told. */
  changed(): void
  later(task: () => Promise<void> | void): void
}): KeySetup {
  const { pool, seat, vault, sealing, log } = input
  const all = pool.members.map(member => member.seat)
  const others = all.filter(other => other !== seat)
  const lowest = Math.min(...all)
  const statuses = new Map<number, RoomMessageOf<'status'>>()
  let present: readonly number[] = []
  let running: { readonly ceremony: Uint8Array; stop(): void } | undefined
  /** One that came while another one was followed. */
  let next: Invitation | undefined
  const stored = vault.activeShare()
  let share = stored === undefined ? undefined : decodeShare(stored, sealing)

  async function take(finished: KeyShare): Promise<void> {
    if (share !== undefined) return
    await vault.saveActive(encodeShare(finished, sealing))
    share = finished
    log('info', 'key.active', { account: finished.address, keyId: hex(finished.keyId) })
    await input.ready(finished)
    await dropObsolete(vault, finished)
  }

  function follow(invitation: Invitation): void {
    if (running !== undefined || share !== undefined) return
    const run = input.first.run(invitation)
    if (run === undefined) return
    running = { ceremony: invitation.ceremony, stop: run.stop }
    run.result.then(
      finished =>
        input.later(async () => {
          running = undefined
          next = undefined
          if (finished !== undefined) await take(finished)
        }),
      error =>
        input.later(() => {
          running = undefined
          const problem = asPoolError(error)
          const culprits = problem.culprits.map(culprit => culprit.party)
          log('error', `${invitation.kind}.failed`, { code: problem.code, reason: problem.message, culprits })
          input.changed()
          const waiting = next
          next = undefined
          if (waiting !== undefined) follow(waiting)
          else input.clock.after(RETRY, () => input.later(propose))
        }),
    )
  }

  /** The lowest seat begins when everyone is here and nobody has a key. */
  function propose(): void {
    if (seat !== lowest || share !== undefined || running !== undefined) return
    const online = input.online()
    if (!others.every(other => present.includes(other) && online.has(other) && statuses.has(other))) return
    if ([...statuses.values()].some(status => status.keyId !== undefined)) return
    const invitation = input.first.invite(input.random(32), statuses)
    if (invitation === undefined) return
    for (const to of input.first.audience) if (to !== seat) input.say(to, invitation)
    follow(invitation)
  }

  return {
    get share() {
      return share
    },
    replace(next) {
      share = next
    },
    state() {
      const pending = pendingOf(vault).map(({ epoch, epochNo }) => ({ epoch, epochNo }))
      return { keyId: share?.keyId, epoch: share?.epoch, epochNo: share?.epochNo ?? 0, pending, generating: running?.ceremony }
    },
    appeared(peer, seats) {
      present = seats
      // What the peer says of itself comes next.
      statuses.delete(peer)
    },
    look: propose,
    heard(from, status) {
      // A peer that was started again has lost the keys of the ceremony: that cannot end well any more.
      const appeared = !statuses.has(from)
      statuses.set(from, status)
      const { generating } = status
      if (appeared && seat === lowest && running !== undefined && (generating === undefined || !equal(generating, running.ceremony))) running.stop()
      if (share !== undefined && status.keyId === undefined && status.pending.length > 0)
        input.say(from, { kind: 'keyCertificate', certificate: keyCertificateCodec.encode(keyCertificateOf(share)) })
      // Somebody has a key: nothing can come of making another one.
      if (share === undefined && status.keyId !== undefined && all.includes(seat)) running?.stop()
      propose()
    },
    invited(from, invitation) {
      if (from !== lowest || share !== undefined) return
      if (running === undefined) follow(invitation)
      else if (!equal(running.ceremony, invitation.ceremony)) {
        next = invitation
        running.stop()
      }
    },
    async certificate(message) {
      // A key generation that runs supersedes earlier ones: nobody had an active key when it began.
      if (share !== undefined || running !== undefined) return
      try {
        const certificate = keyCertificateCodec.decode(message.certificate)
        for (const bytes of vault.pendingShares()) {
          const pending = decodeShare(bytes, sealing)
          if (equal(pending.epoch, certificate.epoch)) await take(activate(pending, certificate, input.verify))
        }
      } catch (error) {
        if (!isPoolError(error)) throw error
        log('warn', 'certificate.refused', { code: error.code })
      }
    },
  }
}

/** The identity keys of a pool, by seat. */
export const identitiesOf = (pool: Pool): ReadonlyMap<number, Uint8Array> =>
  new Map(pool.members.map(member => [member.seat, fromHex(member.identity)]))
