/**
 * The ceremonies that make new shares, and what must hold when a member of theirs dies at any point.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { importKey, type KeyCertificate, type KeyShare, keygen, refresh, reshare } from '../../../core/threshold/index.ts'
import { labelled } from '../../support/index.ts'
import { attempt, type Ceremony, type Committee, found, meetAgain, nextEpochNo, pendingShares, pendingSharesRefuse, standing } from './committee.ts'
import { type Point, type PointKind, show } from './life.ts'

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

export const keygenOf = (n: number, threshold: number): Ceremony => ({
  name: `key generation ${threshold}-of-${n}`,
  parties: range(n),
  members: range(n),
  threshold,
  run: ctx => keygen(ctx, { threshold }),
})

export const refreshOf = (n: number, threshold: number): Ceremony => ({
  name: `refresh ${threshold}-of-${n}`,
  parties: range(n),
  members: range(n),
  threshold,
  before: { seats: range(n), threshold, sameVault: true },
  run: (ctx, { share, epochNo }) => refresh(ctx, share as KeyShare, { epochNo }),
})

const IMPORTED = labelled('an imported key')

/** Member 1 has the key. */
export const importOf = (n: number, threshold: number): Ceremony => ({
  name: `import ${threshold}-of-${n}`,
  parties: range(n),
  members: range(n),
  threshold,
  run: ctx =>
    importKey(ctx, {
      threshold,
      importer: 1,
      ...(ctx.self === 1 ? { secret: IMPORTED.slice() } : {}),
      publicKey: secp256k1.getPublicKey(IMPORTED, true),
      chainCode: labelled('its chain code'),
    }),
})

/** From `threshold`-of-`n` by `dealers` to `nextThreshold` of `members`. */
export const reshareOf = (n: number, threshold: number, dealers: readonly number[], members: readonly number[], nextThreshold: number): Ceremony => ({
  name: `reshare from ${threshold} of ${range(n)}, by ${dealers}, to ${nextThreshold} of ${members}`,
  parties: [...new Set([...dealers, ...members])].sort((a, b) => a - b),
  members,
  threshold: nextThreshold,
  before: { seats: range(n), threshold, sameVault: false },
  run: (ctx, { share, key, epochNo }) =>
    reshare(ctx, dealers.includes(ctx.self) ? share : undefined, {
      key: key as KeyCertificate,
      dealers: dealers.map(party => ({ party, index: party })),
      members,
      threshold: nextThreshold,
      epochNo,
    }),
})

/** All await points of `mortal` in a run without a death. */
export async function dryRun(ceremony: Ceremony, mortal: number, seed: string): Promise<readonly Point[]> {
  const committee = found(ceremony, seed)
  const { errors, life, burned } = await attempt(committee, { seed, epochNo: nextEpochNo(committee), mortal })
  for (const [seat, error] of errors) if (error !== undefined) throw new Error(`${seat} fails without a crash: ${error.code}`, { cause: error })
  if (burned.length > 0) throw new Error(String(burned))
  return life.points
}

export const countByKind = (points: readonly Point[]): Partial<Record<PointKind, number>> => {
  const counts: Partial<Record<PointKind, number>> = {}
  for (const { kind } of points) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** What came of a crash. */
export interface Aftermath {
  /** Which generation signs when all are back. */
  readonly who: 'none' | 'old' | 'new'
  /** Pending shares that were on disks when all were started again. */
  readonly pending: number
}

/**
 * `mortal` dies at point `end` of the ceremony; then all are started again. Throws what is broken.
 * @param options.again The ceremony is run once more, as an operator or the member itself would.
 */
export async function crashAt(
  ceremony: Ceremony,
  input: { seed: string; mortal: number; end: number; points: readonly Point[]; again: boolean },
): Promise<Aftermath> {
  const { seed, mortal, end, points } = input
  const here = `${ceremony.name}, ${mortal} dies at point ${end} (${show(points[end] as Point)}), seed ${seed}`
  const complain = (problem: string, cause?: unknown): never => {
    throw new Error(`${here}: ${problem}`, { cause })
  }
  const committee = found(ceremony, seed)
  const { errors, life, burned } = await attempt(committee, { seed, epochNo: nextEpochNo(committee), mortal, end })

  // it died there and nowhere else
  if (String(life.points.map(show)) !== String(points.slice(0, end + 1).map(show))) complain(`lived otherwise: ${life.points.map(show)}`)
  if (errors.has(mortal)) complain('did not die')
  if (burned.length > 0) complain(String(burned))
  const failed = [...errors].flatMap(([seat, error]) => (error === undefined ? [] : [{ seat, error }]))
  for (const { seat, error } of failed) {
    const missing = error.context.missing as readonly number[] | undefined
    if (!['deadline', 'certificates-missing'].includes(error.code) || missing === undefined) complain(`${seat} ends with ${error.code}`, error)
    // who waits for somebody who waits for the dead one may know of the former only
    const waiting = [mortal, ...failed.map(other => other.seat)]
    if (missing?.every(party => waiting.includes(party)) !== true) complain(`${seat} misses ${missing}`, error)
    if (String(error.culprits.map(({ certainty, party }) => `${certainty} ${party}`)) !== String(missing?.map(party => `suspected ${party}`)))
      complain(`${seat} blames ${JSON.stringify(error.culprits)}`, error)
  }
  const naming = failed.filter(({ error }) => (error.context.missing as readonly number[]).includes(mortal))
  if (failed.length > 0 && naming.length === 0) complain('nobody names it')

  const pending = await pendingSharesRefuse(committee)
  await meetAgain(committee)
  const after = await standing(committee, { seed, quorums: input.again ? 'all' : 'one' }).catch(error => complain(String(error), error))
  if (ceremony.before !== undefined && after.who === 'none') complain('nobody can sign any more')
  const finished = [...errors].filter(([seat, error]) => error === undefined && ceremony.members.includes(seat))
  if (finished.length > 0 && after.who !== 'new') complain(`${finished.map(([seat]) => seat)} got a new share, but the ${after.who} ones sign`)
  await checkAfterwards(committee, { seed, mortal, who: after.who, again: input.again, complain })
  return { who: after.who, pending }
}

/** Nothing of an attempt that a crash ended is left behind or in the way of the next one. */
async function checkAfterwards(
  committee: Committee,
  input: { seed: string; mortal: number; who: Aftermath['who']; again: boolean; complain: (problem: string, cause?: unknown) => never },
): Promise<void> {
  const { seed, mortal, who, complain } = input
  const { ceremony } = committee
  // no forgotten share undoes what was made
  const left = pendingShares(committee)
  if (who === 'new' && left > 0) complain(`${left} pending shares are left`)
  const keyHasMoved = who === 'new' && ceremony.before?.sameVault !== true
  if (!input.again || keyHasMoved) return
  const epochNo = nextEpochNo(committee)
  const second = await attempt(committee, { seed: `${seed} again`, epochNo, mortal })
  for (const [seat, error] of second.errors) if (error !== undefined) complain(`${seat} fails in the next attempt: ${error.code}`, error)
  await meetAgain(committee)
  const settled = await standing(committee, { seed: `${seed} again`, quorums: 'all' }).catch(error => complain(`next attempt: ${error}`, error))
  if (settled.who !== 'new') complain(`after the next attempt the ${settled.who} ones sign`)
  if (ceremony.before !== undefined && settled.epochNo !== epochNo) complain(`after the next attempt generation ${settled.epochNo} signs`)
  if (pendingShares(committee) > 0) complain(`after the next attempt ${pendingShares(committee)} pending shares are left`)
}

/** Two members die in one run, each at its own point if it gets there; what is left must do as after one crash. Gives what signs then. */
export async function twoCrash(ceremony: Ceremony, seed: string, ends: ReadonlyMap<number, number>): Promise<Aftermath['who']> {
  const complain = (problem: string, cause?: unknown): never => {
    throw new Error(`${ceremony.name}, deaths at ${[...ends].map(([seat, end]) => `${seat}: ${end}`)}, seed ${seed}: ${problem}`, { cause })
  }
  const committee = found(ceremony, seed)
  const [mortal, end] = [...ends][0] as [number, number]
  const { errors, life, burned } = await attempt(committee, { seed, epochNo: nextEpochNo(committee), mortal, end, ends })
  if (!life.dead && errors.size === ceremony.parties.length) complain('nobody died')
  if (burned.length > 0) complain(String(burned))
  for (const [seat, error] of errors)
    if (error !== undefined && !['deadline', 'certificates-missing'].includes(error.code)) complain(`${seat} ends with ${error.code}`, error)
  await pendingSharesRefuse(committee)
  await meetAgain(committee)
  const { who } = await standing(committee, { seed, quorums: 'one' }).catch(error => complain(String(error), error))
  if (ceremony.before !== undefined && who === 'none') complain('nobody can sign any more')
  await checkAfterwards(committee, { seed, mortal, who, again: true, complain })
  return who
}
