/**
 * Something to sign.
 * @module
 */
import { encodeUnsignedTransaction } from '../../core/l1/transaction.ts'
import type { SignRequest } from '../../core/threshold/sign.ts'
import { labelled } from './random.ts'

/** A valid request for a batch at `nonce`; `change` overrides its fields. */
export function signRequest(nonce = 0, change: Partial<SignRequest> = {}): SignRequest {
  const transaction = encodeUnsignedTransaction({
    type: 2,
    chainId: 31_337,
    nonce,
    maxPriorityFeePerGas: 1_000_000_000n,
    maxFeePerGas: 30_000_000_000n,
    gasLimit: 100_000n,
    to: '0xff00000000000000000000000000000000000042',
    value: 0n,
    data: labelled('batch', nonce),
  })
  return { transaction, slot: { rotationEpoch: 0, height: nonce, round: 0 }, content: labelled('content', nonce), path: [], ...change }
}
