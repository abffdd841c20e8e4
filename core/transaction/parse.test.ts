import fc from 'fast-check'
import { keccak256, parseTransaction as parseWithViem, serializeTransaction } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, fromHex, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { encodeRlp } from '../ethereum.ts'
import { CURVE_ORDER } from '../transcript.ts'
import { intrinsicGas } from './gas.ts'
import { MAX_L2_TRANSACTION_BYTES, parseTransaction } from './parse.ts'

const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const sender = account.address.toLowerCase()
const to = '0x00000000000000000000000000000000000000aa'
const common = { nonce: 3, gas: 60_000n, to, value: 5n, data: '0x0001' } as const

const reason = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return isPoolError(error, 'malformed-transaction') ? String(error.context.reason) : `untyped: ${String(error)}`
  }
  return 'no error'
}

const authorization = await account.signAuthorization({ address: to, chainId: 901, nonce: 4 })
const accessList = [{ address: to, storageKeys: [`0x${'00'.repeat(32)}`, `0x${'01'.repeat(32)}`] }] as const
const samples = {
  legacy: await account.signTransaction({ ...common, type: 'legacy', chainId: 901, gasPrice: 7n }),
  eip2930: await account.signTransaction({ ...common, type: 'eip2930', chainId: 901, gasPrice: 7n, accessList }),
  eip1559: await account.signTransaction({ ...common, type: 'eip1559', chainId: 901, maxFeePerGas: 9n, maxPriorityFeePerGas: 2n }),
  eip7702: await account.signTransaction({ ...common, type: 'eip7702', chainId: 901, maxFeePerGas: 9n, authorizationList: [authorization] }),
} as const
const kinds = Object.keys(samples) as (keyof typeof samples)[]

describe('parseTransaction', () => {
  it.each(kinds)('reads a signed %s transaction as viem wrote it', kind => {
    const raw = fromHex(samples[kind])
    const priced = kind === 'legacy' || kind === 'eip2930'
    expect(parseTransaction(raw)).toMatchObject({
      raw,
      hash: keccak256(raw),
      type: kind,
      chainId: 901,
      from: sender,
      nonce: 3,
      to,
      value: 5n,
      gasLimit: 60_000n,
      maxFeePerGas: priced ? 7n : 9n,
      maxPriorityFeePerGas: kind === 'eip1559' ? 2n : priced ? 7n : 0n,
      dataLength: 2,
      intrinsicGas: { legacy: 21_050n, eip2930: 21_020n + 2_400n + 3_800n, eip1559: 21_050n, eip7702: 46_020n }[kind],
    })
  })

  it('reads contract creation, and a legacy transaction without a chain id', async () => {
    const created = parseTransaction(fromHex(await account.signTransaction({ chainId: 901, gas: 1n, data: '0x60', maxFeePerGas: 1n })))
    expect(created).toMatchObject({ to: undefined, nonce: 0, from: sender, intrinsicGas: 21_000n + 32_000n + 16n + 2n })
    const bare = parseTransaction(fromHex(await account.signTransaction({ ...common, type: 'legacy', gasPrice: 7n })))
    expect(bare).toMatchObject({ chainId: undefined, from: sender })
  })

  it('recovers every parity (many nonces, all types)', async () => {
    for (let nonce = 0; nonce < 8; nonce++)
      for (const fees of [
        { type: 'legacy', gasPrice: 1n },
        { type: 'eip1559', maxFeePerGas: 1n },
      ] as const)
        expect(parseTransaction(fromHex(await account.signTransaction({ ...common, ...fees, chainId: 901, nonce }))).from).toBe(sender)
  })

  it('refuses what a sequencer must not hold', () => {
    const body = fromHex(samples.eip1559).subarray(1)
    expect(reason(() => parseTransaction(new Uint8Array()))).toBe('empty')
    expect(reason(() => parseTransaction(new Uint8Array(MAX_L2_TRANSACTION_BYTES + 1).fill(0xf9)))).toBe('oversize')
    expect(reason(() => parseTransaction(concat(Uint8Array.of(0x03), body)))).toBe('blob type')
    expect(reason(() => parseTransaction(concat(Uint8Array.of(0x7e), body)))).toBe('deposit type')
    expect(reason(() => parseTransaction(concat(Uint8Array.of(0x05), body)))).toBe('unknown type')
    expect(reason(() => parseTransaction(Uint8Array.of(0x80)))).toBe('unknown type')
  })

  it('refuses unsigned bytes, trailing bytes and a truncated one', () => {
    expect(reason(() => parseTransaction(fromHex(serializeTransaction({ ...common, chainId: 901, type: 'eip1559' }))))).toBe('field count')
    expect(reason(() => parseTransaction(fromHex(`${samples.eip1559}00`)))).toBe('rlp')
    expect(reason(() => parseTransaction(fromHex(samples.legacy.slice(0, -2))))).toBe('rlp')
  })

  it('refuses the high-s twin of a valid signature (EIP-2)', () => {
    const { r, s, yParity } = parseWithViem(samples.eip1559)
    const unsigned = { ...common, chainId: 901, type: 'eip1559', maxFeePerGas: 9n, maxPriorityFeePerGas: 2n } as const
    const same = { r: r ?? '0x', s: s ?? '0x', yParity: yParity ?? 0 } as const
    expect(serializeTransaction(unsigned, same)).toBe(samples.eip1559)
    const twin = { r: same.r, s: `0x${(CURVE_ORDER - BigInt(s ?? 0)).toString(16)}`, yParity: 1 - (yParity ?? 0) } as const
    expect(reason(() => parseTransaction(fromHex(serializeTransaction(unsigned, twin))))).toBe('signature')
  })

  it('names the field that is wrong', () => {
    const word = new Uint8Array(32).fill(1)
    const address = new Uint8Array(20).fill(1)
    const one = Uint8Array.of(1)
    const none = new Uint8Array()
    const typed = (type: number, fields: Parameters<typeof encodeRlp>[0]): Bytes => concat(Uint8Array.of(type), encodeRlp(fields))
    const fields = [one, none, one, one, one, address, none, none, [], one, word, word]
    const set = (at: number, value: unknown) => fields.map((field, i) => (i === at ? value : field)) as typeof fields
    expect(reason(() => parseTransaction(typed(2, set(1, Uint8Array.of(0, 1)))))).toBe('integer')
    expect(reason(() => parseTransaction(typed(2, set(1, new Uint8Array(8).fill(0xff)))))).toBe('integer')
    expect(reason(() => parseTransaction(typed(2, set(2, Uint8Array.of(2)))))).toBe('tip above fee cap')
    expect(reason(() => parseTransaction(typed(2, set(5, address.subarray(1)))))).toBe('recipient')
    expect(reason(() => parseTransaction(typed(2, set(7, []))))).toBe('data')
    expect(reason(() => parseTransaction(typed(2, set(8, [[address, [word.subarray(1)]]]))))).toBe('access list')
    expect(reason(() => parseTransaction(typed(2, set(8, [address]))))).toBe('access list')
    expect(reason(() => parseTransaction(typed(2, set(8, none))))).toBe('access list')
    expect(reason(() => parseTransaction(typed(2, set(9, Uint8Array.of(2)))))).toBe('signature')
    expect(reason(() => parseTransaction(typed(2, set(10, none))))).toBe('signature')
    const setCode = (to: Bytes, list: unknown) => [one, none, one, one, one, to, none, none, [], list, one, word, word] as typeof fields
    expect(reason(() => parseTransaction(typed(4, setCode(address, []))))).toBe('authorization list')
    expect(reason(() => parseTransaction(typed(4, setCode(address, [[one, address, none, none, word]]))))).toBe('authorization list')
    expect(reason(() => parseTransaction(typed(4, setCode(none, [[one, address, none, none, word, word]]))))).toBe('recipient')
  })

  it('answers random and mutated bytes with a typed error or another transaction', () => {
    const total = (bytes: Bytes) => {
      try {
        return hex(parseTransaction(bytes).raw) === hex(bytes)
      } catch (error) {
        return isPoolError(error, 'malformed-transaction')
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), total))
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.nat(), fc.integer({ min: 1, max: 255 }), (kind, at, flip) => {
        const bytes = fromHex(samples[kind])
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip
        return total(bytes)
      }),
    )
  })
})

describe('intrinsicGas', () => {
  const plain = { creates: false, addresses: 0, keys: 0, authorizations: 0 }
  it('takes the EIP-7623 floor for data-heavy transactions only', () => {
    expect(intrinsicGas({ ...plain, data: new Uint8Array(100).fill(1) })).toBe(25_000n)
    expect(intrinsicGas({ ...plain, data: new Uint8Array(100).fill(1), authorizations: 1 })).toBe(47_600n)
    expect(intrinsicGas({ ...plain, data: new Uint8Array(33), creates: true })).toBe(53_136n)
  })
})
