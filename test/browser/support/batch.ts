/**
 * Something that a seat may sign: a batch of the pool as an unsigned L1 transaction.
 * @module
 */
import { channelIdOf } from '../../../core/batch/content.ts'
import { encodeBlocks } from '../../../core/batch/summary.ts'
import { hex } from '../../../core/bytes.ts'
import { calldataGas, encodeUnsignedTransaction, type UnsignedTransaction } from '../../../core/l1/transaction.ts'
import type { Pool } from '../../../core/proposal/pool.ts'
import { nodeDeflate } from '../../../signer-node/zlib.ts'

/** One empty L2 block at `height`; `change` overrides fields of the transaction. */
export function batchTransaction(pool: Pool, account: `0x${string}`, height: number, change: Partial<UnsignedTransaction> = {}): `0x${string}` {
  const { l1, l2 } = pool
  const block = {
    number: height + 1,
    parentHash: l1.genesis.hash,
    timestamp: l2.genesisTime + (height + 1) * l2.blockTime,
    l1Origin: { number: l1.genesis.number, hash: l1.genesis.hash },
    transactions: [],
  }
  const nonce = height + l1.nonceOffset
  const { calldata } = encodeBlocks([block], channelIdOf({ chainId: l1.chainId, account, nonce }), nodeDeflate)
  return hex(
    encodeUnsignedTransaction({
      type: 2,
      chainId: l1.chainId,
      nonce,
      maxPriorityFeePerGas: 1_000_000_000n,
      maxFeePerGas: 30_000_000_000n,
      gasLimit: calldataGas(calldata),
      to: l1.inbox,
      value: 0n,
      data: calldata,
      ...change,
    }),
  )
}
