/**
 * Signed L2 transactions: legacy (EIP-155), access list (EIP-2930), fee market (EIP-1559) and set-code (EIP-7702), as they come in at the
 * relay and stand in batches. Blob (0x03) and deposit (0x7e) transactions never come from a sequencer and are refused.
 * @module
 */
import { type Bytes, concat, hex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { decodeRlp, encodeRlp, type Hex, isLowS, keccak256, type RlpItem, scalarBytes, scalarOf, smallOf } from '../ethereum.ts'
import { recoverAddress } from '../kernel/index.ts'
import { intrinsicGas } from './gas.ts'

export type TransactionType = 'legacy' | 'eip2930' | 'eip1559' | 'eip7702'

export interface L2Transaction {
  /** The EIP-2718 bytes that stand in a batch. */
  readonly raw: Bytes
  /** keccak256 of `raw`. */
  readonly hash: Hex
  readonly type: TransactionType
  /** Undefined for a legacy transaction without replay protection (before EIP-155). */
  readonly chainId: number | undefined
  /** Recovered sender, lower-case hex. */
  readonly from: Hex
  readonly nonce: number
  /** Undefined when it creates a contract. */
  readonly to: Hex | undefined
  /** Wei. */
  readonly value: bigint
  readonly gasLimit: bigint
  /** Wei a gas; the gas price of types without a separate tip. */
  readonly maxFeePerGas: bigint
  /** Wei a gas; equal to `maxFeePerGas` for types without a separate tip. */
  readonly maxPriorityFeePerGas: bigint
  /** Bytes of calldata or init code. */
  readonly dataLength: number
  /** What it costs before any execution; a lower gas limit can never be valid. */
  readonly intrinsicGas: bigint
}

/** What is wrong with bytes that are no transaction; `context.reason` of the error. */
export type TransactionFault =
  | 'empty'
  | 'oversize'
  | 'blob type'
  | 'deposit type'
  | 'unknown type'
  | 'rlp'
  | 'field count'
  | 'integer'
  | 'recipient'
  | 'data'
  | 'access list'
  | 'authorization list'
  | 'tip above fee cap'
  | 'signature'

/** Nodes refuse transactions above 128 KiB; nothing larger is parsed. */
export const MAX_L2_TRANSACTION_BYTES = 131_072

const fail = (reason: TransactionFault): PoolError => new PoolError('malformed-transaction', { reason })

/**
 * Parses signed bytes and recovers the sender. Strict: only the canonical encoding, low s (EIP-2), nonce below 2^53, tip not above the cap.
 * @throws {PoolError} `malformed-transaction` with a {@link TransactionFault} as `context.reason`.
 */
export function parseTransaction(raw: Bytes): L2Transaction {
  if (!(raw instanceof Uint8Array) || raw.length === 0) throw fail('empty')
  if (raw.length > MAX_L2_TRANSACTION_BYTES) throw fail('oversize')
  const lead = raw[0] as number
  if (lead >= 0xc0) return parseLegacy(raw)
  if (lead === 1) return parseTyped(raw, 'eip2930')
  if (lead === 2) return parseTyped(raw, 'eip1559')
  if (lead === 4) return parseTyped(raw, 'eip7702')
  throw fail(lead === 3 ? 'blob type' : lead === 0x7e ? 'deposit type' : 'unknown type')
}

/** Hash of a transaction as blocks list it: keccak256 of its EIP-2718 bytes. */
export const hashOfTransaction = (raw: Bytes): Hex => hex(keccak256(raw))

function parseLegacy(raw: Bytes): L2Transaction {
  const fields = listOf(raw, 9)
  const [nonce, gasPrice, gas, to, value, data, vItem] = fields
  const v = present(scalarOf(vItem, 8))
  // 27 and 28 carry no chain id; EIP-155 writes chainId * 2 + 35 + parity.
  const bare = v === 27n || v === 28n
  if (!bare && v < 37n) throw fail('signature')
  const chainId = bare ? undefined : (v - 35n) / 2n
  if (chainId !== undefined && chainId > BigInt(Number.MAX_SAFE_INTEGER)) throw fail('integer')
  const parity = Number(bare ? v - 27n : (v - 35n) % 2n)
  const signed = chainId === undefined ? fields.slice(0, 6) : [...fields.slice(0, 6), scalarBytes(chainId), new Uint8Array(), new Uint8Array()]
  const price = present(scalarOf(gasPrice, 32))
  return complete(raw, 'legacy', encodeRlp(signed), parity, fields.slice(7), {
    chainId: chainId === undefined ? undefined : Number(chainId),
    nonce,
    fees: [price, price],
    gas,
    to,
    value,
    data,
  })
}

function parseTyped(raw: Bytes, type: Exclude<TransactionType, 'legacy'>): L2Transaction {
  const tips = type === 'eip2930' ? 0 : 1
  const own = (type === 'eip7702' ? 10 : 9) - (1 - tips)
  const fields = listOf(raw.subarray(1), own + 3)
  const [chainId, nonce] = fields
  const tip = present(scalarOf(fields[2], 32))
  const cap = present(scalarOf(fields[2 + tips], 32))
  const [gas, to, value, data, accessList, authorizations] = fields.slice(3 + tips)
  const parity = present(scalarOf(fields[own], 1))
  if (parity > 1n) throw fail('signature')
  const digestInput = concat(raw.subarray(0, 1), encodeRlp(fields.slice(0, own)))
  return complete(raw, type, digestInput, Number(parity), fields.slice(own + 1), {
    chainId: present(smallOf(chainId)),
    nonce,
    fees: [tip, cap],
    gas,
    to,
    value,
    data,
    access: accessListSize(accessList),
    authorizations: type === 'eip7702' ? authorizationCount(authorizations) : 0,
  })
}

interface Parts {
  readonly chainId: number | undefined
  readonly nonce: RlpItem | undefined
  readonly fees: readonly [tip: bigint, cap: bigint]
  readonly gas: RlpItem | undefined
  readonly to: RlpItem | undefined
  readonly value: RlpItem | undefined
  readonly data: RlpItem | undefined
  readonly access?: { readonly addresses: number; readonly keys: number }
  readonly authorizations?: number
}

function complete(raw: Bytes, type: TransactionType, signed: Bytes, parity: number, rs: readonly RlpItem[], parts: Parts): L2Transaction {
  const { chainId, to, data, access = { addresses: 0, keys: 0 }, authorizations = 0 } = parts
  const [tip, cap] = parts.fees
  if (tip > cap) throw fail('tip above fee cap')
  if (!(to instanceof Uint8Array) || !(to.length === 20 || (to.length === 0 && type !== 'eip7702'))) throw fail('recipient')
  if (!(data instanceof Uint8Array)) throw fail('data')
  const fields = { nonce: present(smallOf(parts.nonce)), value: present(scalarOf(parts.value, 32)), gasLimit: present(scalarOf(parts.gas, 8)) }
  const [r, s] = rs.map(item => scalarOf(item, 32))
  const from = r === undefined || s === undefined || !isLowS(r, s) ? undefined : recoverAddress(keccak256(signed), r, s, parity)
  if (from === undefined) throw fail('signature')
  return {
    raw,
    hash: hashOfTransaction(raw),
    type,
    chainId,
    from,
    ...fields,
    to: to.length === 0 ? undefined : hex(to),
    maxFeePerGas: cap,
    maxPriorityFeePerGas: tip,
    dataLength: data.length,
    intrinsicGas: intrinsicGas({ data, creates: to.length === 0, ...access, authorizations }),
  }
}

function listOf(bytes: Bytes, length: number): readonly RlpItem[] {
  const list = decodeRlp(bytes)
  if (list === undefined) throw fail('rlp')
  if (list instanceof Uint8Array || list.length !== length) throw fail('field count')
  return list
}

function present<T>(field: T | undefined): T {
  if (field === undefined) throw fail('integer')
  return field
}

const isWord = (item: RlpItem | undefined, length: number): boolean => item instanceof Uint8Array && item.length === length

function accessListSize(list: RlpItem | undefined): { addresses: number; keys: number } {
  if (!Array.isArray(list)) throw fail('access list')
  let keys = 0
  for (const entry of list as readonly RlpItem[]) {
    const [address, slots, ...rest] = entry instanceof Uint8Array ? [] : entry
    if (!isWord(address, 20) || slots === undefined || slots instanceof Uint8Array || rest.length !== 0) throw fail('access list')
    if (!slots.every(slot => isWord(slot, 32))) throw fail('access list')
    keys += slots.length
  }
  return { addresses: list.length, keys }
}

/** Tuples `[chainId, address, nonce, yParity, r, s]`; their signatures are for the execution client to judge (EIP-7702). */
function authorizationCount(list: RlpItem | undefined): number {
  if (!Array.isArray(list) || list.length === 0) throw fail('authorization list')
  for (const entry of list as readonly RlpItem[]) {
    if (entry instanceof Uint8Array || entry.length !== 6 || !isWord(entry[1], 20)) throw fail('authorization list')
    const widths = [32, 20, 8, 1, 32, 32]
    if (!entry.every((item, i) => i === 1 || scalarOf(item, widths[i] as number) !== undefined)) throw fail('authorization list')
  }
  return list.length
}
