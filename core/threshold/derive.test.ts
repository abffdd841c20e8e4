import fc from 'fast-check'
import { HDKey } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { testShares } from '../../test/support/index.ts'
import { fromHex, hex } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { accountAddress } from './account.ts'
import { derive, MAX_PATH } from './derive.ts'

const key = testShares(2, 2).get(1) as NonNullable<ReturnType<ReturnType<typeof testShares>['get']>>

describe('derive', () => {
  it('the empty path is the account itself', () => {
    expect(derive(key, [])).toEqual({ publicKey: key.publicKey, chainCode: key.chainCode, address: key.address, tweak: 0n })
  })

  it('BIP-32 test vector 2, m/0 of the public key', () => {
    const parent = HDKey.fromExtendedKey(
      'xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB',
    )
    const child = HDKey.fromExtendedKey(
      'xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH',
    )
    const derived = derive({ publicKey: parent.publicKey as Uint8Array, chainCode: parent.chainCode as Uint8Array }, [0])
    expect(hex(derived.publicKey)).toBe(hex(child.publicKey as Uint8Array))
    expect(hex(derived.chainCode)).toBe(hex(child.chainCode as Uint8Array))
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

describe('accountAddress', () => {
  it('is the address of the private key 1', () => {
    const G = fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    expect(accountAddress(G)).toBe('0x7e5f4552091a69125d5dfcb7b8c2659029395bdf')
  })
})
