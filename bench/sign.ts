/**
 * Signatures of a quorum in one thread.
 * @module
 */
import { type KeyShare, preprocess, type SignRequest, sign, type Tuple } from '../core/threshold/index.ts'
import { signRequest } from '../test/support/request.ts'
import { testShares } from '../test/support/shares.ts'
import type { Platform, Sample } from './jobs.ts'
import { openParties, type Parties } from './network.ts'

interface Quorum {
  readonly parties: Parties
  readonly shares: ReadonlyMap<number, KeyShare>
  readonly seats: readonly number[]
}

const quorums = new Map<number, Quorum>()

/** The first `signers` seats of a key with that threshold and one more member. Its shares come from a dealer: who made them makes no difference here. */
async function quorumOf(signers: number, platform: Platform): Promise<Quorum> {
  const known = quorums.get(signers)
  if (known !== undefined) return known
  const seats = Array.from({ length: signers }, (_, i) => i + 1)
  const made = {
    parties: await openParties(seats, platform.random),
    shares: testShares(Math.min(16, signers + 1), signers),
    seats,
  }
  quorums.set(signers, made)
  return made
}

const shareOf = ({ shares }: Quorum, seat: number): KeyShare => shares.get(seat) as KeyShare

let nonce = 0

/** Whole signatures: preprocessing, both online rounds, the final check. `ms` is for one party and signature; facts: `bytesPerDirection`. */
export async function signature({ signers, count }: { signers: number; count: number }, platform: Platform): Promise<Sample> {
  const quorum = await quorumOf(signers, platform)
  const { parties, seats } = quorum
  const requests = Array.from({ length: count }, () => signRequest(nonce++))
  // one watch for all: to read the count of a process takes a good part of a tenth of a millisecond
  const stop = platform.watch()
  for (const request of requests) {
    parties.renew()
    await parties.run(ctx => sign(ctx, shareOf(quorum, ctx.self), { request, quorum: seats }))
  }
  return { ms: stop() / count / signers, facts: { bytesPerDirection: parties.sent(1, 2) } }
}

/** The online rounds of tuples that were made before the watch is started. `ms` is for one party and signature. */
export async function online({ signers, count }: { signers: number; count: number }, platform: Platform): Promise<Sample> {
  const quorum = await quorumOf(signers, platform)
  const { parties, seats } = quorum
  const prepared: { readonly tuples: ReadonlyMap<number, Tuple>; readonly request: SignRequest }[] = []
  for (let i = 0; i < count; i++) {
    parties.renew()
    const tuples = await parties.run(ctx => preprocess(ctx, shareOf(quorum, ctx.self), { quorum: seats }))
    prepared.push({ tuples: new Map(seats.map((seat, at) => [seat, tuples[at] as Tuple])), request: signRequest(nonce++) })
  }
  const stop = platform.watch()
  for (const { tuples, request } of prepared)
    await parties.run(ctx => sign(ctx, shareOf(quorum, ctx.self), { request, quorum: seats, tuple: tuples.get(ctx.self) }))
  return { ms: stop() / count / signers }
}
