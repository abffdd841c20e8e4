/**
 * New shares for a running pool: any member may open a refresh among all of them, by hand, by its schedule, or because its own share came back from a backup. The
 * pool signs on with the old generation until this member has the certificates of all for the new one on disk. Whoever misses some is handed the full
 * set by those that have it (docs/agreement.md, Generations of shares).
 * @module
 */
import { type Bytes, concat, equal, hex, u32be } from '../bytes.ts'
import { asPoolError, isPoolError, PoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { type Generation, settle } from '../threshold/generations.ts'
import {
  activate,
  decodeShare,
  type KeyCertificate,
  type KeyShare,
  keyCertificateCodec,
  keyCertificateOf,
  verifyCertificates,
} from '../threshold/index.ts'
import { generationOf } from '../threshold/share-codec.ts'
import type { Burns } from './burns.ts'
import type { CeremonyHost } from './ceremonies.ts'
import { erasedSeats } from './erasures.ts'
import type { KeyLedger } from './key-ledger.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, Log, Vault } from './ports.ts'
import { type RefreshProtocol, untilDurable } from './refresh-protocol.ts'
import { dropObsolete, isFull, pendingOf } from './stored-shares.ts'

/** Refreshes that a member asks for by itself: whenever one of the two is due, and no pair is burned. */
export interface RefreshPolicy {
  readonly everyBatches?: number | undefined
  readonly everyDays?: number | undefined
}

/** How far a new `epochNo` may be above the highest that a member knows of its own: a liar cannot use all numbers up. */
const MAX_STEP = 1_024
/** Refreshes that a member opens for another one in `PERIOD` ms: each costs everybody seconds of work. */
const MAX_OPENED = 20
const PERIOD = 3_600_000
/** ms until a restored member asks again after a refresh that came to nothing: doubled each time. */
const FIRST_RETRY = 5_000
const LAST_RETRY = 600_000

export interface RefreshPorts {
  readonly pool: Pool
  readonly seat: number
  readonly vault: Vault
  /** Seals this member's stored shares, 32 bytes. */
  readonly sealing: Bytes
  readonly clock: Clock
  readonly log: Log
  readonly random: (length: number) => Bytes
  readonly ceremonies: Pick<CeremonyHost, 'run' | 'unused'>
  /** The protocol. */
  readonly refresh: RefreshProtocol
  readonly verify: (key: Bytes, message: Bytes, signature: Bytes) => boolean
  readonly ledger: KeyLedger
  readonly burns: Burns
  readonly policy: RefreshPolicy | undefined
  /** The active share. */
  share(): KeyShare | undefined
  /** Seats that can be reached now; a hint. */
  online(): ReadonlySet<number>
  /** Next height that L1 has not taken, by this member's view. */
  nextHeight(): number
  say(to: number | 'all', message: RoomMessage): void
  /** Makes a later generation the active one, on disk and then in memory. */
  activate(share: KeyShare): Promise<void>
  /** What this member says of itself has changed: this peer is to be told, or all of them. */
  changed(to: number | 'all'): void
  later(task: () => Promise<void> | void): void
}

export interface Refresh {
  /** The ceremony that this member is in. */
  readonly running: Bytes | undefined
  /** Set when all members have a later generation of which this one has no share. */
  readonly superseded: number | undefined
  /**
   * Opens a refresh; resolves when this member has activated a later generation.
   * @param operator a person asked for it.
   * @throws {PoolError} `no-key`, `share-superseded`, `refresh-refused` with the reason and the seats, and what the ceremony throws.
   */
  start(operator: boolean): Promise<void>
  /** The proposer of a height may be due to ask by its schedule. */
  schedule(height: number, proposer: number): void
  /** A room session with this peer was opened, perhaps anew. */
  appeared(peer: number): void
  heard(from: number, status: RoomMessageOf<'status'>): void
  invited(from: number, message: RoomMessageOf<'refresh'>): void
  refused(from: number, message: RoomMessageOf<'refreshRefused'>): void
  /** A full set of certificates. */
  certificate(message: RoomMessageOf<'keyCertificate'>): Promise<void>
  /** Who can be reached has changed. */
  look(): void
  /** False for a peer that cannot sign with this member now: its share is of another generation, restored or erased. */
  fit(peer: number): boolean
}

interface Running {
  readonly ceremony: Bytes
  readonly epochNo: number
  /** Who opened it. */
  readonly from: number
  /** The channel is open. */
  begun: boolean
  /** Why it ends before its time. */
  failure?: PoolError
  stop(): void
}

interface Objection {
  readonly reason: string
  readonly peers?: readonly number[] | undefined
}

export function createRefresh(ports: RefreshPorts): Refresh {
  const { pool, seat, vault, sealing, clock, log, ledger } = ports
  const all = pool.members.map(member => member.seat)
  const others = all.filter(other => other !== seat)
  const statuses = new Map<number, RoomMessageOf<'status'>>()
  /** Peers that were here before, and have not said since they came back where they stand. */
  const returned = new Set<number>()
  let running: Running | undefined
  let superseded: number | undefined
  /** Those who have asked for this generation or a later one. */
  let waiters: { epochNo: number; resolve(): void; reject(error: PoolError): void }[] = []
  /** When each peer has opened one, ms. */
  const opened = new Map<number, readonly number[]>()
  let askedAt = -1
  let retry = FIRST_RETRY
  let restUntil = 0

  const refusal = ({ reason, peers = [] }: Objection, by?: number): PoolError => new PoolError('refresh-refused', { reason, seats: peers, by })

  function arrived(epochNo: number): void {
    const woken = waiters.filter(waiter => waiter.epochNo <= epochNo)
    waiters = waiters.filter(waiter => !woken.includes(waiter))
    for (const waiter of woken) waiter.resolve()
  }

  function disappoint(error: PoolError): void {
    const woken = waiters
    waiters = []
    for (const waiter of woken) waiter.reject(error)
  }

  const isOfEpoch = (status: RoomMessageOf<'status'>, share: KeyShare): boolean => status.epoch !== undefined && equal(status.epoch, share.epoch)

  /** What any member has against a refresh of its active share. */
  function objection(share: KeyShare, operator: boolean): Objection | undefined {
    const erased = erasedSeats(ledger, share.keyId)
    if (erased.length > 0) return { reason: 'key-destroyed', peers: erased }
    if (isFull(vault)) return { reason: 'too-many-pending', peers: [seat] }
    const over = ledger.overLimit(clock.now())
    // Who is burned, then who has burned it: one of the two has to go.
    const accusers = ledger.facts.notices.filter(notice => over.includes(notice.peer)).map(notice => notice.seat)
    if (over.length > 0) return { reason: 'lifted-too-often', peers: [...new Set([...over, ...accusers])] }
    const burned = ports.burns.pairs()
    if (!operator && burned.length > 0) return { reason: 'burned', peers: [...new Set(burned.flatMap(({ pair }) => pair))] }
    return undefined
  }

  /** Seats that are not here, by what this member knows. */
  const missing = (): number[] => others.filter(other => !ports.online().has(other) || statuses.get(other)?.epoch === undefined)

  const ownHighest = (share: KeyShare): number => Math.max(share.epochNo, ...pendingOf(vault).map(({ epochNo }) => epochNo))

  /** Above every generation that any member has. */
  function nextEpochNo(share: KeyShare): number {
    const own = ownHighest(share)
    const theirs = [...statuses.values()].flatMap(status => [status.epochNo, ...status.pending.map(({ epochNo }) => epochNo)])
    return Math.max(own, ...theirs.filter(epochNo => epochNo < own + MAX_STEP)) + 1
  }

  function obstacle(operator: boolean): PoolError | undefined {
    const share = ports.share()
    if (share === undefined) return new PoolError('no-key')
    if (superseded !== undefined) return new PoolError('share-superseded', { own: share.epochNo, others: superseded })
    if (running !== undefined) return refusal({ reason: 'running' })
    const wrong = objection(share, operator)
    if (wrong !== undefined) return refusal(wrong)
    const elsewhere = others.filter(other => {
      const status = statuses.get(other)
      return status?.epoch !== undefined && !isOfEpoch(status, share)
    })
    if (elsewhere.length > 0) return refusal({ reason: 'wrong-epoch', peers: elsewhere })
    const away = missing()
    return away.length > 0 ? refusal({ reason: 'missing', peers: away }) : undefined
  }

  function follow(from: number, ceremony: Bytes, epochNo: number, share: KeyShare): void {
    const entry: Running = { ceremony, epochNo, from, begun: false, stop: () => run.stop() }
    // Who means another generation never gets a channel.
    const payload = concat(new Uint8Array(28), u32be(epochNo))
    const run = ports.ceremonies.run({ kind: 'refresh', id: ceremony, seats: all, payload, key: share }, ctx => {
      entry.begun = true
      return untilDurable(ctx, journalled => ports.refresh(journalled, share, { epochNo }))
    })
    running = entry
    // Who has opened another one gets what it asked for by this one.
    for (const waiter of waiters) waiter.epochNo = Math.min(waiter.epochNo, epochNo)
    log('info', 'refresh.open', { from, epochNo })
    ports.changed('all')
    run.result.then(
      finished => ports.later(() => take(finished)),
      error => ports.later(() => failed(entry, asPoolError(error))),
    )
  }

  function failed(entry: Running, error: PoolError): void {
    const problem = entry.failure ?? error
    const culprits = problem.culprits.map(culprit => culprit.party)
    log('warn', 'refresh.failed', { epochNo: entry.epochNo, code: problem.code, reason: problem.message, culprits })
    // Another one has taken its place.
    if (running !== entry) return
    // Nobody has to wait for this member.
    if (entry.failure === undefined) ports.say('all', { kind: 'refreshRefused', ceremony: entry.ceremony, reason: error.code, peer: culprits[0] })
    running = undefined
    ports.changed('all')
    disappoint(problem)
    restLater()
  }

  function restLater(): void {
    restUntil = clock.now() + retry
    clock.after(retry, () => ports.later(look))
    retry = Math.min(2 * retry, LAST_RETRY)
  }

  /** Makes a share with the certificates of all the active one. Signatures that run end with the old one, then it is erased. */
  async function take(share: KeyShare): Promise<void> {
    const old = ports.share()
    if (old === undefined || share.epochNo <= old.epochNo || !equal(old.keyId, share.keyId)) return share.wipe()
    await ports.activate(share)
    await dropObsolete(vault, share)
    await ledger.settle(share, clock.now(), ports.nextHeight())
    log('info', 'key.refreshed', { epochNo: share.epochNo, epoch: hex(share.epoch) })
    superseded = undefined
    retry = FIRST_RETRY
    // Others were faster: its certificates came from them.
    if (running !== undefined && running.epochNo <= share.epochNo) {
      const over = running
      running = undefined
      over.stop()
    }
    ports.changed('all')
    arrived(share.epochNo)
    void ports.ceremonies.unused(old).then(() => old.wipe())
  }

  /** A stored share with the certificates of all. */
  function activated(bytes: Bytes, certificate: KeyCertificate): KeyShare {
    const pending = decodeShare(bytes, sealing)
    try {
      return activate(pending, certificate, ports.verify)
    } catch (error) {
      pending.wipe()
      throw error
    }
  }

  const sendCertificate = (to: number, share: KeyShare): void =>
    ports.say(to, { kind: 'keyCertificate', certificate: keyCertificateCodec.encode(keyCertificateOf(share)) })

  /** A set of certificates that is full, of this key and of these members, says what all of them have. */
  function isOfPool(certificate: KeyCertificate, share: KeyShare): boolean {
    const same = certificate.parties.length === share.parties.length && equal(certificate.keyId, share.keyId)
    return (
      same &&
      share.parties.every(({ index, identity }, at) => {
        const other = certificate.parties[at]
        return other?.index === index && equal(other.identity, identity)
      })
    )
  }

  /** A restored member asks by itself once everyone is here: its operator has restored it on purpose. */
  function look(): void {
    const share = ports.share()
    if (share?.restored !== true || running !== undefined || superseded !== undefined || clock.now() < restUntil || missing().length > 0) return
    start(true).catch((error: unknown) => {
      log('warn', 'refresh.not-now', { code: asPoolError(error).code, reason: asPoolError(error).message })
      if (clock.now() >= restUntil) restLater()
    })
  }

  function start(operator: boolean): Promise<void> {
    const problem = obstacle(operator)
    const share = ports.share()
    if (problem !== undefined || share === undefined) return Promise.reject(problem ?? new PoolError('no-key'))
    const ceremony = ports.random(32)
    const epochNo = nextEpochNo(share)
    const done = new Promise<void>((resolve, reject) => waiters.push({ epochNo, resolve, reject }))
    ports.say('all', { kind: 'refresh', ceremony, epoch: share.epoch, epochNo, operator })
    follow(seat, ceremony, epochNo, share)
    return done
  }

  const recentOf = (peer: number): readonly number[] => (opened.get(peer) ?? []).filter(at => clock.now() - at < PERIOD)

  /** What this member has against an invitation. */
  function against(from: number, { epoch, epochNo, operator }: RoomMessageOf<'refresh'>, share: KeyShare | undefined): Objection | undefined {
    if (ledger.facts.destroyed !== undefined) return { reason: 'key-destroyed' }
    if (share === undefined) return { reason: 'no-key' }
    if (superseded !== undefined) return { reason: 'share-superseded' }
    if (!equal(epoch, share.epoch)) return { reason: 'wrong-epoch' }
    if (recentOf(from).length >= MAX_OPENED) return { reason: 'too-many', peers: [from] }
    const own = ownHighest(share)
    if (epochNo <= own || epochNo > own + MAX_STEP) return { reason: 'epoch-taken' }
    // What it has heard of generations of others may be old, or a lie: whoever is elsewhere does not join.
    return objection(share, operator)
  }

  return {
    get running() {
      return running?.ceremony
    },
    get superseded() {
      return superseded
    },
    start,
    look,
    schedule(height, proposer) {
      const { policy } = ports
      const { since } = ledger.facts
      if (policy === undefined || since === undefined || running !== undefined || proposer !== seat || askedAt === height) return
      const byBatches = policy.everyBatches !== undefined && height >= since.height + policy.everyBatches
      const byDays = policy.everyDays !== undefined && clock.now() >= since.at + policy.everyDays * 86_400_000
      if (!byBatches && !byDays) return
      askedAt = height
      start(false).catch((error: unknown) => {
        log('warn', 'refresh.not-now', { code: asPoolError(error).code, reason: asPoolError(error).message })
      })
    },
    appeared(peer) {
      // Who has said nothing yet has lost nothing either.
      if (statuses.delete(peer)) returned.add(peer)
    },
    heard(from, status) {
      statuses.set(from, status)
      const wasAway = returned.delete(from)
      // A peer that was started again has lost the keys of the ceremony: that cannot end well any more.
      if (wasAway && running !== undefined && (status.generating === undefined || !equal(status.generating, running.ceremony))) running.stop()
      const share = ports.share()
      if (share === undefined || status.epoch === undefined || status.keyId === undefined || !equal(status.keyId, share.keyId)) return
      if (status.epochNo < share.epochNo) sendCertificate(from, share)
      // It is to hear what is missing here: then it hands over the certificates.
      else if (status.epochNo > share.epochNo) ports.changed(from)
      look()
    },
    invited(from, message) {
      const share = ports.share()
      const { ceremony, epochNo } = message
      if (running !== undefined && equal(running.ceremony, ceremony)) return
      const wrong = against(from, message, share)
      // Of two that were opened at once, that of the lower seat goes on.
      const busy = running !== undefined && (running.begun || running.from <= from)
      if (wrong !== undefined || busy || share === undefined) {
        const { reason, peers = [] } = wrong ?? { reason: 'running' }
        log('info', 'refresh.refused', { from, epochNo, reason, seats: peers })
        return ports.say(from, { kind: 'refreshRefused', ceremony, reason, peer: peers[0] })
      }
      opened.set(from, [...recentOf(from), clock.now()])
      const before = running
      follow(from, ceremony, epochNo, share)
      before?.stop()
    },
    refused(from, { ceremony, reason, peer }) {
      if (running === undefined || !equal(running.ceremony, ceremony)) return
      const entry = running
      entry.failure = refusal({ reason, peers: peer === undefined ? [] : [peer] }, from)
      // Everyone hears it from who has opened it.
      if (entry.from === seat) ports.say('all', { kind: 'refreshRefused', ceremony, reason, peer })
      entry.stop()
    },
    async certificate(message) {
      const share = ports.share()
      if (share === undefined) return
      try {
        const certificate = keyCertificateCodec.decode(message.certificate)
        const pending = vault.pendingShares().map(bytes => ({ ...generationOf(bytes), bytes }))
        const { verdict, active } = settle<Generation & { bytes?: Bytes }>({ active: share, pending }, certificate)
        if (verdict === 'activate' && active?.bytes !== undefined) await take(activated(active.bytes, certificate))
        if (verdict !== 'behind' || !isOfPool(certificate, share)) return
        verifyCertificates(certificate, ports.verify)
        if (certificate.epochNo <= (superseded ?? 0)) return
        superseded = certificate.epochNo
        log('error', 'share.superseded', { own: share.epochNo, others: superseded })
        ports.changed('all')
      } catch (error) {
        if (!isPoolError(error)) throw error
        log('warn', 'certificate.refused', { code: error.code })
      }
    },
    fit(peer) {
      const share = ports.share()
      const status = statuses.get(peer)
      if (share === undefined) return false
      if (peer === seat) return !share.restored && superseded === undefined
      if (erasedSeats(ledger, share.keyId).includes(peer)) return false
      if (status?.epoch === undefined) return true
      return !status.restored && (superseded === undefined ? isOfEpoch(status, share) : status.epochNo === superseded)
    },
  }
}
