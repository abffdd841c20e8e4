/**
 * 0xCarbon's package: DKLs23 in WASM. Its messages are objects, so that bytes are an estimate: hex strings as what they stand for, numbers and truth
 * values as one byte.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform, Sample } from '../jobs.ts'
import { type Peer, seatsTo } from './peer.ts'

interface Transmit {
  readonly parties: { readonly sender: number; readonly receiver: number }
}
type Kept = unknown
type Outcome<T> = { readonly Ok: T }
type Received = ReadonlyMap<number, unknown>

interface Package {
  initSync(module: Uint8Array): void
  phase1_wasm_binding(data: object): string[]
  phase2_wasm_binding(data: object, fragments: readonly unknown[]): [string, object, Kept, Transmit[], Kept, object]
  phase3_wasm_binding(data: object, zero: Kept, chain: Kept): [Kept, Transmit[], Kept, Transmit[], object]
  phase4_wasm_binding(
    data: object,
    point: string,
    proofs: readonly object[],
    zero: Kept,
    zero2: readonly Transmit[],
    zero3: readonly Transmit[],
    products: Kept,
    received: readonly Transmit[],
    chain2: Received,
    chain3: Received,
  ): Outcome<object>
  sign_phase1(party: object, data: object): [Kept, Kept, Transmit[]]
  sign_phase2(party: object, data: object, unique: Kept, kept: Kept, received: readonly Transmit[]): Outcome<[Kept, Kept, Transmit[]]>
  sign_phase3(party: object, data: object, unique: Kept, kept: Kept, received: readonly Transmit[]): Outcome<[string, object]>
  sign_phase4(party: object, data: object, x: string, received: readonly object[], normalize: boolean): Outcome<[string, number]>
}

const toSeat = (lists: readonly Transmit[][], seat: number): Transmit[] => lists.flat().filter(message => message.parties.receiver === seat)

/** Bytes that a value stands for. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return /^[0-9a-fA-F]+$/.test(value) ? Math.ceil(value.length / 2) : value.length
  if (typeof value === 'number' || typeof value === 'boolean') return 1
  if (value instanceof Uint8Array) return value.length
  if (value instanceof Map) return [...value.values()].reduce<number>((sum, part) => sum + sizeOf(part), 0)
  if (typeof value === 'object' && value !== null) return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 0)
  return 0
}

export const carbon: Peer = {
  id: 'carbon',
  package: { name: '@0xcarbon/dkls23-wasm', version: '1.0.2', licence: 'not in the package; MIT or Apache-2.0 in its repository' },
  async open(load, folder) {
    const home = join(folder, 'node_modules', '@0xcarbon', 'dkls23-wasm')
    const api = (await load(join(home, 'dkls23_wasm.js'))) as Package
    api.initSync(await readFile(join(home, 'dkls23_wasm_bg.wasm')))
    const kept = new Map<string, object[]>()

    function generate(threshold: number, members: number, random: Platform['random']): object[] {
      const session = [...random(32)]
      const seats = seatsTo(members).map(seat => seat + 1)
      const data = (seat: number): object => ({ parameters: { threshold, share_count: members }, party_index: seat, session_id: session })
      const first = seats.map(seat => api.phase1_wasm_binding(data(seat)))
      const second = seats.map(seat =>
        api.phase2_wasm_binding(
          data(seat),
          first.map(fragments => fragments[seat - 1]),
        ),
      )
      const third = second.map(([, , zero, , chain], at) => api.phase3_wasm_binding(data(at + 1), zero, chain))
      const proofs = second.map(([, proof]) => proof)
      const chain2 = new Map(second.map((sent, at) => [at + 1, sent[5]]))
      const chain3 = new Map(third.map((sent, at) => [at + 1, sent[4]]))
      return third.map(([zero, , products], at) => {
        const [seat, [point]] = [at + 1, second[at] as (typeof second)[number]]
        const zero2 = toSeat(
          second.map(sent => sent[3]),
          seat,
        )
        const zero3 = toSeat(
          third.map(sent => sent[1]),
          seat,
        )
        const received = toSeat(
          third.map(sent => sent[3]),
          seat,
        )
        return api.phase4_wasm_binding(data(seat), point, proofs, zero, zero2, zero3, products, received, chain2, chain3).Ok
      })
    }

    function partiesOf(threshold: number, members: number, random: Platform['random']): object[] {
      const key = `${threshold} ${members}`
      const parties = kept.get(key) ?? generate(threshold, members, random)
      kept.set(key, parties)
      return parties
    }

    function sign(signers: number, count: number, platform: Platform): Sample {
      const parties = partiesOf(signers, Math.max(3, signers), platform.random)
      const seats = seatsTo(signers).map(seat => seat + 1)
      const party = (seat: number): object => parties[seat - 1] as object
      let [cpu, bytesPerDirection] = [0, 0]
      for (let i = 0; i < count; i++) {
        const [id, hash] = [[...platform.random(32)], [...platform.random(32)]]
        const data = (seat: number): object => ({ sign_id: id, counterparties: seats.filter(other => other !== seat), message_hash: hash })
        const stop = platform.watch()
        const first = seats.map(seat => api.sign_phase1(party(seat), data(seat)))
        const second = first.map(([unique, kept], at) => {
          const seat = at + 1
          return api.sign_phase2(
            party(seat),
            data(seat),
            unique,
            kept,
            toSeat(
              first.map(sent => sent[2]),
              seat,
            ),
          ).Ok
        })
        const third = second.map(([unique, kept], at) => {
          const seat = at + 1
          return api.sign_phase3(
            party(seat),
            data(seat),
            unique,
            kept,
            toSeat(
              second.map(sent => sent[2]),
              seat,
            ),
          ).Ok
        })
        const said = third.map(([, message]) => message)
        const signatures = third.map(([x], at) => api.sign_phase4(party(at + 1), data(at + 1), x, said, true).Ok)
        cpu += stop()
        if (signatures.some(([s]) => s.length !== 64)) throw new Error('no signature')
        bytesPerDirection = sizeOf([toSeat([first[0]?.[2] ?? []], 2), toSeat([second[0]?.[2] ?? []], 2), said[0]])
      }
      return { ms: cpu / count / signers, facts: { bytesPerDirection } }
    }

    return async (job, platform) => {
      switch (job.job) {
        case 'dkg': {
          const stop = platform.watch()
          generate(job.threshold, job.members, platform.random)
          return { ms: stop() / job.members }
        }
        case 'sign':
          return sign(job.signers, job.count, platform)
        case 'share-size':
          return { facts: { bytesPerPeer: sizeOf(partiesOf(2, 3, platform.random)[0]) - sizeOf(partiesOf(2, 2, platform.random)[0]) } }
        default:
          return {}
      }
    }
  },
}
