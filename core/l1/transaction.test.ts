import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { keccak256, parseTransaction, recoverTransactionAddress, serializeTransaction } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { type Bytes, equal, fromHex, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { CURVE_ORDER } from '../transcript.ts'
import {
  calldataGas,
  decodeSignedTransaction,
  decodeUnsignedTransaction,
  encodeSignedTransaction,
  encodeUnsignedTransaction,
  MAX_TRANSACTION_BYTES,
  sighash,
  transactionHash,
  type UnsignedTransaction,
} from './transaction.ts'

const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)

const base: UnsignedTransaction = {
  type: 2,
  chainId: 31337,
  nonce: 7,
  maxPriorityFeePerGas: 1_000_000_000n,
  maxFeePerGas: 20_000_000_000n,
  gasLimit: 100_000n,
  to: '0xff00000000000000000000000000000000000010',
  value: 0n,
  data: Uint8Array.of(0, 1, 2, 3),
}

const transactions: fc.Arbitrary<UnsignedTransaction> = fc
  .record({
    type: fc.constant(2 as const),
    chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    nonce: fc.maxSafeNat(),
    maxPriorityFeePerGas: fc.bigInt(0n, 2n ** 256n - 1n),
    maxFeePerGas: fc.bigInt(0n, 2n ** 256n - 1n),
    gasLimit: fc.bigInt(0n, 2n ** 64n - 1n),
    to: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(hex),
    value: fc.bigInt(0n, 2n ** 256n - 1n),
    data: fc.uint8Array({ maxLength: 300 }),
  })
  .filter(tx => tx.maxPriorityFeePerGas <= tx.maxFeePerGas)

const code = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return isPoolError(error) ? error.code : `untyped: ${String(error)}`
  }
  return 'no error'
}
/** Accepts bytes only when they are the one encoding of what they decode to. */
const canonicalOrRefused = (bytes: Bytes): boolean => {
  try {
    return equal(encodeUnsignedTransaction(decodeUnsignedTransaction(bytes)), bytes)
  } catch (error) {
    return isPoolError(error, 'malformed-transaction')
  }
}

const viemFields = (tx: UnsignedTransaction) =>
  ({
    type: 'eip1559',
    chainId: tx.chainId,
    nonce: tx.nonce,
    maxPriorityFeePerGas: tx.maxPriorityFeePerGas,
    maxFeePerGas: tx.maxFeePerGas,
    gas: tx.gasLimit,
    to: tx.to,
    value: tx.value,
    data: hex(tx.data),
  }) as const

describe('unsigned L1 transaction', () => {
  it('is the golden bytes of EIP-1559', () => {
    expect(hex(encodeUnsignedTransaction(base))).toBe(
      '0x02ef827a6907843b9aca008504a817c800830186a094ff00000000000000000000000000000000000010808400010203c0',
    )
  })

  it('round-trips any transaction', () => {
    fc.assert(
      fc.property(transactions, tx => {
        expect(decodeUnsignedTransaction(encodeUnsignedTransaction(tx))).toEqual(tx)
      }),
    )
  })

  it('hashes to what is signed', () => {
    const bytes = encodeUnsignedTransaction(base)
    expect(hex(sighash(bytes))).toBe(keccak256(serializeTransaction(viemFields(base))))
    expect(hex(sighash(bytes))).toBe(hex(keccak_256(bytes)))
  })

  it.each<[string, Partial<Record<keyof UnsignedTransaction, unknown>>]>([
    ['another type', { type: 3 }],
    ['chain id 0', { chainId: 0 }],
    ['a negative nonce', { nonce: -1 }],
    ['a nonce that no number holds', { nonce: 2 ** 53 }],
    ['a tip above the cap', { maxPriorityFeePerGas: 3n, maxFeePerGas: 2n }],
    ['a fee of 257 bits', { maxFeePerGas: 1n << 256n }],
    ['a gas limit of 65 bits', { gasLimit: 1n << 64n }],
    ['contract creation', { to: '0x' }],
    ['a checksummed recipient', { to: '0xFF00000000000000000000000000000000000010' }],
    ['a negative value', { value: -1n }],
    ['data that is not bytes', { data: '0x' }],
    ['data above 128 KiB', { data: new Uint8Array(MAX_TRANSACTION_BYTES + 1) }],
  ])('refuses to encode %s', (_, change) => {
    expect(code(() => encodeUnsignedTransaction({ ...base, ...change } as UnsignedTransaction))).toBe('malformed-transaction')
  })

  const golden = hex(encodeUnsignedTransaction(base)).slice(2)
  const withPrefix = (body: string): Bytes => fromHex(`02${(0xc0 + body.length / 2).toString(16)}${body}`)
  const body = golden.slice(4)
  it.each<[string, Bytes]>([
    ['nothing', new Uint8Array()],
    ['only the type', Uint8Array.of(2)],
    ['another type', fromHex(`01${golden.slice(2)}`)],
    ['a trailing byte', fromHex(`${golden}00`)],
    ['a missing byte', fromHex(golden.slice(0, -2))],
    ['a string instead of a list', fromHex('0280')],
    ['a leading zero in the nonce', withPrefix(body.replace('827a6907', '827a69820007'))],
    ['zero written as 00', withPrefix(body.replace('10808400010203', '10008400010203'))],
    ['a one-byte nonce with a length prefix', withPrefix(body.replace('827a6907', '827a698107'))],
    ['a long length prefix for a short list', fromHex(`02f8${(body.length / 2).toString(16)}${body}`)],
    ['a recipient of 19 bytes', withPrefix(body.replace(/94ff(0{36}10)/, '93$1'))],
    ['contract creation', withPrefix(body.replace(/94ff0{36}10/, '80'))],
    ['an access list', withPrefix(`${body.slice(0, -2)}c1c0`)],
    ['an access list that is a string', withPrefix(`${body.slice(0, -2)}80`)],
    ['ten fields', withPrefix(`${body}80`)],
    ['a list nested beyond any stack', fromHex(`02${'c1'.repeat(5000)}c0`)],
  ])('refuses to decode %s', (_, bytes) => {
    expect(code(() => decodeUnsignedTransaction(bytes))).toBe('malformed-transaction')
    expect(code(() => sighash(bytes))).toBe('malformed-transaction')
  })

  it('gives a typed error or canonical bytes for random and mutated input', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => canonicalOrRefused(bytes)))
    fc.assert(
      fc.property(transactions, fc.nat(), fc.nat(255), (tx, at, byte) => {
        const bytes = encodeUnsignedTransaction(tx)
        bytes[at % bytes.length] = byte
        return canonicalOrRefused(bytes)
      }),
    )
  })
})

describe('signed L1 transaction', () => {
  const sign = async (tx: UnsignedTransaction) => {
    const { r, s, yParity } = parseTransaction(await account.signTransaction(viemFields(tx)))
    return { r: BigInt(r ?? 0), s: BigInt(s ?? 0), yParity: (yParity ?? 0) as 0 | 1 }
  }

  it('is what viem signs, and viem recovers the same sender', async () => {
    for (let nonce = 0; nonce < 12; nonce++) {
      const tx = { ...base, nonce }
      const signature = await sign(tx)
      const raw = encodeSignedTransaction(tx, signature)
      expect(hex(raw)).toBe(await account.signTransaction(viemFields(tx)))
      const decoded = decodeSignedTransaction(raw)
      expect(decoded).toEqual({ transaction: tx, signature, hash: keccak256(raw), from: account.address.toLowerCase() })
      expect(await recoverTransactionAddress({ serializedTransaction: hex(raw) as `0x02${string}` })).toBe(account.address)
      expect(transactionHash(raw)).toBe(keccak256(raw))
    }
  })

  it('refuses the high-s twin, zero and out-of-range signatures', async () => {
    const signature = await sign(base)
    for (const bad of [{ s: CURVE_ORDER - signature.s }, { s: 0n }, { r: 0n }, { r: CURVE_ORDER }, { yParity: 2 as 1 }])
      expect(code(() => encodeSignedTransaction(base, { ...signature, ...bad }))).toBe('malformed-transaction')
    const twin = { r: signature.r, s: CURVE_ORDER - signature.s, yParity: (1 - signature.yParity) as 0 | 1 }
    const word = (n: bigint): `0x${string}` => `0x${n.toString(16)}`
    const raw = fromHex(serializeTransaction(viemFields(base), { r: word(twin.r), s: word(twin.s), yParity: twin.yParity }))
    expect(code(() => decodeSignedTransaction(raw))).toBe('malformed-transaction')
  })

  it('does not take one form for the other', async () => {
    const unsigned = encodeUnsignedTransaction(base)
    const signed = encodeSignedTransaction(base, await sign(base))
    expect(code(() => decodeSignedTransaction(unsigned))).toBe('malformed-transaction')
    expect(code(() => decodeUnsignedTransaction(signed))).toBe('malformed-transaction')
  })

  it('never accepts mutated bytes as the same transaction', async () => {
    const raw = encodeSignedTransaction(base, await sign(base))
    const original = decodeSignedTransaction(raw)
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = raw.slice()
        bytes[at] = (bytes[at] as number) ^ flip
        try {
          const decoded = decodeSignedTransaction(bytes)
          expect(decoded.hash).not.toBe(original.hash)
          expect(decoded.from).not.toBe(original.from)
        } catch (error) {
          expect(isPoolError(error, 'malformed-transaction')).toBe(true)
        }
      }),
    )
  })
})

describe('calldataGas', () => {
  it('is the EIP-7623 floor, which is never below EIP-2028', () => {
    expect(calldataGas(new Uint8Array())).toBe(21_000n)
    expect(calldataGas(Uint8Array.of(0))).toBe(21_010n)
    expect(calldataGas(Uint8Array.of(1))).toBe(21_040n)
    // Seen on a node: 100 kB of non-zero calldata used 4,021,000 gas.
    expect(calldataGas(new Uint8Array(100_000).fill(1))).toBe(4_021_000n)
  })
})
