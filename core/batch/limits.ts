/**
 * How much fits into one batch of one calldata transaction.
 * @module
 */

export interface BatchLimits {
  readonly maxTransactionsPerBlock: number
  /** Sum of the gas limits of a block's transactions. */
  readonly maxGasPerBlock: bigint
  /** Uncompressed bytes of all batches of a channel, RLP included. */
  readonly maxBytes: number
}

/** op-batcher's bound for the calldata of one L1 transaction, version byte and frame header included. */
export const MAX_CALLDATA_BYTES = 120_000

/**
 * Limits of a pool that names nothing else. Even incompressible content stays under {@link MAX_CALLDATA_BYTES}: zlib adds at most 5 bytes per
 * 16 KiB and 6 in all, frame and version byte 24.
 */
export const DEFAULT_LIMITS: BatchLimits = { maxTransactionsPerBlock: 1_000, maxGasPerBlock: 30_000_000n, maxBytes: 119_000 }

/**
 * Upper bounds of a singular batch's encoding: string header 4, version 1, list headers 4 + 4, two words of 33, two integers of 9;
 * a transaction has a header of at most 4.
 */
export const BLOCK_OVERHEAD = 4 + 1 + 4 + 4 + 2 * 33 + 2 * 9
export const TRANSACTION_OVERHEAD = 4
