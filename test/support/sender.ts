/**
 * Signed L2 transactions of a throwaway account.
 * @module
 */
import { privateKeyToAccount } from 'viem/accounts'
import { type Bytes, fromHex, hex } from '../../core/bytes.ts'
import { labelled } from './random.ts'

/** Signs the transaction of a nonce; the account depends on `index` only. */
export function testSender(chainId: number, index = 0): (nonce: number, value?: bigint) => Promise<Bytes> {
  const account = privateKeyToAccount(hex(labelled('sender', index)))
  return async (nonce, value = 0n) =>
    fromHex(
      await account.signTransaction({
        type: 'eip1559',
        chainId,
        nonce,
        to: `0x${'42'.repeat(20)}`,
        value,
        gas: 21_000n,
        maxFeePerGas: 1_000_000_000n,
        maxPriorityFeePerGas: 1n,
      }),
    )
}
