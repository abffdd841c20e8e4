import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../core/bytes.ts'
import type { CeremonyContext } from '../../core/ceremony/context.ts'
import { frameCodec } from '../../core/ceremony/frame.ts'
import { kernel } from '../../core/kernel/index.ts'
import { importHash, movePlan } from '../../core/threshold/committee.ts'
import { configHash, NONE, OPERATIONS } from '../../core/threshold/config.ts'
import { KEYGEN_WIRE, TRANSFER_WIRE } from '../../core/threshold/deal-wire.ts'
import type { AnyOpening, Committed } from '../../core/threshold/dealing.ts'
import { importKey, type KeyShare, keyCertificateOf, keygen, refresh, reshare } from '../../core/threshold/index.ts'
import { lagrange } from '../../core/threshold/polynomial.ts'
import { R2 } from '../../core/threshold/rounds.ts'
import { secretsOf } from '../../core/threshold/share.ts'
import { flip, labelled, memoryNetwork, testParties, testShares } from '../support/index.ts'
import { cheatingDealer, type DealerCheat } from './cheating-dealer.ts'
import { trySigning, wipeAll } from './keys.ts'
import { SEED } from './seed.ts'

const CHEATER = 1
const SEATS = [1, 2, 3]
const THRESHOLD = 2
const members = testParties(3)
const G = kernel.points.base
const noPoint = new Uint8Array(33).fill(0xff)
const identity = new Uint8Array(33)
const at = (points: readonly Bytes[], i: number, point: Bytes): Bytes[] => points.map((own, c) => (c === i ? point : own))
const coefficient =
  (i: number, point: Bytes) =>
  (own: Committed): Committed => ({ ...own, coefficients: at(own.coefficients, i, point) })

/** What the honest members of a run found out; nobody has anything of it. */
async function verdictOf(
  honest: (ctx: CeremonyContext<KeyShare>, seat: number) => Promise<unknown>,
  cheater: (ctx: CeremonyContext<KeyShare>) => Promise<unknown>,
) {
  const network = memoryNetwork(SEATS, { seed: SEED })
  const outcomes = await network.run((ctx, seat) => (seat === CHEATER ? cheater(ctx) : honest(ctx, seat)))
  expect(network.journal).toEqual([])
  return SEATS.filter(seat => seat !== CHEATER).map(seat => {
    const error = outcomes.get(seat)?.error
    return { code: error?.code, culprits: error?.culprits.map(({ party, certainty }) => `${certainty} ${party}`) }
  })
}
const both = (code: string) => [1, 2].map(() => ({ code, culprits: [`confirmed ${CHEATER}`] }))

/** Found out in any dealing. */
const COMMON: readonly (readonly [name: string, cheat: DealerCheat, code: string])[] = [
  ['a polynomial of higher degree', { degree: THRESHOLD + 1 }, 'wrong-degree'],
  ['a polynomial of lower degree', { degree: THRESHOLD - 1 }, 'wrong-degree'],
  ['no polynomial', { degree: 0, constant: undefined }, 'wrong-degree'],
  ['a coefficient that is no point', { commit: coefficient(1, noPoint) }, 'invalid-point'],
  ['a coefficient that is the identity', { commit: coefficient(1, identity) }, 'invalid-point'],
  ['a base-transfer key that is no point', { commit: own => ({ ...own, otKey: noPoint }) }, 'invalid-point'],
  ['a coefficient that it does not know', { commit: coefficient(1, G) }, 'bad-proof'],
  ['a proof commitment that is no point', { open: own => ({ ...own, proofCommitment: noPoint }) }, 'invalid-point'],
  ['a proof response not below the order', { open: own => ({ ...own, proofResponse: new Uint8Array(32).fill(0xff) }) }, 'invalid-scalar'],
  ['a wrong proof', { open: own => ({ ...own, proofResponse: flip(own.proofResponse, 31) }) }, 'bad-proof'],
]

describe('a dealer of key generation that commits to its cheat', () => {
  const keygenCheat = (cheat: DealerCheat) => (ctx: CeremonyContext<KeyShare>) => {
    const config = {
      operation: OPERATIONS.keygen,
      poolHash: ctx.poolHash,
      keyId: NONE,
      epoch: NONE,
      epochNo: 0,
      threshold: THRESHOLD,
      members,
      quorum: [],
    }
    return cheatingDealer(ctx, { wire: KEYGEN_WIRE, cfgHash: configHash(config), degree: THRESHOLD, chainCode: true }, cheat)
  }
  const honest = (ctx: CeremonyContext<KeyShare>) => keygen(ctx, { threshold: THRESHOLD })

  it.each(COMMON)('%s', async (_, cheat, code) => {
    expect(await verdictOf(honest, keygenCheat(cheat))).toEqual(both(code))
  })

  /** What the victim opens in this run: the cheater is given more than it could know when it commits. */
  async function victimsOpening(): Promise<AnyOpening> {
    const network = memoryNetwork(SEATS, { seed: SEED })
    const runs = await network.run((ctx, seat) => (seat === CHEATER ? keygenCheat({})(ctx) : honest(ctx)), SEATS)
    expect(runs.size).toBe(3)
    const sent = network.sent.find(({ from, round }) => from === 2 && round === R2.name)
    if (sent === undefined) throw new Error('the victim opened nothing')
    return R2.broadcast?.decode(frameCodec.decode(sent.bytes).body) as AnyOpening
  }

  it('a rogue key, from which the constant term of another is subtracted', async () => {
    const victim = await victimsOpening()
    const rogue = kernel.points.add(G, kernel.points.negate(victim.coefficients[0] as Bytes)) as Bytes
    expect(await verdictOf(honest, keygenCheat({ commit: coefficient(0, rogue) }))).toEqual(both('bad-proof'))
  })

  it('the polynomial of another, with the proof of the other', async () => {
    const { proofCommitment, proofResponse, coefficients } = await victimsOpening()
    const cheat: DealerCheat = { commit: own => ({ ...own, coefficients }), open: own => ({ ...own, proofCommitment, proofResponse }) }
    expect(await verdictOf(honest, keygenCheat(cheat))).toEqual(both('bad-proof'))
  })
})

describe('a dealer of a key that exists, that commits to its cheat', () => {
  type Kind = 'refresh' | 'reshare'
  const dealers = [1, 2].map(index => ({ party: index, index }))

  /** The verdicts, with the shares that were to be replaced. */
  async function moved(kind: Kind, cheat: (old: ReadonlyMap<number, KeyShare>, constant: DealerCheat['constant']) => DealerCheat) {
    const old = testShares(3, THRESHOLD, SEED)
    const key = old.get(CHEATER) as KeyShare
    const everybody = SEATS.map(index => ({ party: index, index }))
    const verdicts = await verdictOf(
      (ctx, seat) =>
        kind === 'refresh'
          ? refresh(ctx, old.get(seat) as KeyShare, { epochNo: 1 })
          : reshare(ctx, old.get(seat), { key: keyCertificateOf(key), dealers, members: SEATS, threshold: THRESHOLD, epochNo: 1 }),
      ctx => {
        const people = { parties: members, members, dealers: kind === 'refresh' ? everybody : dealers }
        const plan = movePlan(ctx, kind, { key, share: key, ...people, threshold: THRESHOLD, epochNo: 1 })
        const { cfgHash, constant } = plan
        return cheatingDealer(ctx, { wire: TRANSFER_WIRE, cfgHash, degree: THRESHOLD, constant, chainCode: false }, cheat(old, constant))
      },
    )
    return { verdicts, old }
  }

  const OWN: readonly (readonly [name: string, cheat: Parameters<typeof moved>[1]])[] = [
    ['something random instead of its share', () => ({ constant: undefined })],
    ['its share with another weight', old => ({ constant: { share: secretsOf(old.get(CHEATER) as KeyShare).share, weight: lagrange([1, 3], 1) } })],
    ['its share twice', (_, constant) => ({ constant: constant && { ...constant, weight: (2n * constant.weight) % secp256k1.Point.Fn.ORDER } })],
    ['the share of another', old => ({ constant: { share: secretsOf(old.get(2) as KeyShare).share, weight: lagrange(SEATS, 2) } })],
  ]

  it.each((['refresh', 'reshare'] as const).flatMap(kind => OWN.map(([name, cheat]) => [kind, name, cheat] as const)))(
    '%s: %s',
    async (kind, _, cheat) => {
      const { verdicts, old } = await moved(kind, cheat)
      expect(verdicts).toEqual(both('bad-contribution'))
      // the account is where it was
      expect(await trySigning(old, [2, 3], `${SEED} after`)).toEqual([])
      wipeAll(old.values())
    },
  )

  it.each(COMMON)('refresh: %s', async (_, cheat, code) => {
    const { verdicts, old } = await moved('refresh', () => cheat)
    expect(verdicts).toEqual(both(code))
    wipeAll(old.values())
  })
})

describe('an import', () => {
  const [secret, publicKey] = [labelled('imported'), secp256k1.getPublicKey(labelled('imported'), true)]
  const chainCode = labelled('chain code')
  const verdicts = (importer: number, degree: number, constant: DealerCheat['constant']) =>
    verdictOf(
      (ctx, seat) =>
        importKey(ctx, { threshold: THRESHOLD, importer, publicKey, chainCode, ...(seat === importer ? { secret: secret.slice() } : {}) }),
      ctx => {
        const cfgHash = importHash(ctx, members, importer, { publicKey, chainCode }, THRESHOLD)
        return cheatingDealer(ctx, { wire: TRANSFER_WIRE, cfgHash, degree, constant, chainCode: false }, {})
      },
    )

  it('of another key than was agreed on', async () => {
    expect(await verdicts(CHEATER, THRESHOLD, { share: kernel.hold('share', labelled('another key')), weight: 1n })).toEqual(both('bad-contribution'))
  })
  it('in which a member deals too', async () => {
    expect(await verdicts(2, THRESHOLD, undefined)).toEqual(both('wrong-degree'))
  })
})
