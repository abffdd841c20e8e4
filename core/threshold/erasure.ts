/**
 * Proof of erasure: a member's signed statement that it has erased its share of one generation of the key. Nobody can check that it is true; it says who
 * answers for it, and a member that is found to hold the share after all is convicted by its own signature. The others keep it.
 * @module
 */
import { type Bytes, equal, u32be, u64be, utf8 } from '../bytes.ts'
import { accuse } from '../ceremony/blame.ts'
import type { Identity } from '../ceremony/context.ts'
import { type Codec, codec, fixed, struct, u8, u16, u32, u53, version } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { H } from '../kernel/index.ts'
import type { KeyPublic } from './share.ts'

/** `destroyed`: the member gave its share up for good. `superseded`: a later generation took its place. */
export type ErasureReason = 'destroyed' | 'superseded'
const REASONS: readonly ErasureReason[] = ['destroyed', 'superseded']

/** What the statement is about. */
export interface ErasureClaim {
  /** 32 bytes each. */
  readonly keyId: Bytes
  readonly epoch: Bytes
  readonly epochNo: number
  /** Index of the member in that generation. */
  readonly seat: number
  readonly reason: ErasureReason
  /** ms since 1970, by the member's own clock. */
  readonly time: number
}

export interface Erasure extends ErasureClaim {
  /** 64 bytes, by the identity key. */
  readonly signature: Bytes
}

/** `H("erasure"; keyId, epoch, epochNo, seat, reason, time)`. */
const erasureDigest = ({ keyId, epoch, epochNo, seat, reason, time }: ErasureClaim): Bytes =>
  H('erasure', [keyId, epoch, u32be(epochNo), u32be(seat), utf8(reason), u64be(time)])

/** Signs the statement. The caller has erased the share, durably, before. */
export const proveErasure = (claim: ErasureClaim, sign: Identity['sign']): Erasure => ({ ...claim, signature: sign(erasureDigest(claim)) })

/**
 * Checks a statement against the public half of the generation that it names.
 * @throws {PoolError} `bad-erasure`; it names the member when the statement is about this key but the signature is not its own.
 */
export function verifyErasure(erasure: Erasure, key: Pick<KeyPublic, 'keyId' | 'epoch' | 'epochNo' | 'parties'>, verify: Identity['verify']): void {
  const same = equal(erasure.keyId, key.keyId) && equal(erasure.epoch, key.epoch) && erasure.epochNo === key.epochNo
  if (!same) throw new PoolError('bad-erasure', { reason: 'for another key or generation' })
  const member = key.parties.find(party => party.index === erasure.seat)
  if (member === undefined) throw new PoolError('bad-erasure', { reason: 'not of a member', seat: erasure.seat })
  if (!verify(member.identity, erasureDigest(erasure), erasure.signature))
    throw accuse('bad-erasure', erasure.seat, { seat: erasure.seat }, 'signature')
}

const record = struct({
  version: version(1),
  keyId: fixed(32),
  epoch: fixed(32),
  epochNo: u32,
  seat: u16,
  reason: u8,
  time: u53,
  signature: fixed(64),
})

/** Version 1: stored as well as sent. Decoding throws `malformed-bytes`. */
export const erasureCodec: Codec<Erasure> = codec(
  erasure => record.encode({ version: 1, ...erasure, reason: REASONS.indexOf(erasure.reason) + 1 }),
  reader => {
    const { version: _, reason: number, ...rest } = record.read(reader)
    const reason = REASONS[number - 1]
    if (reason === undefined) throw new PoolError('malformed-bytes', { reason: 'unknown reason of erasure', got: number })
    return { ...rest, reason }
  },
)
