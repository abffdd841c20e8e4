import sodium from 'libsodium-wrappers'
import { beforeAll, describe, expect, it } from 'vitest'
import { testParties } from '../../test/support/identity.ts'
import { labelled } from '../../test/support/random.ts'
import { identityOf } from '../../test/support/sessions.ts'
import { concat, equal, fromHex, hex, utf8 } from '../bytes.ts'
import { directionKey, type Hello, helloCodec, makeHello, sharedSecret, transcriptDigest, verifyHello } from './hello.ts'
import { initSodium } from './identity.ts'

beforeAll(initSodium)

const helloOf = (seat: number, label = 'nonce'): Hello =>
  makeHello(identityOf(seat), labelled('ctx'), labelled('ephemeral', seat), labelled(label, seat))

describe('hello', () => {
  it('carries a signature over each of its fields and its identity', () => {
    const hello = helloOf(1)
    const { publicKey } = identityOf(1)
    expect(helloCodec.encode(hello)).toHaveLength(160)
    expect(verifyHello(publicKey, hello)).toBe(true)
    expect(verifyHello(identityOf(2).publicKey, hello)).toBe(false)
    for (const change of [{ context: labelled('x') }, { ephemeral: labelled('x') }, { nonce: labelled('x') }])
      expect(verifyHello(publicKey, { ...hello, ...change })).toBe(false)
  })

  it('computes the secret of RFC 7748, 5.2, and the same on both sides', () => {
    const scalar = fromHex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4')
    const point = fromHex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c')
    expect(hex(sharedSecret(scalar, point) ?? new Uint8Array(0))).toBe('0xc3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552')
    const [one, two] = [sharedSecret(labelled('ephemeral', 1), helloOf(2).ephemeral), sharedSecret(labelled('ephemeral', 2), helloOf(1).ephemeral)]
    expect(one).toBeDefined()
    expect(one).toEqual(two)
  })

  it('refuses every point of small order', () => {
    // The order-8 and order-4 points of Curve25519, in all their encodings below 2^255.
    for (const point of [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ])
      expect(sharedSecret(labelled('secret'), fromHex(point))).toBeUndefined()
  })
})

describe('transcript and keys', () => {
  const parties = testParties(3)
  const hellos = (change: Partial<Record<number, Hello>> = {}) => new Map(parties.map(({ index }) => [index, change[index] ?? helloOf(index)]))

  it('hashes every hello, its signature and the roster', () => {
    const digest = hex(transcriptDigest(parties, hellos()))
    expect(hex(transcriptDigest(parties, hellos()))).toBe(digest)
    expect(hex(transcriptDigest(parties, hellos({ 3: helloOf(3, 'other') })))).not.toBe(digest)
    expect(hex(transcriptDigest(parties, hellos({ 3: { ...helloOf(3), signature: new Uint8Array(64) } })))).not.toBe(digest)
    expect(hex(transcriptDigest(parties.slice(0, 2), hellos()))).not.toBe(digest)
  })

  it('gives each direction its own key, bound to the transcript', () => {
    const shared = labelled('shared')
    const [a, b] = [identityOf(1).publicKey, identityOf(2).publicKey]
    const transcript = labelled('transcript')
    const keys = [
      directionKey(shared, transcript, a, b),
      directionKey(shared, transcript, b, a),
      directionKey(shared, labelled('other transcript'), a, b),
      directionKey(labelled('other'), transcript, a, b),
      directionKey(shared, transcript, a, identityOf(3).publicKey),
    ]
    expect(new Set(keys.map(key => hex(key))).size).toBe(keys.length)
    const expected = sodium.crypto_generichash(32, concat(utf8('key'), transcript, a, b), shared)
    expect(equal(keys[0] as Uint8Array, expected)).toBe(true)
  })
})
