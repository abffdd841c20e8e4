/**
 * Ed25519 identities (RFC 8032, libsodium): who a member is, towards the relay and towards the other members. The pool file pins the public keys.
 * @module
 */
import sodium from 'libsodium-wrappers'
import { assertBytes, assertInteger, type Bytes, u64be, utf8, wipe } from '../bytes.ts'
import { H } from '../transcript.ts'
import { type Envelope, envelopeDigest, type Header } from './header.ts'
import { PROTOCOL } from './wire.ts'

/** Resolves when libsodium may be used; everything else here is synchronous and needs it. */
export async function initSodium(): Promise<void> {
  await sodium.ready
}

/** A member's own identity. The signing key stays inside. */
export interface MemberIdentity {
  /** 32 bytes. */
  readonly publicKey: Bytes
  /** 64-byte detached signature. */
  sign(message: Bytes): Bytes
  verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean
  /** Erases the signing key; `sign` throws afterwards. */
  wipe(): void
}

/**
 * The identity of a 32-byte seed (RFC 8032, 5.1.5). The seed is copied; the caller wipes its own.
 * @throws {PoolError} `invalid-argument` for a seed of another length or use after `wipe`.
 */
export function identityFromSeed(seed: Bytes): MemberIdentity {
  assertBytes(seed, 'identity seed', 32)
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed)
  let live: Bytes | undefined = privateKey
  return {
    publicKey,
    sign(message) {
      assertBytes(live, 'identity key', 64)
      return sodium.crypto_sign_detached(message, live)
    },
    verify: verifyIdentity,
    wipe() {
      wipe(live)
      live = undefined
    },
  }
}

/** True for a valid signature. Wrong lengths, points of small order and non-canonical encodings are false, never an exception. */
export function verifyIdentity(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  if (!(publicKey instanceof Uint8Array) || publicKey.length !== 32 || !(signature instanceof Uint8Array) || signature.length !== 64) return false
  return sodium.crypto_sign_verify_detached(signature, message, publicKey)
}

export interface AuthClaim {
  /** What the member believes to be talking to; the relay puts its own origin here. */
  readonly origin: string
  /** 32 bytes each. */
  readonly serverNonce: Bytes
  readonly clientNonce: Bytes
  /** ms since 1970. */
  readonly time: number
  /** 32 bytes: pool hash. */
  readonly room: Bytes
  /** 32 bytes: public key. */
  readonly identity: Bytes
  /** 16 bytes. */
  readonly device: Bytes
}

/**
 * What a member signs to prove its identity to a relay: `H("auth"; origin, server nonce, client nonce, time, room, identity, device, PROTOCOL)`.
 * @throws {PoolError} `invalid-argument`
 */
export function authDigest(claim: AuthClaim): Bytes {
  assertBytes(claim.serverNonce, 'serverNonce', 32)
  assertBytes(claim.clientNonce, 'clientNonce', 32)
  assertInteger(claim.time, 'time', 0, Number.MAX_SAFE_INTEGER)
  assertBytes(claim.room, 'room', 32)
  assertBytes(claim.identity, 'identity', 32)
  assertBytes(claim.device, 'device', 16)
  return H('auth', [
    utf8(claim.origin),
    claim.serverNonce,
    claim.clientNonce,
    u64be(claim.time),
    claim.room,
    claim.identity,
    claim.device,
    utf8(PROTOCOL),
  ])
}

/** The envelope of a header and a body, signed. `bodyLength` is filled in. */
export function signEnvelope(identity: Pick<MemberIdentity, 'sign'>, header: Omit<Header, 'version' | 'bodyLength'>, body: Bytes): Envelope {
  const whole: Header = { version: 1, ...header, bodyLength: body.length }
  return { header: whole, body, signature: identity.sign(envelopeDigest(whole, body)) }
}

/** True when `publicKey` signed this header and body. */
export const verifyEnvelope = (publicKey: Bytes, envelope: Envelope): boolean =>
  verifyIdentity(publicKey, envelopeDigest(envelope.header, envelope.body), envelope.signature)
