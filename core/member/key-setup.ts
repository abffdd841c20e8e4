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

/** ms between a key generation that failed and the next one. */
const RETRY = 2_000

export interface KeySetup {
  readonly share: KeyShare | undefined
  /** What this member says of itself in `status`. */
  state(): Pick<RoomMessageOf<'status'>, 'keyId' | 'pendingEpoch' | 'generating'>
  /** A peer's status: may start key generation here, or hand the peer a certificate. */
  heard(from: number, status: RoomMessageOf<'status'>): void
  /** A room session with this peer was opened, for the first time or anew; `seats` are all peers with one. */
  appeared(peer: number, seats: readonly number[]): void
  /** Who can be reached has changed. */
  look(): void
  invited(from: number, message: RoomMessageOf<'keygen'>): void
  certificate(message: RoomMessageOf<'keyCertificate'>): Promise<void>
}

export function createKeySetup(input: {
  pool: Pool
  seat: number
  vault: Vault
  /** Seals this member's stored shares, 32 bytes. */
  sealing: Uint8Array
  clock: Clock
  log: Log
  ceremonies: CeremonyHost
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
  /** An invitation that came while another one was followed. */
  let next: Uint8Array | undefined
  const stored = vault.activeShare()
  let share = stored === undefined ? undefined : decodeShare(stored, sealing)

  async function take(finished: KeyShare): Promise<void> {
    if (share !== undefined) return
    await vault.saveActive(encodeShare(finished, sealing))
    share = finished
    log('info', 'key.active', { account: finished.address, keyId: hex(finished.keyId) })
    await input.ready(finished)
    await vault.dropPending()
  }

  function generate(ceremony: Uint8Array): void {
    if (running !== undefined || share !== undefined) return
    const run = input.ceremonies.run({ kind: 'keygen', id: ceremony, seats: all, payload: new Uint8Array(32) }, ctx =>
      keygen(ctx, { threshold: pool.threshold }),
    )
    running = { ceremony, stop: run.stop }
    run.result.then(
      finished =>
        input.later(async () => {
          running = undefined
          next = undefined
          await take(finished)
        }),
      error =>
        input.later(() => {
          running = undefined
          const problem = asPoolError(error)
          log('error', 'keygen.failed', { code: problem.code, reason: problem.message, culprits: problem.culprits.map(culprit => culprit.party) })
          input.changed()
          const invitation = next
          next = undefined
          if (invitation !== undefined) generate(invitation)
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
      const pendingEpoch = share === undefined && pending !== undefined ? decodeShare(pending, sealing).epoch : undefined
      return { keyId: share?.keyId, pendingEpoch, generating: running?.ceremony }
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
      if (share !== undefined && status.keyId === undefined && status.pendingEpoch !== undefined)
        input.say(from, { kind: 'keyCertificate', certificate: keyCertificateCodec.encode(keyCertificateOf(share)) })
      // Somebody has a key: nothing can come of making another one.
      if (share === undefined && status.keyId !== undefined) running?.stop()
      propose()
    },
    invited(from, { ceremony }) {
      if (from !== lowest || share !== undefined) return
      if (running === undefined) generate(ceremony)
      else if (!equal(running.ceremony, ceremony)) {
        next = ceremony
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
