/**
 * How a pool gets its key: the lowest seat opens key generation once every member is in the room without a key; a member that missed
 * the last certificates activates its pending share when a peer hands it the full set.
 * @module
 */
import { equal, fromHex, hex } from '../bytes.ts'
import { asPoolError, isPoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { activate, decodeShare, encodeShare, type KeyShare, keyCertificateCodec, keyCertificateOf, keygen } from '../threshold/index.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, Log, Vault } from './ports.ts'

export interface KeySetup {
  readonly share: KeyShare | undefined
  /** What this member says of itself in `status`. */
  state(): { keyId: Uint8Array | undefined; pendingEpoch: Uint8Array | undefined }
  /** A peer's status: may start key generation here, or hand the peer a certificate. */
  heard(from: number, status: RoomMessageOf<'status'>): void
  /** Peers with an open room session. */
  peers(seats: readonly number[]): void
  invited(from: number, message: RoomMessageOf<'keygen'>): void
  certificate(message: RoomMessageOf<'keyCertificate'>): Promise<void>
}

export function createKeySetup(input: {
  pool: Pool
  seat: number
  vault: Vault
  clock: Clock
  log: Log
  ceremonies: CeremonyHost
  random: (length: number) => Uint8Array
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  say(to: number | 'all', message: RoomMessage): void
  /** The share is active and stored. */
  ready(share: KeyShare): Promise<void>
  /** What `state` says has changed: the peers are to be told. */
  changed(): void
  later(task: () => Promise<void> | void): void
}): KeySetup {
  const { pool, seat, vault, log } = input
  const all = pool.members.map(member => member.seat)
  const others = all.filter(other => other !== seat)
  const lowest = Math.min(...all)
  const statuses = new Map<number, RoomMessageOf<'status'>>()
  let present: readonly number[] = []
  let running = false
  const stored = vault.activeShare()
  let share = stored === undefined ? undefined : decodeShare(stored)

  async function take(finished: KeyShare): Promise<void> {
    if (share !== undefined) return
    await vault.saveActive(encodeShare(finished))
    share = finished
    log('info', 'key.active', { account: finished.address, keyId: hex(finished.keyId) })
    await input.ready(finished)
    await vault.dropPending()
  }

  function generate(ceremony: Uint8Array): void {
    if (running || share !== undefined) return
    running = true
    const run = input.ceremonies.run({ kind: 'keygen', id: ceremony, seats: all, payload: new Uint8Array(32) }, ctx =>
      keygen(ctx, { threshold: pool.threshold }),
    )
    run.result.then(
      finished =>
        input.later(async () => {
          running = false
          await take(finished)
        }),
      error =>
        input.later(() => {
          running = false
          const problem = asPoolError(error)
          log('error', 'keygen.failed', { code: problem.code, reason: problem.message, culprits: problem.culprits.map(culprit => culprit.party) })
          input.changed()
          input.clock.after(2_000, () => input.later(propose))
        }),
    )
  }

  /** The lowest seat begins when everyone is here and nobody has a key. */
  function propose(): void {
    if (seat !== lowest || share !== undefined || running) return
    if (!others.every(other => present.includes(other) && statuses.has(other))) return
    if ([...statuses.values()].some(status => status.keyId !== undefined)) return
    const ceremony = input.random(32)
    input.say('all', { kind: 'keygen', ceremony })
    generate(ceremony)
  }

  return {
    get share() {
      return share
    },
    state() {
      const pending = vault.pendingShares()[0]
      return { keyId: share?.keyId, pendingEpoch: share === undefined && pending !== undefined ? decodeShare(pending).epoch : undefined }
    },
    peers(seats) {
      present = seats
      propose()
    },
    heard(from, status) {
      statuses.set(from, status)
      if (share !== undefined && status.keyId === undefined && status.pendingEpoch !== undefined && equal(status.pendingEpoch, share.epoch))
        input.say(from, { kind: 'keyCertificate', certificate: keyCertificateCodec.encode(keyCertificateOf(share)) })
      propose()
    },
    invited(from, { ceremony }) {
      if (from === lowest) generate(ceremony)
    },
    async certificate(message) {
      // A key generation that runs supersedes earlier ones: nobody had an active key when it began.
      if (share !== undefined || running) return
      try {
        const certificate = keyCertificateCodec.decode(message.certificate)
        for (const bytes of vault.pendingShares()) {
          const pending = decodeShare(bytes)
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
