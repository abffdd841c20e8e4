/**
 * The keys of a member out of one secret, short enough for a link: whoever makes a pool for tabs hands each its link.
 * @module
 */
import { assertBytes, type Bytes } from '../bytes.ts'
import { H } from '../transcript.ts'

/** A link's part after `#`, before the secret. */
export const LINK_MARK = '#seat='

/**
 * `H("link-identity"; secret)` and `H("link-vote"; secret)`, 32 bytes each, from 32. That the second is no scalar of secp256k1 does not happen; whoever uses it checks.
 * The caller wipes all three.
 */
export function keysOfLink(secret: Bytes): { readonly identitySeed: Bytes; readonly voteKey: Bytes } {
  assertBytes(secret, 'secret', 32)
  return { identitySeed: H('link-identity', [secret]), voteKey: H('link-vote', [secret]) }
}
