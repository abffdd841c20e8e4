/**
 * In the room of a pool that takes over the account of its parent: who holds shares of the parent's key says so, the members get theirs by a reshare, and
 * then those of the parent promise, one by one, to be silent from some height on. With q promises this pool begins (docs/agreement.md, From one pool to the
 * next). What anybody says here is verified: certificates against the identities that the pool file names, promises by their own signatures.
 * @module
 */
import { type Bytes, equal, hex } from '../bytes.ts'
import { list } from '../codec.ts'
import { asPoolError, PoolError } from '../errors.ts'
import { DEALER_SEATS, type Pool, type PoolParent } from '../proposal/pool.ts'
import { type RosterEntry, rosterOf } from '../proposal/roster.ts'
import { isRetirement, type Retirement, retirementCodec, successionOf } from '../proposal/succession.ts'
import {
  accountAddress,
  type KeyCertificate,
  type KeyShare,
  keyCertificateCodec,
  keyCertificateOf,
  type reshare,
  verifyCertificates,
} from '../threshold/index.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { FirstKey } from './key-setup.ts'
import type { RoomMessage, RoomMessageOf } from './messages.ts'
import type { Clock, GuardStore, Log } from './ports.ts'
import type { ParentMember } from './retirement.ts'

export type Successor = Pool & { readonly parent: PoolParent }
export type TakeoverMessage = RoomMessageOf<'holder' | 'handOver' | 'retired' | 'waiting'>

/** The parent falls silent so many heights after the one at hand: long enough for everybody to hear of it. */
const AHEAD = 2
/** A request for a height beyond this many is not followed. */
const MOST_AHEAD = 64
/** ms that a member gives each one before it, of those who are here, to ask for the hand-over. */
const TURN = 30_000
/** Bytes of transactions in one message. */
const PORTION = 256 * 1024

export interface TakeoverInput {
  readonly pool: Successor
  /** This party's address in the room. */
  readonly address: number
  /** The same operator's member of the parent, if there is one here. */
  readonly parent: ParentMember | undefined
  /** Where promises are kept; absent for who only deals. */
  readonly guard: GuardStore | undefined
  readonly ceremonies: CeremonyHost
  readonly reshare: typeof reshare
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  say(to: number | 'all', message: RoomMessage): void
  /** Addresses that can be reached now; a hint. */
  online(): ReadonlySet<number>
  /** This member's active share; undefined before it has one, and for who only deals. */
  share(): KeyShare | undefined
  /** Highest number of a generation of this key that this member has, active or pending. */
  newest(): number
  /** Next height by this member's own view of L1, once it has one. */
  nextHeight(): number | undefined
  /** A raw transaction that waited in the parent. */
  accept(raw: Bytes): void
  /** The first ceremony may be possible now, or the turn may have come. */
  changed(): void
  /** Queues a task behind what this party is doing. */
  later(task: () => Promise<void> | void): void
}

export interface Takeover {
  readonly first: FirstKey
  /** The first height of this pool; undefined while fewer than q of the parent have promised. */
  readonly height: number | undefined
  /** Seats of the parent's members that have promised, and that have not. */
  readonly standing: { readonly retired: readonly number[]; readonly missing: readonly number[] }
  /** Reads what an earlier process was told. */
  load(): Promise<void>
  heard(from: number, status: RoomMessageOf<'status'>): void
  /** A full set of certificates, perhaps of this pool's key. */
  certificate(bytes: Bytes): void
  take(from: number, message: TakeoverMessage): Promise<void>
  /** A room session with this address was opened, for the first time or anew. */
  appeared(peer: number): void
  /** Something has changed: the own key, who is here, L1, what waits. */
  look(): Promise<void>
}

/** Other dealers were chosen. */
const APART = 'this party takes no part'

const promisesCodec = list(retirementCodec, 16)

export function createTakeover(input: TakeoverInput): Takeover {
  const { pool, address, parent, guard, log } = input
  const roster = rosterOf(pool)
  const entries = new Map(roster.map(entry => [entry.seat, entry]))
  const members = pool.members.map(member => member.seat).sort((a, b) => a - b)
  const dealers = roster.filter(entry => entry.parentSeat !== undefined).map(entry => entry.seat)
  /** The newest generation of the parent's key that a holder has shown. */
  let old: KeyCertificate | undefined
  /** Full certificates of this pool's key: every member has its share. */
  let fresh: KeyCertificate | undefined
  /** Epochs, by holder. */
  const holding = new Map<number, Bytes>()
  const statuses = new Map<number, RoomMessageOf<'status'>>()
  const promises = new Map<number, Retirement>()
  let height: number | undefined
  /** The height that this member has asked for, and the lowest that it was asked for. */
  let ordered: number | undefined
  let asked: number | undefined
  /** Since when every member has its share, by what they say. */
  let readySince: number | undefined
  let told = new Set<string>()
  const passedOn = new Set<string>()
  let finished = false

  const sayEverybody = (message: RoomMessage): void => {
    for (const to of first.audience) if (to !== address) input.say(to, message)
  }

  /** @throws {PoolError} what is wrong with the set, `wrong-key` when it is for another key or committee. */
  function check(key: KeyCertificate, threshold: number, committee: readonly { readonly seat: number; readonly identity: string }[]): void {
    const wanted = [...committee].sort((a, b) => a.seat - b.seat).map(({ seat, identity }) => `${seat} ${identity}`)
    const got = key.parties.map(({ index, identity }) => `${index} ${hex(identity)}`)
    const reason =
      String(wanted) !== String(got) || key.threshold !== threshold
        ? 'of another committee'
        : accountAddress(key.publicKey) !== pool.parent.account || hex(key.keyId) !== pool.parent.keyId
          ? 'of another account'
          : undefined
    if (reason !== undefined) throw new PoolError('wrong-key', { reason })
    verifyCertificates(key, input.verify)
  }

  const isSame = (a: KeyCertificate | undefined, b: KeyCertificate): boolean => a !== undefined && equal(a.epoch, b.epoch)

  function holder(from: number, message: RoomMessageOf<'holder'>): void {
    if (entries.get(from)?.parentSeat === undefined) throw new PoolError('not-a-member', { from })
    const key = keyCertificateCodec.decode(message.certificate)
    if (!isSame(old, key)) check(key, pool.parent.threshold, pool.parent.members)
    if (old === undefined || key.epochNo > old.epochNo) old = key
    holding.set(from, key.epoch)
    input.changed()
  }

  /** What this party says of itself as a holder. */
  function ownCertificate(): KeyCertificate | undefined {
    const share = parent?.share()
    return share === undefined ? undefined : keyCertificateOf(share)
  }

  function sayHolder(to: number): void {
    const key = ownCertificate()
    if (key === undefined) return
    input.say(to, { kind: 'holder', certificate: keyCertificateCodec.encode(key), nextHeight: parent?.nextHeight() ?? 0 })
  }

  /** The parent's key as this party knows it: its own share's generation counts too. */
  function knownKey(): KeyCertificate | undefined {
    const own = ownCertificate()
    if (own !== undefined && (old === undefined || own.epochNo > old.epochNo)) old = own
    if (own !== undefined) holding.set(address, own.epoch)
    return old
  }

  const seatBefore = (at: number): number => (entries.get(at) as RosterEntry).parentSeat as number

  const first: FirstKey = {
    audience: [...new Set([...members, ...dealers])],
    invite(ceremony, known) {
      const key = knownKey()
      if (key === undefined) return undefined
      const here = input.online()
      const able = dealers.filter(at => (at === address || here.has(at)) && equal(holding.get(at) ?? new Uint8Array(0), key.epoch))
      if (able.length < key.threshold) return undefined
      const used = [key.epochNo, input.newest(), ...[...known.values()].flatMap(status => status.pending.map(generation => generation.epochNo))]
      return { kind: 'reshare', ceremony, dealers: able.slice(0, key.threshold), epoch: key.epoch, epochNo: Math.max(...used) + 1 }
    },
    run(invitation) {
      if (invitation.kind !== 'reshare') return undefined
      const key = knownKey()
      const problem = key === undefined ? 'the parent’s key is not known here yet' : objection(invitation, key)
      if (key === undefined || problem !== undefined) {
        if (problem !== APART) log('warn', 'reshare.refused', { reason: problem })
        return undefined
      }
      const seats = [...new Set([...members, ...invitation.dealers])].sort((a, b) => a - b)
      const share = invitation.dealers.includes(address) ? parent?.share() : undefined
      const plan = { kind: 'reshare', id: invitation.ceremony, seats, payload: new Uint8Array(32), key } as const
      return input.ceremonies.run(plan, ctx =>
        input.reshare(ctx, share, {
          key,
          dealers: invitation.dealers.map(party => ({ party, index: seatBefore(party) })),
          members,
          threshold: pool.threshold,
          epochNo: invitation.epochNo,
        }),
      )
    },
  }

  function objection(invitation: RoomMessageOf<'reshare'>, key: KeyCertificate): string | undefined {
    const { dealers: chosen, epoch, epochNo } = invitation
    const ascending = chosen.every((at, i) => dealers.includes(at) && (i === 0 || at > (chosen[i - 1] as number)))
    if (!ascending || chosen.length !== key.threshold) return 'dealers'
    if (!equal(epoch, key.epoch)) return 'another generation of the parent’s key'
    if (epochNo <= key.epochNo || epochNo <= input.newest()) return 'the number of the generation is taken'
    if (!members.includes(address) && !chosen.includes(address)) return APART
    return chosen.includes(address) && parent?.share() === undefined ? 'this dealer has no share' : undefined
  }

  /** True when this is news. */
  function note(promise: Retirement): boolean {
    const known = promises.get(promise.seat)
    if ((known !== undefined && known.height <= promise.height) || !isRetirement(pool, promise)) return false
    promises.set(promise.seat, promise)
    const { retired, height: begins } = successionOf(pool, [...promises.values()])
    height = begins
    log('info', 'takeover.promise', { seat: promise.seat, height: promise.height, retired, begins })
    return true
  }

  async function keep(): Promise<void> {
    await guard?.saveFact('succession', promisesCodec.encode([...promises.values()]))
  }

  /** As one of the parent: promises once every new member has its share, and there is a height to promise. */
  async function promise(): Promise<void> {
    const next = parent?.nextHeight()
    if (parent === undefined || next === undefined || fresh === undefined) return
    const mine = promises.get(ownSeat())
    const heights = [...(asked === undefined ? [] : [asked]), ...[...promises.values()].map(other => other.height)]
    const lowest = Math.min(...heights.filter(wanted => wanted >= next))
    if (!Number.isFinite(lowest) || (mine !== undefined && mine.height <= lowest)) return
    try {
      note(await parent.promise(pool, lowest))
      await keep()
      sayEverybody({ kind: 'retired', promises: [...promises.values()] })
    } catch (error) {
      const { code, message } = asPoolError(error)
      if (!told.has(`${code} ${lowest}`)) log('warn', 'takeover.no-promise', { code, reason: message, height: lowest })
      told = told.add(`${code} ${lowest}`)
    }
  }

  const ownSeat = (): number => (entries.get(address) as RosterEntry).parentSeat ?? 0

  /** As the first member here, or when those before it have let their time pass: says from which height on the parent is to be silent. */
  function order(): void {
    const share = input.share()
    const next = input.nextHeight()
    if (share === undefined || next === undefined || height !== undefined) return
    const here = input.online()
    const isReady = members.every(seat => seat === address || statuses.get(seat)?.keyId !== undefined)
    if (!isReady) return
    const now = input.clock.now()
    readySince ??= now
    const place = members.filter(seat => seat === address || here.has(seat)).indexOf(address)
    if (now - readySince < place * TURN) return
    ordered ??= Math.min(...[...promises.values()].map(other => other.height), next + AHEAD)
    asked ??= ordered
    for (const at of dealers) if (at !== address) askOf(at)
  }

  function askOf(at: number): void {
    const key = `ask ${at}`
    if (ordered === undefined || told.has(key) || promises.has(seatBefore(at))) return
    told.add(key)
    input.say(at, { kind: 'handOver', height: ordered })
  }

  /** A leaving dealer may have missed the last certificates. */
  function showKey(at: number): void {
    const share = input.share()
    const key = `key ${at}`
    if (share === undefined || told.has(key)) return
    told.add(key)
    input.say(at, { kind: 'keyCertificate', certificate: keyCertificateCodec.encode(keyCertificateOf(share)) })
  }

  /** Once the parent is silent, what waits there is batched here. */
  function passOn(): void {
    const from = promises.get(ownSeat())?.height
    const next = parent?.nextHeight()
    if (parent === undefined || from === undefined || next === undefined || next < from) return
    const news = parent.waiting().filter(raw => !passedOn.has(hex(raw)))
    let portion: Bytes[] = []
    let size = 0
    const flush = (): void => {
      if (portion.length > 0) for (const member of members) if (member !== address) input.say(member, { kind: 'waiting', transactions: portion })
      portion = []
      size = 0
    }
    for (const raw of news) {
      passedOn.add(hex(raw))
      if (members.includes(address)) input.accept(raw)
      if (size + raw.length > PORTION) flush()
      portion.push(raw)
      size += raw.length
    }
    flush()
  }

  /** Nothing of the parent is needed once L1 has finalized the first height of this pool. */
  function finish(): void {
    if (finished || parent === undefined || height === undefined || !parent.isFinal(height)) return
    finished = true
    parent.erase().then(
      () => log('info', 'takeover.parent-erased'),
      (error: unknown) => log('error', 'takeover.parent-not-erased', { code: asPoolError(error).code }),
    )
  }

  return {
    first,
    get height() {
      return height
    },
    get standing() {
      const { retired, missing } = successionOf(pool, [...promises.values()])
      return { retired, missing }
    },
    async load() {
      const stored = await guard?.fact('succession')
      if (stored !== undefined) for (const known of promisesCodec.decode(stored)) note(known)
    },
    heard(from, status) {
      statuses.set(from, status)
    },
    certificate(bytes) {
      try {
        const key = keyCertificateCodec.decode(bytes)
        const parentKey = knownKey()
        if (fresh !== undefined || parentKey === undefined || key.epochNo <= parentKey.epochNo) return
        check(key, pool.threshold, pool.members)
        fresh = key
        input.later(() => promise())
      } catch (error) {
        log('warn', 'certificate.refused', { code: asPoolError(error).code })
      }
    },
    async take(from, message) {
      const isMember = from < DEALER_SEATS && members.includes(from)
      switch (message.kind) {
        case 'holder':
          try {
            return holder(from, message)
          } catch (error) {
            return log('warn', 'holder.refused', { from, code: asPoolError(error).code })
          }
        case 'handOver': {
          const next = parent?.nextHeight()
          if (!isMember || next === undefined || message.height > next + MOST_AHEAD) return
          asked = Math.min(asked ?? message.height, message.height)
          return promise()
        }
        case 'retired': {
          let news = false
          for (const one of message.promises) news = note(one) || news
          if (!news) return
          await keep()
          await promise()
          return input.changed()
        }
        case 'waiting':
          if (entries.get(from)?.parentSeat !== undefined && members.includes(address)) for (const raw of message.transactions) input.accept(raw)
          return input.changed()
      }
    },
    appeared(peer) {
      statuses.delete(peer)
      for (const key of [`ask ${peer}`, `key ${peer}`]) told.delete(key)
      sayHolder(peer)
      if (promises.size > 0) input.say(peer, { kind: 'retired', promises: [...promises.values()] })
      if (entries.get(peer)?.parentSeat !== undefined) showKey(peer)
      input.later(order)
    },
    async look() {
      const share = input.share()
      if (share !== undefined) {
        fresh ??= keyCertificateOf(share)
        for (const at of dealers) if (at !== address) showKey(at)
      }
      order()
      await promise()
      passOn()
      finish()
    },
  }
}
