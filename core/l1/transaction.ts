/**
 * The L1 transactions that the pool signs: EIP-1559 (type 2), calldata to a fixed address, never contract creation, empty access
 * list. A decoder accepts exactly the bytes that the encoder writes, so the hash that members sign names one transaction.
 * @module
 */
import { type Bytes, concat, equal, fromHex, hex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { decodeRlp, encodeRlp, isLowS, keccak256, type RlpItem, scalarBytes, scalarOf, smallOf } from '../ethereum.ts'
import { recoverAddress } from '../kernel/index.ts'

export interface UnsignedTransaction {
  /** EIP-2718 type. */
  readonly type: 2
  /** 1 .. 2^53 - 1. */
  readonly chainId: number
  /** 0 .. 2^53 - 1. */
  readonly nonce: number
  /** Wei; not above `maxFeePerGas`. */
  readonly maxPriorityFeePerGas: bigint
  /** Wei. */
  readonly maxFeePerGas: bigint
  /** Below 2^64. */
  readonly gasLimit: bigint
  /** Lower-case hex. */
  readonly to: `0x${string}`
  /** Wei. */
  readonly value: bigint
  readonly data: Bytes
}

/** ECDSA over secp256k1; `s` in the lower half of the order (EIP-2). */
export interface Signature {
  readonly r: bigint
  readonly s: bigint
  readonly yParity: 0 | 1
}

export interface SignedTransaction {
  readonly transaction: UnsignedTransaction
  readonly signature: Signature
  /** keccak256 of the signed bytes. */
  readonly hash: `0x${string}`
  /** The recovered sender, lower-case hex. */
  readonly from: `0x${string}`
}

/** Nodes refuse to relay transactions above 128 KiB; nothing larger is decoded. */
export const MAX_TRANSACTION_BYTES = 131_072

const malformed = (reason: string): PoolError => new PoolError('malformed-transaction', { reason })

/**
 * `0x02 || rlp([chainId, nonce, tip, cap, gas, to, value, data, []])` (EIP-1559).
 * @throws {PoolError} `malformed-transaction` when a field is out of range.
 */
export const encodeUnsignedTransaction = (transaction: UnsignedTransaction): Bytes => serialize(transaction)

/**
 * Strict inverse of {@link encodeUnsignedTransaction}: the result re-encodes to the same bytes.
 * @throws {PoolError} `malformed-transaction`
 */
export function decodeUnsignedTransaction(bytes: Bytes): UnsignedTransaction {
  const transaction = readFields(readList(bytes, 9))
  if (!equal(serialize(transaction), bytes)) throw malformed('not canonical')
  return transaction
}

/**
 * The 32 bytes that a signature of the transaction signs: keccak256 of the unsigned bytes, after a strict decode.
 * @throws {PoolError} `malformed-transaction`
 */
export function sighash(bytes: Bytes): Bytes {
  decodeUnsignedTransaction(bytes)
  return keccak256(bytes)
}

/**
 * `0x02 || rlp([…unsigned fields, yParity, r, s])`. The signature is range-checked (low s) but not verified.
 * @throws {PoolError} `malformed-transaction` when a field is out of range.
 */
export function encodeSignedTransaction(transaction: UnsignedTransaction, signature: Signature): Bytes {
  checkSignature(signature)
  return serialize(transaction, signature)
}

/**
 * Strict inverse of {@link encodeSignedTransaction}, with the hash and the recovered sender.
 * @throws {PoolError} `malformed-transaction`, also when no sender can be recovered.
 */
export function decodeSignedTransaction(bytes: Bytes): SignedTransaction {
  const fields = readList(bytes, 12)
  const transaction = readFields(fields)
  const [parity, r, s] = fields.slice(9).map(field => scalarOf(field, 32))
  if (parity === undefined || r === undefined || s === undefined || parity > 1n) throw malformed('signature')
  const signature: Signature = { r, s, yParity: parity === 0n ? 0 : 1 }
  checkSignature(signature)
  if (!equal(serialize(transaction, signature), bytes)) throw malformed('not canonical')
  const from = recoverAddress(keccak256(serialize(transaction)), r, s, signature.yParity)
  if (from === undefined) throw malformed('no sender can be recovered')
  return { transaction, signature, hash: hex(keccak256(bytes)), from }
}

/**
 * Hash of a signed transaction, as L1 reports it.
 * @throws {PoolError} `malformed-transaction` when the bytes are not a signed type-2 transaction.
 */
export const transactionHash = (signed: Bytes): `0x${string}` => decodeSignedTransaction(signed).hash

/** Gas that a plain transfer pays before its calldata. */
export const BASE_GAS = 21_000n

/**
 * Gas that a transaction with this calldata to an account without code uses: the larger of EIP-2028 (4 gas a zero byte, 16 any other) and the
 * EIP-7623 floor (10 and 40), base cost included.
 */
export function calldataGas(data: Bytes): bigint {
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  const tokens = BigInt(zeros + 4 * (data.length - zeros))
  return BASE_GAS + 10n * tokens
}

function serialize(transaction: UnsignedTransaction, signature?: Signature): Bytes {
  checkFields(transaction)
  const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to, value, data } = transaction
  const numbers = [chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit].map(scalarBytes)
  const signed = signature === undefined ? [] : [signature.yParity, signature.r, signature.s].map(scalarBytes)
  return concat(Uint8Array.of(2), encodeRlp([...numbers, fromHex(to), scalarBytes(value), data, [], ...signed]))
}

function checkFields(transaction: UnsignedTransaction): void {
  const { type, chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to, value, data } = transaction
  const below = (n: bigint, bits: bigint): boolean => typeof n === 'bigint' && n >= 0n && n < 1n << bits
  if (type !== 2) throw malformed('type')
  if (!Number.isSafeInteger(chainId) || chainId < 1) throw malformed('chain id')
  if (!Number.isSafeInteger(nonce) || nonce < 0) throw malformed('nonce')
  if (!below(maxFeePerGas, 256n) || !below(maxPriorityFeePerGas, 256n) || maxPriorityFeePerGas > maxFeePerGas) throw malformed('fees')
  if (!below(gasLimit, 64n)) throw malformed('gas limit')
  if (!/^0x[0-9a-f]{40}$/.test(to)) throw malformed('recipient')
  if (!below(value, 256n)) throw malformed('value')
  if (!(data instanceof Uint8Array) || data.length > MAX_TRANSACTION_BYTES) throw malformed('data')
}

function checkSignature({ r, s, yParity }: Signature): void {
  if (yParity !== 0 && yParity !== 1) throw malformed('parity')
  if (!isLowS(r, s)) throw malformed('signature out of range')
}

function readList(bytes: Bytes, length: number): readonly RlpItem[] {
  if (!(bytes instanceof Uint8Array) || bytes.length > MAX_TRANSACTION_BYTES) throw malformed('size')
  if (bytes[0] !== 2) throw malformed('type')
  const list = decodeRlp(bytes.subarray(1))
  if (list === undefined) throw malformed('rlp')
  if (list instanceof Uint8Array || list.length !== length) throw malformed('field count')
  return list
}

function readFields(fields: readonly RlpItem[]): UnsignedTransaction {
  const [chainId, nonce, tip, cap, gas, to, value, data, accessList] = fields
  if (!Array.isArray(accessList) || accessList.length !== 0) throw malformed('access list')
  if (!(to instanceof Uint8Array) || to.length !== 20) throw malformed('recipient')
  if (!(data instanceof Uint8Array)) throw malformed('data')
  return {
    type: 2,
    chainId: present(smallOf(chainId)),
    nonce: present(smallOf(nonce)),
    maxPriorityFeePerGas: present(scalarOf(tip, 32)),
    maxFeePerGas: present(scalarOf(cap, 32)),
    gasLimit: present(scalarOf(gas, 8)),
    to: hex(to),
    value: present(scalarOf(value, 32)),
    data: data.slice(),
  }
}

function present<T>(field: T | undefined): T {
  if (field === undefined) throw malformed('integer')
  return field
}
