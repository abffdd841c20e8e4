/**
 * Ceremonies that deal shares, with a malicious dealer or member.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, equal } from '../../core/bytes.ts'
import type { CeremonyContext } from '../../core/ceremony/context.ts'
import { importKey, type KeyShare, keyCertificateOf, keygen, refresh, reshare } from '../../core/threshold/index.ts'
import { DEAL_ROUNDS, KEYGEN_ROUNDS } from '../../core/threshold/rounds.ts'
import { labelled, memoryNetwork, type Outcome, testIdentity, testParty, testShares } from '../support/index.ts'
import { type Ceremony, optionsOf } from './ceremony.ts'
import { maliciousMember, resultOf } from './harness.ts'
import { trySigning, wipeAll, wrongKey } from './keys.ts'
import { DEAL, KEYGEN } from './verdicts.ts'

/** What there is before the ceremony. */
interface Before {
  /** Shares of the old generation by seat. */
  readonly old: ReadonlyMap<number, KeyShare>
  /** The key that must come out. */
  readonly publicKey?: Bytes
  readonly chainCode?: Bytes
  readonly keyId?: Bytes
}

interface Dealing extends Omit<Ceremony, 'play'> {
  /** Seats of the new committee. */
  readonly members: readonly number[]
  readonly threshold: number
  /** Old seats of parties that have another address in the ceremony. */
  readonly oldSeats?: ReadonlyMap<number, number>
  before(seed: string): Before
  run(ctx: CeremonyContext<KeyShare>, seat: number, before: Before, epochNo: number): Promise<KeyShare | undefined>
}

function dealing(spec: Dealing): Ceremony {
  const { seats, cheater, members, threshold } = spec
  const honest = seats.filter(seat => seat !== cheater)
  const oldSeat = (seat: number): number => spec.oldSeats?.get(seat) ?? seat
  const run = (ctx: CeremonyContext<KeyShare>, seat: number, before: Before, epochNo: number): Promise<KeyShare | undefined> => {
    const parties = ctx.parties.map(({ index }) => ({ index, identity: testParty(oldSeat(index)).identity }))
    return spec.run({ ...ctx, parties, identity: testIdentity(oldSeat(seat)) }, seat, before, epochNo)
  }
  return {
    ...spec,
    async play(plan, seed, which = 'this') {
      const scene = maliciousMember(seats, cheater, plan, optionsOf(seed, which))
      const before = spec.before(seed)
      const outcomes = await scene.network.run((_, seat) => run(scene.context(seat), seat, before, which === 'epoch' ? 2 : 1))
      const pending = new Map(scene.network.journal.flatMap(entry => (entry.kind === 'pending' ? [[entry.index, entry.share] as const] : [])))
      const shares = new Map([...outcomes].flatMap(([seat, { value }]) => (value === undefined ? [] : [[seat, value] as const])))
      const made = (): KeyShare[] => [...shares.values(), ...pending.values()]
      return {
        scene,
        results: new Map(honest.map(seat => [seat, resultOf(scene, seat, outcomes.get(seat) as Outcome<KeyShare>)])),
        async verify() {
          const out = wrongKey({ honest: honest.filter(seat => members.includes(seat)), shares, pending })
          for (const share of made()) if (!isKey(share, before)) out.push(`${share.index} has another key than before`)
          for (const share of before.old.values()) if (!share.active || share.burned.size > 0) out.push(`the old share of ${share.index} was touched`)
          return out
        },
        async again() {
          // the old shares sign, whatever happened; who is active with new ones signs with them; otherwise the next run succeeds
          const [first] = before.old.values()
          const out =
            first === undefined ? [] : await trySigning(before.old, [...before.old.keys()].slice(0, first.threshold), `${seed} with the old shares`)
          const able = [...honest, cheater].filter(seat => shares.has(seat)).slice(0, threshold)
          if (able.length === threshold)
            return [
              ...out,
              ...(await trySigning(
                shares,
                able.sort((a, b) => a - b),
                `${seed} after`,
              )),
            ]
          const next = await memoryNetwork(seats, { seed: `${seed} again` }).run((ctx, seat) => run(ctx, seat, before, 3))
          wipeAll([...next.values()].flatMap(({ value }) => value ?? []))
          return [...out, ...[...next].flatMap(([seat, { error }]) => (error === undefined ? [] : [`${seat}: ${error.code} in an honest run`]))]
        },
        end: () => wipeAll([...made(), ...before.old.values()]),
      }
    },
  }
}

const same = (a: Bytes, b: Bytes | undefined): boolean => b === undefined || equal(a, b)
const isKey = (share: KeyShare, { publicKey, chainCode, keyId }: Before): boolean =>
  same(share.publicKey, publicKey) && same(share.chainCode, chainCode) && same(share.keyId, keyId)

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

/** Key generation among n members. */
export const keygenOf = (n: number, threshold: number, more: Partial<Pick<Ceremony, 'thin' | 'cheater' | 'victim'>> = {}): Ceremony =>
  dealing({
    name: `key generation ${threshold}-of-${n}`,
    operation: 'keygen',
    rounds: KEYGEN_ROUNDS,
    seats: upTo(n),
    members: upTo(n),
    threshold,
    cheater: 1,
    victim: 2,
    table: KEYGEN,
    ...more,
    before: () => ({ old: new Map() }),
    run: (ctx, _, __, epochNo) => keygen(ctx, { threshold, epochNo }),
  })

/** A key that exists: n members, t of whom sign. */
const keyOf =
  (n: number, t: number) =>
  (seed: string): Before => {
    const old = testShares(n, t, seed)
    const { publicKey, chainCode, keyId } = old.get(1) as KeyShare
    return { old, publicKey, chainCode, keyId }
  }

/** Refresh by all n members. */
export const refreshOf = (n: number, threshold: number, more: Partial<Pick<Ceremony, 'thin' | 'cheater' | 'victim'>> = {}): Ceremony =>
  dealing({
    name: `refresh ${threshold}-of-${n}`,
    operation: 'refresh',
    rounds: DEAL_ROUNDS,
    seats: upTo(n),
    members: upTo(n),
    threshold,
    cheater: 1,
    victim: 2,
    table: DEAL,
    ...more,
    before: keyOf(n, threshold),
    run: (ctx, seat, { old }, epochNo) => refresh(ctx, old.get(seat) as KeyShare, { epochNo }),
  })

/** Old members 1 and 2 hand a 2-of-2 key on. */
export function reshareTo(
  name: string,
  input: Pick<Ceremony, 'cheater' | 'victim' | 'thin' | 'silentIn'> & {
    seats: readonly number[]
    members: readonly number[]
    oldSeats?: ReadonlyMap<number, number>
  },
): Ceremony {
  const partyOfOld = (old: number): number => [...(input.oldSeats ?? [])].find(([, seat]) => seat === old)?.[0] ?? old
  const dealers = [1, 2].map(index => ({ party: partyOfOld(index), index }))
  return dealing({
    name,
    operation: 'reshare',
    rounds: DEAL_ROUNDS,
    threshold: 2,
    table: DEAL,
    ...input,
    before: keyOf(2, 2),
    run(ctx, seat, { old }, epochNo) {
      const dealer = dealers.find(({ party }) => party === seat)
      const key = keyCertificateOf(old.get(1) as KeyShare)
      return reshare(ctx, dealer && old.get(dealer.index), { key, dealers, members: input.members, threshold: 2, epochNo })
    },
  })
}

/** Address of an old member that leaves. */
const LEAVING = 0x8001

export const RESHARES: readonly Ceremony[] = [
  reshareTo('reshare among the same', { seats: [1, 2], members: [1, 2], cheater: 1, victim: 2 }),
  reshareTo('reshare in which one joins', { seats: [1, 2, 3], members: [1, 2, 3], cheater: 1, victim: 3, thin: true }),
  reshareTo('reshare with a cheating newcomer', { seats: [1, 2, 3], members: [1, 2, 3], cheater: 3, victim: 2, thin: true, silentIn: ['D3 direct'] }),
  reshareTo('reshare with a cheater that leaves', {
    seats: [2, 3, LEAVING],
    members: [2, 3],
    cheater: LEAVING,
    victim: 3,
    thin: true,
    silentIn: ['D4 direct', 'D5 direct', 'D6 broadcast', 'D7 broadcast'],
    oldSeats: new Map([[LEAVING, 1]]),
  }),
  reshareTo('reshare to others only', {
    seats: [3, 4, LEAVING, LEAVING + 1],
    members: [3, 4],
    cheater: LEAVING + 1,
    victim: 4,
    thin: true,
    silentIn: ['D4 direct', 'D5 direct', 'D6 broadcast', 'D7 broadcast'],
    oldSeats: new Map([
      [LEAVING, 1],
      [LEAVING + 1, 2],
    ]),
  }),
]

/** The first of n parties brings a key that was whole. */
export function importOf(n: number, { who, ...more }: Pick<Ceremony, 'cheater' | 'victim' | 'thin' | 'silentIn'> & { who: string }): Ceremony {
  const secret = scalarOf(labelled('imported key'))
  const publicKey = secp256k1.getPublicKey(secret, true)
  const chainCode = labelled('imported chain code')
  return dealing({
    name: `import 2-of-${n} with a cheating ${who}`,
    operation: 'import',
    rounds: DEAL_ROUNDS,
    seats: upTo(n),
    members: upTo(n),
    threshold: 2,
    table: DEAL,
    ...more,
    before: () => ({ old: new Map(), publicKey, chainCode }),
    // an import has no epoch of its own: another one is one of another chain code
    run: (ctx, seat, _, epochNo) =>
      importKey(ctx, {
        threshold: 2,
        importer: 1,
        publicKey,
        chainCode: epochNo === 2 ? labelled('another chain code') : chainCode,
        ...(seat === 1 ? { secret: secret.slice() } : {}),
      }),
  })
}

/** Below the order. */
const scalarOf = (bytes: Bytes): Bytes => Uint8Array.of(1, ...bytes.subarray(1))
