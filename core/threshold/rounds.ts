/**
 * The messages of every round, with the exact lengths that the state of the protocol gives them. Round ids are unique over all protocols.
 * @module
 */
import { MAX_PARTIES } from '../ceremony/context.ts'
import type { AnyRound, Round } from '../ceremony/router.ts'
import { type Codec, codec, fixed, type Infer, list, struct } from '../codec.ts'
import { MESSAGE_LENGTHS } from './parameters.ts'

const hash = fixed(32, 'hash')
const nonce = fixed(32, 'nonce')
const scalar = fixed(32, 'scalar')
const point = fixed(33, 'point')

// ── key generation ───────────────────────────────────────────────────────────────────────────────────────────────────

const commitment = struct({ nonce, commitment: hash })
const opening = struct({
  /** F_i: as many points as the sender says, so that a wrong degree can be told from garbage. */
  coefficients: list(point, MAX_PARTIES),
  chainCode: hash,
  /** A_i of the base transfers. */
  otKey: point,
  blind: hash,
  proofCommitment: point,
  proofResponse: scalar,
})
const reopening = struct({ coefficients: list(point, MAX_PARTIES), otKey: point, blind: hash, proofCommitment: point, proofResponse: scalar })
const dealing = struct({ share: scalar, zeroSeed: hash, baseOt: fixed(MESSAGE_LENGTHS.baseOt) })
const publicShare = struct({ publicShare: point, proofCommitment: point, proofResponse: scalar })
const trees = struct({ trees: fixed(MESSAGE_LENGTHS.pprf) })
const certificate = struct({ signature: fixed(64, 'signature') })

export type Opening = Infer<typeof opening>
/** An opening of a dealer whose chain code is given, as in all but key generation. */
export type Reopening = Infer<typeof reopening>
export type PublicShareMessage = Infer<typeof publicShare>

/** R1: nonce, commitment. */
export const R1: Round<Infer<typeof commitment>, never> = { id: 1, name: 'R1', broadcast: commitment }
/** R2: opening and proof. */
export const R2: Round<Opening, never> = { id: 2, name: 'R2', broadcast: opening }
/** R3: share, zero seed, base transfers as receiver. */
export const R3: Round<never, Infer<typeof dealing>> = { id: 3, name: 'R3', direct: dealing }
/** R4: public share with proof to all; seed trees to each. */
export const R4: Round<PublicShareMessage, Infer<typeof trees>> = { id: 4, name: 'R4', broadcast: publicShare, direct: trees }
/** R5: completion certificate. */
export const R5: Round<Infer<typeof certificate>, never> = { id: 5, name: 'R5', broadcast: certificate }

export const KEYGEN_ROUNDS: readonly AnyRound[] = [R1, R2, R3, R4, R5]

// ── refresh, reshare, import ─────────────────────────────────────────────────────────────────────────────────────────

const dealtShare = struct({ share: scalar })
const pairOpening = struct({ zeroSeed: hash, baseOt: fixed(MESSAGE_LENGTHS.baseOt) })

/** D1, from all: nonce, commitment. */
export const D1: Round<Infer<typeof commitment>, never> = { id: 32, name: 'D1', broadcast: commitment }
/** D2, from all: opening and proof. Who deals nothing opens no coefficients. */
export const D2: Round<Reopening, never> = { id: 33, name: 'D2', broadcast: reopening }
/** D3, from dealers to members: share. */
export const D3: Round<never, Infer<typeof dealtShare>> = { id: 34, name: 'D3', direct: dealtShare }
/** D4, among members: zero seed, base transfers as receiver. Sent with D3. */
export const D4: Round<never, Infer<typeof pairOpening>> = { id: 35, name: 'D4', direct: pairOpening }
/** D5, among members: seed trees. */
export const D5: Round<never, Infer<typeof trees>> = { id: 36, name: 'D5', direct: trees }
/** D6, from members to all: public share with proof. Sent with D5. */
export const D6: Round<PublicShareMessage, never> = { id: 37, name: 'D6', broadcast: publicShare }
/** D7, from members to all: completion certificate. */
export const D7: Round<Infer<typeof certificate>, never> = { id: 38, name: 'D7', broadcast: certificate }

export const DEAL_ROUNDS: readonly AnyRound[] = [D1, D2, D3, D4, D5, D6, D7]

// ── export ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const freshness = struct({ nonce })
const receipt = struct({ signature: fixed(64, 'signature') })

/** X1, from all: nonce. Its echo says that all mean the same export. */
export const X1: Round<Infer<typeof freshness>, never> = { id: 48, name: 'X1', broadcast: freshness }
/** X2, from signers to the recipient: weighted share. */
export const X2: Round<never, Infer<typeof dealtShare>> = { id: 49, name: 'X2', direct: dealtShare }
/** X3, from the recipient to all: signed receipt. */
export const X3: Round<Infer<typeof receipt>, never> = { id: 50, name: 'X3', broadcast: receipt }

export const EXPORT_ROUNDS: readonly AnyRound[] = [X1, X2, X3]

// ── signing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const nonceCommitment = struct({ nonce, commitment: hash })
const extension = struct({ extension: fixed(MESSAGE_LENGTHS.extension) })
/** The long one: neither copied into its frame's body nor out of it. */
const multiplication: Codec<{ multiplication: Uint8Array }> = codec(
  value => fixed(MESSAGE_LENGTHS.vole).encode(value.multiplication),
  reader => ({ multiplication: reader.take(MESSAGE_LENGTHS.vole) }),
  { parts: { multiplication: fixed(MESSAGE_LENGTHS.vole) } },
)
const online = { nonceShare: point, blind: hash, gammaK: scalar, gammaX: scalar, gammaPointK: point, gammaPointX: point }
const onlineOfTwo = struct(online)
const onlineOfMore = struct({ ...online, keyShare: point, psi: scalar })
const partial = struct({ u: scalar, w: scalar })

/** O1 of one peer; the last two fields belong to quorums of three or more. */
export type Online = Infer<typeof onlineOfTwo> & { readonly keyShare?: Uint8Array; readonly psi?: Uint8Array }
export type PartialSignature = Infer<typeof partial>

/** P1: commitment to the nonce share to all, extension to each. */
export const P1: Round<Infer<typeof nonceCommitment>, Infer<typeof extension>> = { id: 16, name: 'P1', broadcast: nonceCommitment, direct: extension }
/** P2: multiplication. */
export const P2: Round<never, Infer<typeof multiplication>> = { id: 17, name: 'P2', direct: multiplication }
/** O1: opening and corrections. The echo is `bind`. */
export const O1_OF_TWO: Round<never, Infer<typeof onlineOfTwo>> = { id: 18, name: 'O1', direct: onlineOfTwo, mismatch: 'bind-mismatch' }
export const O1_OF_MORE: Round<never, Infer<typeof onlineOfMore>> = { id: 18, name: 'O1', direct: onlineOfMore, mismatch: 'bind-mismatch' }
/** O2: partial signature to all. The echo is hR. */
export const O2: Round<PartialSignature, never> = { id: 19, name: 'O2', broadcast: partial, mismatch: 'r-view' }

/** Rounds of a signature by a quorum of this size. */
export const signingRounds = (size: number): readonly AnyRound[] => [P1, P2, size === 2 ? O1_OF_TWO : O1_OF_MORE, O2]
