import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/random.ts'
import { type Bytes, fromHex, hex } from '../bytes.ts'
import { type AuthClaim, authDigest, identityFromSeed, initSodium, signEnvelope, verifyEnvelope, verifyIdentity } from './identity.ts'

beforeAll(initSodium)

const claim: AuthClaim = {
  origin: 'wss://relay.example',
  serverNonce: labelled('server'),
  clientNonce: labelled('client'),
  time: 1_750_000_000_000,
  room: labelled('room'),
  identity: labelled('identity'),
  device: labelled('device').slice(0, 16),
}

describe('identity', () => {
  it('is the Ed25519 key of RFC 8032, 7.1, test 3', () => {
    const seed = fromHex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7')
    const identity = identityFromSeed(seed)
    expect(hex(identity.publicKey)).toBe('0xfc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025')
    expect(hex(identity.sign(fromHex('af82')))).toBe(
      '0x6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    )
  })

  it('agrees with another implementation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 200 }), (seed, message) => {
        const identity = identityFromSeed(seed)
        const signature = identity.sign(message)
        expect(hex(signature)).toBe(hex(ed25519.sign(message, seed)))
        expect(verifyIdentity(identity.publicKey, message, signature)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it('rejects what is not a signature, without throwing', () => {
    const identity = identityFromSeed(labelled('seed'))
    const message = labelled('message')
    const signature = identity.sign(message)
    for (let i = 0; i < 64; i += 7) expect(verifyIdentity(identity.publicKey, message, signature.with(i, (signature[i] as number) ^ 1))).toBe(false)
    expect(verifyIdentity(labelled('other'), message, signature)).toBe(false)
    expect(verifyIdentity(new Uint8Array(32), message, signature)).toBe(false)
    expect(verifyIdentity(identity.publicKey.slice(1), message, signature)).toBe(false)
    expect(verifyIdentity(identity.publicKey, message, signature.slice(1))).toBe(false)
    expect(verifyIdentity('key' as unknown as Bytes, message, signature)).toBe(false)
  })

  it('does not sign after it was wiped, nor from a short seed', () => {
    const identity = identityFromSeed(labelled('seed'))
    identity.wipe()
    expect(() => identity.sign(labelled('message'))).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    expect(() => identityFromSeed(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})

describe('authDigest', () => {
  it('changes with every field', () => {
    const changes: Partial<AuthClaim>[] = [
      { origin: 'wss://relay.example:8443' },
      { serverNonce: labelled('x') },
      { clientNonce: labelled('x') },
      { time: claim.time + 1 },
      { room: labelled('x') },
      { identity: labelled('x') },
      { device: labelled('x').slice(0, 16) },
    ]
    const digests = [{}, ...changes].map(change => hex(authDigest({ ...claim, ...change })))
    expect(new Set(digests).size).toBe(changes.length + 1)
  })

  it('wants fields of the right size', () => {
    for (const change of [{ serverNonce: new Uint8Array(31) }, { device: new Uint8Array(32) }, { time: -1 }, { time: 1.5 }])
      expect(() => authDigest({ ...claim, ...change })).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})

describe('signEnvelope', () => {
  it('covers header and body', () => {
    const identity = identityFromSeed(labelled('seed'))
    const header = { kind: 'message', room: labelled('room'), session: labelled('session'), attempt: 1, from: 1, to: 2, sequence: 3 } as const
    const envelope = signEnvelope(identity, header, labelled('body'))
    expect(verifyEnvelope(identity.publicKey, envelope)).toBe(true)
    for (const change of [
      { from: 2 },
      { to: 1 },
      { sequence: 4 },
      { attempt: 2 },
      { kind: 'ready' as const },
      { room: labelled('x') },
      { session: labelled('x') },
    ])
      expect(verifyEnvelope(identity.publicKey, { ...envelope, header: { ...envelope.header, ...change } })).toBe(false)
    expect(verifyEnvelope(identity.publicKey, { ...envelope, body: labelled('other') })).toBe(false)
  })
})
