/**
 * Why the relay refuses a request of a member: the `code` and `reason` of a `refused` frame. Members send again what is refused as
 * `unavailable`; everything else stays refused.
 * @module
 */

export const REFUSALS = {
  'malformed-envelope': 'the envelope does not decode',
  'wrong-room': 'the envelope names another pool',
  'wrong-sender': 'the envelope names another sender than the one who is connected',
  'unknown-recipient': 'the envelope names a recipient who is not in the pool, or its sender',
  'bad-signature': 'the signature of the envelope does not verify',
  'not-a-member': 'who only hands a key over has nothing to say about this pool’s account and batches',
  'conflict': 'another envelope has this address already',
  'mailbox-full': 'the recipient has not fetched its messages and its share of the storage is used up',
  'unavailable': 'the relay cannot do this at the moment; send it again',
  'malformed-transaction': 'the bytes are not a signed EIP-1559 transaction',
  'wrong-account': 'the transaction is not from the account of the pool',
  'wrong-chain': 'the transaction is for another chain',
  'wrong-inbox': 'the transaction does not go to the inbox, or carries value',
  'wrong-nonce': 'the nonce is not that of the height',
  'malformed-batch': 'the calldata is not a batch',
  'wrong-content': 'the content commitment is not that of the calldata',
  'other-content': 'another content is stored for this height',
  'height-taken': 'another transaction has this height on L1',
} as const

export type RefusalCode = keyof typeof REFUSALS
