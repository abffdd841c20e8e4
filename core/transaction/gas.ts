/**
 * Intrinsic gas of an L2 transaction under Prague rules.
 * @module
 */
import type { Bytes } from '../bytes.ts'

export interface GasInput {
  /** Calldata, or init code when `creates`. */
  readonly data: Bytes
  readonly creates: boolean
  /** Addresses and storage keys of the access list. */
  readonly addresses: number
  readonly keys: number
  readonly authorizations: number
}

/**
 * Gas charged before the first instruction: base cost, calldata (EIP-2028), creation and init code words (EIP-2, EIP-3860), access list
 * (EIP-2930), authorizations (EIP-7702), and never below the calldata floor of EIP-7623.
 */
export function intrinsicGas({ data, creates, addresses, keys, authorizations }: GasInput): bigint {
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  const tokens = zeros + 4 * (data.length - zeros)
  const creation = creates ? 32_000 + 2 * Math.ceil(data.length / 32) : 0
  const standard = 21_000 + 4 * tokens + creation + 2_400 * addresses + 1_900 * keys + 25_000 * authorizations
  return BigInt(Math.max(standard, 21_000 + 10 * tokens))
}
