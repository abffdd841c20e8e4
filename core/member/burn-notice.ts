/**
 * Burn notices: a member's signed word that it has destroyed the secrets it shared with a peer. The others keep it, so that nobody chooses that pair to sign
 * together, and so that a member whose vault was put back to an earlier day learns again what it has burned.
 * @module
 */
import { type Bytes, equal, u32be, utf8 } from '../bytes.ts'
import { fixed, type Infer, struct, text, u16, version } from '../codec.ts'
import { H } from '../transcript.ts'

/** Version 1: stored as well as sent. */
export const burnNoticeCodec = struct({
  version: version(1),
  keyId: fixed(32),
  /** The generation whose secrets are gone; a later one has new ones. */
  epoch: fixed(32),
  /** Seats: who says it, and who failed a check. */
  seat: u16,
  peer: u16,
  /** Code of the check. */
  reason: text(32),
  /** By the identity key of `seat`. */
  signature: fixed(64),
})
export type BurnNotice = Infer<typeof burnNoticeCodec>
type Unsigned = Omit<BurnNotice, 'version' | 'signature'>

/** `H("burn"; keyId, epoch, seat, peer, reason)`. */
const digest = ({ keyId, epoch, seat, peer, reason }: Unsigned): Bytes => H('burn', [keyId, epoch, u32be(seat), u32be(peer), utf8(reason)])

/** Signs a notice; what it says is durable before. */
export const signBurnNotice = (unsigned: Unsigned, sign: (message: Bytes) => Bytes): BurnNotice => ({
  version: 1,
  ...unsigned,
  signature: sign(digest(unsigned)),
})

/** True when a notice is of one member about another, signed by the first. `identities`: 32-byte identity keys by seat. */
export function isBurnNotice(
  notice: BurnNotice,
  identities: ReadonlyMap<number, Bytes>,
  verify: (key: Bytes, message: Bytes, signature: Bytes) => boolean,
): boolean {
  const identity = identities.get(notice.seat)
  return identity !== undefined && notice.peer !== notice.seat && identities.has(notice.peer) && verify(identity, digest(notice), notice.signature)
}

/** True for two notices of one member about the same peer and generation: the first one counts. */
export const isSameBurn = (a: BurnNotice, b: BurnNotice): boolean => a.seat === b.seat && a.peer === b.peer && equal(a.epoch, b.epoch)
