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
const dealing = struct({ share: scalar, zeroSeed: hash, baseOt: fixed(MESSAGE_LENGTHS.baseOt) })
const publicShare = struct({ publicShare: point, proofCommitment: point, proofResponse: scalar })
const trees = struct({ trees: fixed(MESSAGE_LENGTHS.pprf) })
const certificate = struct({ signature: fixed(64, 'signature') })

export type Opening = Infer<typeof opening>
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
