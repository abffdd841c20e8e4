import fc from 'fast-check'
import { HDKey } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { testShares } from '../../test/support/index.ts'
import { fromHex, hex } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { accountAddress } from './account.ts'
import { ACCOUNTS, derive, MAX_PATH, parsePath, pathText } from './derive.ts'

const key = testShares(2, 2).get(1) as NonNullable<ReturnType<ReturnType<typeof testShares>['get']>>

describe('derive', () => {
  it('the empty path is the account itself', () => {
    expect(derive(key, [])).toEqual({ publicKey: key.publicKey, chainCode: key.chainCode, address: key.address, tweak: 0n })
  })

  it('agrees with another implementation on any path, and the tweak is the difference of the keys', () => {
    const parent = new HDKey({ publicKey: key.publicKey, chainCode: key.chainCode })
    fc.assert(
      fc.property(fc.array(fc.nat(0x7fff_ffff), { maxLength: 4 }), path => {
        const expected = path.reduce((node, child) => node.deriveChild(child), parent)
        const derived = derive(key, path)
        expect(hex(derived.publicKey)).toBe(hex(expected.publicKey as Uint8Array))
        expect(derived.address).toBe(accountAddress(expected.publicKey as Uint8Array))
        const { points } = kernel
        const sum = points.combine([
          { point: key.publicKey, scalar: 1n },
          { point: points.base, scalar: derived.tweak },
        ])
        expect(sum).toEqual(derived.publicKey)
      }),
      { numRuns: 20 },
    )
  })

  it.each([[[0x8000_0000]], [[-1]], [[1.5]], [[2 ** 32]], [Array.from({ length: MAX_PATH + 1 }, () => 0)]])('refuses the path %j', path => {
    expect(() => derive(key, path)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})

describe('parsePath', () => {
  it.each<[string, readonly number[]]>([
    ['m', []],
    ['m/0', [0]],
    ['m/0/1', [0, 1]],
    ['m/2147483647/44', [0x7fff_ffff, 44]],
    ['batch', []],
    ['state', [1]],
    ['reward', [2]],
    ['blob', [3]],
  ])('%s', (text, path) => {
    expect(parsePath(text)).toEqual(path)
  })
  it('reads what pathText writes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0x7fff_ffff), { maxLength: MAX_PATH }), path => {
        expect(parsePath(pathText(path))).toEqual(path)
      }),
    )
  })
  it.each(["m/0'", 'm/0h', 'm/1/2H', 'm/2147483648', 'm/4294967295', "m/44'/60'/0'/0/0"])('refuses %s, which is hardened, by name', text => {
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: 'hardened-path' }))
  })
  it('refuses what is no path', () => {
    const numbers = ['m/', 'm//1', 'm/-1', 'm/+1', 'm/01', 'm/1.5', 'm/1e3', 'm/0x1', 'm/ 1', 'm/1 ', "m/'", 'm/4294967296', 'm/99999999999']
    const others = ['', 'M', 'M/0', '0', '0/1', '/0', 'm/state', 'Batch', 'toString', '__proto__', `m${'/0'.repeat(MAX_PATH + 1)}`]
    for (const text of [...numbers, ...others]) expect(() => parsePath(text), text).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})

describe('ACCOUNTS', () => {
  it('are four accounts of one key, the first of which is its own', () => {
    const addresses = Object.values(ACCOUNTS).map(path => derive(key, path).address)
    expect(new Set(addresses).size).toBe(4)
    expect(addresses[0]).toBe(key.address)
  })
})

describe('accountAddress', () => {
  it('is the address of the private key 1', () => {
    const G = fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    expect(accountAddress(G)).toBe('0x7e5f4552091a69125d5dfcb7b8c2659029395bdf')
  })
})
