/**
 * A member dies in a signature, made in one go or from a tuple that was ready, and what must hold then: above all, a tuple is good for one message.
 * @module
 */
import { equal, hex } from '../../../core/bytes.ts'
import type { CeremonyContext } from '../../../core/ceremony/context.ts'
import { frameCodec } from '../../../core/ceremony/frame.ts'
import type { PoolError } from '../../../core/errors.ts'
import { decodeShare, encodeShare, type KeyShare, preprocess, type Signature, sign, type Tuple } from '../../../core/threshold/index.ts'
import { O1_OF_MORE, O1_OF_TWO } from '../../../core/threshold/rounds.ts'
import { type MemoryNetwork, memoryNetwork, type Outcome, signRequest, testIdentitySeed, testSealingKey, testShares } from '../../support/index.ts'
import { type MemoryDisk, memoryDisk } from '../../support/memory-disk.ts'
import { testVoteKey } from '../../support/pool.ts'
import { isSignature } from './committee.ts'
import { DIED, type Life, life, type Point, show } from './life.ts'

export interface Signing {
  /** Seats; as many as the threshold. */
  readonly quorum: readonly number[]
  /** The tuple was made in an earlier session. */
  readonly held: boolean
}

type Shares = ReadonlyMap<number, KeyShare>

interface Run {
  readonly life: Life
  /** Of the first signature. */
  readonly outcomes: ReadonlyMap<number, Outcome<Signature | typeof DIED>>
  readonly networks: readonly MemoryNetwork[]
  readonly tuples: ReadonlyMap<number, readonly Tuple[]>
}

const at = <T>(map: ReadonlyMap<number, T>, seat: number): T => map.get(seat) as T

/** Members 1 to 3, or as many as the quorum has, on disks. */
function disksOf(threshold: number, seed: string): Map<number, MemoryDisk> {
  return new Map(
    [...testShares(3, threshold, seed)].map(([seat, share]) => {
      const bytes = encodeShare(share, testSealingKey(seat))
      share.wipe()
      return [seat, memoryDisk({ identitySeed: testIdentitySeed(seat), voteKey: testVoteKey(seat), share: bytes })]
    }),
  )
}

const load = (disks: ReadonlyMap<number, MemoryDisk>, seat: number): KeyShare =>
  decodeShare(at(disks, seat).open().vault.activeShare() as Uint8Array, testSealingKey(seat))

/** Signs once; with `held`, two tuples are made before, of which it takes the first. Members other than `mortal` go on for as long as they can. */
async function signOnce({ quorum, held }: Signing, shares: Shares, input: { seed: string; mortal: number; end?: number | undefined }): Promise<Run> {
  const { seed, mortal } = input
  const lives = new Map(quorum.map(seat => [seat, life(seat === mortal ? input.end : undefined)]))
  const networks: MemoryNetwork[] = []
  const tuples = new Map(quorum.map(seat => [seat, [] as Tuple[]]))
  /** All that are alive run it. */
  async function together<T>(name: string, run: (ctx: CeremonyContext<KeyShare>, seat: number) => Promise<T>, seats: readonly number[] = quorum) {
    const network = memoryNetwork(quorum, { seed: `${seed} ${name}` })
    networks.push(network)
    const living = seats.filter(seat => !at(lives, seat).dead)
    return network.run((ctx, seat) => at(lives, seat).run(() => run(at(lives, seat).live(ctx), seat)), living)
  }
  if (held)
    for (const name of ['first tuple', 'second tuple'])
      await together(name, async (ctx, seat) => {
        at(tuples, seat).push(await preprocess(ctx, at(shares, seat), { quorum }))
      })
  const ready = quorum.filter(seat => !held || at(tuples, seat).length > 0)
  const outcomes = await together(
    'signature',
    (ctx, seat) => {
      const tuple = at(tuples, seat)[0]
      // the secrets are out of the tuple before the first online message is on its way
      const send = (to: number | 'all', bytes: Uint8Array): void => {
        if (tuple?.ready === true && frameCodec.decode(bytes).round === O1_OF_TWO.id)
          throw new Error('a tuple is still ready when its first message leaves')
        ctx.channel.send(to, bytes)
      }
      return sign({ ...ctx, channel: { ...ctx.channel, send } }, at(shares, seat), { request: signRequest(1), quorum, tuple })
    },
    ready,
  )
  return { life: at(lives, mortal), outcomes, networks, tuples }
}

export async function dryRun(signing: Signing, mortal: number, seed: string): Promise<readonly Point[]> {
  const disks = disksOf(signing.quorum.length, seed)
  const shares = new Map(signing.quorum.map(seat => [seat, load(disks, seat)]))
  const { life: own, outcomes } = await signOnce(signing, shares, { seed, mortal })
  for (const share of shares.values()) share.wipe()
  for (const [seat, { error }] of outcomes) if (error !== undefined) throw new Error(`${seat} fails without a crash: ${error.code}`, { cause: error })
  return own.points
}

/** What came of a crash: whether somebody has the first signature. */
export type Aftermath = 'signed' | 'not signed'

/** `mortal` dies at point `end`, is started again, and all of them sign something else. Throws what is broken. */
export async function crashAt(signing: Signing, input: { seed: string; mortal: number; end: number; points: readonly Point[] }): Promise<Aftermath> {
  const { seed, mortal, end, points } = input
  const { quorum } = signing
  const complain = (problem: string, cause?: unknown): never => {
    const what = `${quorum.length} sign${signing.held ? ' from a tuple' : ''}, ${mortal} dies at point ${end} (${show(points[end] as Point)}), seed ${seed}`
    throw new Error(`${what}: ${problem}`, { cause })
  }
  const disks = disksOf(quorum.length, seed)
  const stored = at(disks, mortal).open().vault.activeShare() as Uint8Array
  const shares = new Map(quorum.map(seat => [seat, load(disks, seat)]))
  const first = await signOnce(signing, shares, { seed, mortal, end })

  if (String(first.life.points.map(show)) !== String(points.slice(0, end + 1).map(show))) complain(`lived otherwise: ${first.life.points.map(show)}`)
  if (!first.life.dead) complain('did not die')
  const signatures = new Map<string, Set<string>>()
  const signed = (signature: Signature, nonce: number): void => {
    if (!isSignature(signature, signRequest(nonce), at(shares, quorum[0] as number))) complain(`a wrong signature at nonce ${nonce}`)
    const r = signature.r.toString(16)
    signatures.set(r, (signatures.get(r) ?? new Set()).add(`${nonce}`))
  }
  let isSigned = false
  const living = quorum.filter(seat => seat !== mortal)
  for (const seat of living) {
    const outcome = first.outcomes.get(seat)
    const share = at(shares, seat)
    if (share.burned.size > 0) complain(`${seat} burned ${[...share.burned.keys()]}`)
    if (outcome === undefined) continue
    const { value, error } = outcome
    if (value !== undefined && value !== DIED) {
      isSigned = true
      signed(value, 1)
    } else if (error !== undefined) checkEnding(first.networks, seat, error)
  }

  function checkEnding(networks: readonly MemoryNetwork[], seat: number, error: PoolError): void {
    const missing = error.context.missing as readonly number[] | undefined
    if (error.code !== 'deadline' || missing?.includes(mortal) !== true) complain(`${seat} ends with ${error.code}, missing ${missing}`, error)
    if (error.culprits.some(({ certainty }) => certainty === 'confirmed')) complain(`${seat} blames ${JSON.stringify(error.culprits)}`)
    const gaveAway = networks.some(({ sent }) => sent.some(({ from, round }) => from === seat && round === 'O2'))
    if ((error.context.signatureMayExist === true) !== gaveAway) complain(`${seat} says ${gaveAway ? 'not ' : ''}that a signature may exist`)
  }

  // nothing of a signature is ever on the disk: the restarted member has the share and no tuple
  if (!equal(at(disks, mortal).open().vault.activeShare() as Uint8Array, stored)) complain('something of the signature was stored')
  const restarted = new Map(shares)
  at(shares, mortal).wipe()
  restarted.set(mortal, load(disks, mortal))

  // who still has the tuple object can do nothing with a spent one, and nothing without the other side with a ready one
  const networks = [...first.networks]
  for (const seat of living)
    for (const [i, tuple] of at(first.tuples, seat).entries()) {
      const entered = first.outcomes.has(seat)
      if (i === 0 && entered && tuple.ready) complain(`the tuple of ${seat} is ready after its signature began`)
      if (tuple.ready) continue
      const network = memoryNetwork(quorum, { seed: `${seed} once more` })
      const code = await sign(network.context(seat), at(restarted, seat), { request: signRequest(2), quorum, tuple }).then(
        () => 'none',
        (error: PoolError) => error.code,
      )
      if (code !== 'tuple-used' || network.sent.length > 0) complain(`${seat} uses its tuple twice: ${code}`)
    }
  const tuple = at(first.tuples, living[0] as number)[1]
  if (tuple?.ready === true) {
    const network = memoryNetwork(quorum, { seed: `${seed} one-sided` })
    networks.push(network)
    const outcomes = await network.run((ctx, seat) => {
      const own = at(first.tuples, seat)[1]
      return sign(ctx, at(restarted, seat), { request: signRequest(3), quorum, tuple: seat === mortal ? undefined : own })
    })
    for (const [seat, { error }] of outcomes)
      if (error?.code !== 'deadline' || at(restarted, seat).burned.size > 0)
        complain(`${seat} ends with ${error?.code} where one side has lost the tuple`, error)
  }

  // a new signature, of something else
  const network = memoryNetwork(quorum, { seed: `${seed} next` })
  networks.push(network)
  const next = await network.run((ctx, seat) => sign(ctx, at(restarted, seat), { request: signRequest(4), quorum }))
  for (const [seat, { value, error }] of next) {
    if (value === undefined) complain(`${seat} does not sign afterwards: ${error?.code}`, error)
    else signed(value, 4)
  }
  for (const [r, nonces] of signatures) if (nonces.size > 1) complain(`r ${r} signs the transactions ${[...nonces]}`)
  for (const [nonce, binds] of noncesOnTheWire(networks)) if (binds.size > 1) complain(`a nonce share is opened for ${binds.size} messages: ${nonce}`)
  for (const share of restarted.values()) share.wipe()
  for (const tuples of first.tuples.values()) for (const one of tuples) one.wipe()
  first.life.bury()
  return isSigned ? 'signed' : 'not signed'
}

/** Nonce shares opened in O1, by their sender, each with the messages that it was opened for. */
export function noncesOnTheWire(networks: readonly MemoryNetwork[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { sent, indices } of networks)
    for (const { from, round, bytes } of sent) {
      if (round !== 'O1') continue
      const { echo, body } = frameCodec.decode(bytes)
      const codec = indices.length === 2 ? O1_OF_TWO.direct : O1_OF_MORE.direct
      const key = `${from} ${hex(codec?.decode(body).nonceShare ?? new Uint8Array(0))}`
      found.set(key, (found.get(key) ?? new Set()).add(hex(echo)))
    }
  return found
}
