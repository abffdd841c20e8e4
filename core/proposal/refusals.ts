/**
 * Why a member does not vote, and why it does not sign: codes with one sentence each. The docs show these tables; a test holds the two together.
 * @module
 */
import type { LockRefusal, SigningRefusal } from './lock.ts'
import type { WatermarkRefusal } from './watermark.ts'

/** Why a member does not vote for a proposal. The others see the code, in the order in which the rules are checked. */
export const REFUSALS = {
  'final-height': 'L1 has finalized a batch of this height or a later one',
  'stopped': 'the operator of this member has stopped it below this height',
  'wrong-height': 'the proposal is not for the height that L1 takes next',
  'stale-round': 'this member has voted in a later round',
  'bad-signature': 'the signature is of no member',
  'not-your-turn': 'it is another member that proposes in this round',
  'too-early': 'the round is not open yet by this member’s clock',
  'too-large': 'the payload is longer than a batch may be',
  'does-not-decode': 'the payload is not one whole channel of singular batches in one frame',
  'wrong-content': 'the content commitment, the channel id or the L1 origin is not that of the payload at this height',
  'does-not-follow': 'the first block does not follow the head of this member’s chain, or a block its predecessor',
  'bad-timestamp': 'a timestamp is not its parent’s plus the block time, lies in the future, or is too far from the L1 origin for transactions',
  'bad-origin': 'an L1 origin is unknown to this member, not canonical, out of order, younger than its block or too old',
  'bad-transaction': 'a transaction does not parse, has no valid signature, or breaks a limit',
  'unknown-chain': 'a transaction is for another chain',
  'nonce-order': 'a sender’s nonces are not the next ones, in order',
  'voided': 'the content was declared dead: L1 has finalized another block where its origin was',
  'second-content-in-round': 'this member has voted for other content in this round',
  'invalid-certificate': 'the certificate that should justify the content is for something else, not of an earlier round, or does not verify',
  'locked-elsewhere': 'this member is locked on other content, and no certificate of the lock’s round or a later one was shown',
  'rejected-by-operator': 'nothing speaks against the proposal, and the operator of this member does not want it',
  'not-approved-in-time': 'this member’s policy leaves the proposal to a person, who has not said yes in time',
} as const satisfies Record<LockRefusal | WatermarkRefusal, string> & Record<string, string>
export type RefusalReason = keyof typeof REFUSALS

/** Why a member does not sign a transaction for a height that is agreed on. */
export const SIGN_REFUSALS = {
  'final-height': 'L1 has finalized a batch of this height or a later one',
  'stopped': 'the operator of this member has stopped it below this height',
  'malformed-transaction': 'the bytes are not a canonical unsigned EIP-1559 transaction to an address, without access list',
  'wrong-chain': 'the transaction is for another L1 chain',
  'wrong-nonce': 'the nonce is not height + offset',
  'wrong-inbox': 'the transaction does not go to the pool’s inbox',
  'value-moved': 'the transaction moves ether',
  'wrong-payload': 'the calldata is not the agreed payload',
  'wrong-content': 'the payload is not what the agreed content commits to',
  'wrong-gas': 'the gas limit is below what the calldata costs, or above twice that',
  'tip-above-cap': 'the tip is above the fee cap',
  'fee-above-limit': 'the fee cap is above what this member’s policy allows',
  'bump-too-small': 'the fees do not replace those of the transaction signed before',
  'not-locked': 'this member is not locked on any content of the height',
  'locked-elsewhere': 'this member is locked on other content',
  'voided': 'the content was declared dead',
  'locked-in-another-round': 'the lock is of another round than the request',
  'voted-later': 'this member has voted in a later round',
  'not-a-fee-bump': 'another transaction was signed in this round, and this one does not raise tip and fee cap by ceil(10 %) + 1 wei',
} as const satisfies Record<SigningRefusal | WatermarkRefusal, string> & Record<string, string>
export type SignRefusal = keyof typeof SIGN_REFUSALS
