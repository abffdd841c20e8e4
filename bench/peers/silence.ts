/**
 * Silence Laboratories' package: DKLs23 in WASM. Called as its README shows.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { Platform, Sample } from '../jobs.ts'
import { type Peer, seatsTo } from './peer.ts'

interface Message {
  readonly from_id: number
  readonly to_id?: number
  readonly payload: Bytes
  clone(): Message
}
interface Keyshare {
  toBytes(): Bytes
}
interface KeygenSession {
  createFirstMessage(): Message
  calculateChainCodeCommitment(): Bytes
  handleMessages(messages: Message[], commitments?: Bytes[]): Message[]
  keyshare(): Keyshare
}
interface SignSession {
  createFirstMessage(): Message
  handleMessages(messages: Message[]): Message[]
  lastMessage(hash: Bytes): Message
  combine(messages: Message[]): Bytes[]
}
interface Package {
  readonly KeygenSession: new (participants: number, threshold: number, party: number) => KeygenSession
  readonly SignSession: new (share: Keyshare, path: string) => SignSession
  readonly Keyshare: { fromBytes(bytes: Bytes): Keyshare }
}

const fromOthers = (messages: readonly Message[], party: number): Message[] =>
  messages.filter(message => message.from_id !== party).map(message => message.clone())
const toParty = (messages: readonly Message[], party: number): Message[] =>
  messages.filter(message => message.to_id === party).map(message => message.clone())

/** Bytes of party 0 towards party 1. */
const bytesOut = (...rounds: readonly Message[][]): number =>
  rounds
    .flat()
    .filter(message => message.from_id === 0 && (message.to_id ?? 1) === 1)
    .reduce((sum, message) => sum + message.payload.length, 0)

export const silence: Peer = {
  id: 'silence',
  package: { name: '@silencelaboratories/dkls-wasm-ll-node', version: '1.1.2', licence: 'SLL (non-commercial)' },
  async open(load) {
    const { default: api } = (await load('@silencelaboratories/dkls-wasm-ll-node')) as { default: Package }
    const kept = new Map<string, Bytes[]>()

    function generate(threshold: number, members: number): Bytes[] {
      const parties = seatsTo(members).map(seat => new api.KeygenSession(members, threshold, seat))
      const first = parties.map(party => party.createFirstMessage())
      const second = parties.flatMap((party, seat) => party.handleMessages(fromOthers(first, seat)))
      const commitments = parties.map(party => party.calculateChainCodeCommitment())
      const third = parties.flatMap((party, seat) => party.handleMessages(toParty(second, seat)))
      const fourth = parties.flatMap((party, seat) => party.handleMessages(toParty(third, seat), commitments))
      for (const [seat, party] of parties.entries()) party.handleMessages(fromOthers(fourth, seat))
      return parties.map(party => party.keyshare().toBytes())
    }

    /** Stored shares of a key, made once. */
    function sharesOf(threshold: number, members: number): Bytes[] {
      const key = `${threshold} ${members}`
      const shares = kept.get(key) ?? generate(threshold, members)
      kept.set(key, shares)
      return shares
    }

    function sign(signers: number, count: number, platform: Platform): { whole: Sample; online: Sample } {
      const shares = sharesOf(signers, Math.max(3, signers))
      let [before, after, bytesPerDirection] = [0, 0, 0]
      for (let i = 0; i < count; i++) {
        // A session takes its share with it. Reading the stored one again is not counted.
        const read = seatsTo(signers).map(seat => api.Keyshare.fromBytes(shares[seat] as Bytes))
        const stop = platform.watch()
        const parties = read.map(share => new api.SignSession(share, 'm'))
        const first = parties.map(party => party.createFirstMessage())
        const second = parties.flatMap((party, seat) => party.handleMessages(fromOthers(first, seat)))
        const third = parties.flatMap((party, seat) => party.handleMessages(toParty(second, seat)))
        for (const [seat, party] of parties.entries()) party.handleMessages(toParty(third, seat))
        before += stop()
        const online = platform.watch()
        const last = parties.map(party => party.lastMessage(new Uint8Array(32).fill(i + 1)))
        const signatures = parties.map((party, seat) => party.combine(fromOthers(last, seat)))
        after += online()
        if (signatures.some(([r, s]) => r?.length !== 32 || s?.length !== 32)) throw new Error('no signature')
        bytesPerDirection = bytesOut(first, second, third, last)
      }
      const each = count * signers
      return { whole: { ms: (before + after) / each, facts: { bytesPerDirection } }, online: { ms: after / each } }
    }

    return async (job, platform) => {
      switch (job.job) {
        case 'dkg': {
          const stop = platform.watch()
          generate(job.threshold, job.members)
          return { ms: stop() / job.members }
        }
        case 'sign':
          return sign(job.signers, job.count, platform).whole
        case 'online':
          return sign(job.signers, job.count, platform).online
        case 'share-size':
          return { facts: { bytesPerPeer: (sharesOf(2, 3)[0] as Bytes).length - (sharesOf(2, 2)[0] as Bytes).length } }
        default:
          return {}
      }
    }
  },
}
