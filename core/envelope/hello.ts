/**
 * A party's hello: its ephemeral key for one session, signed with its identity. The signature inside the body is the same for every
 * recipient (an envelope's own signature covers its recipient), so that all parties can hash the same transcript.
 * @module
 */
import sodium from 'libsodium-wrappers'
import { type Bytes, concat, u16be, wipe } from '../bytes.ts'
import { fixed, type Infer, struct } from '../codec.ts'
import { H } from '../transcript.ts'
import type { SessionParty } from './context.ts'
import { type MemberIdentity, verifyIdentity } from './identity.ts'

/** `ctx (32) | X25519 public key (32) | nonce (32) | Ed25519 signature (64)`. */
export const helloCodec = struct({ context: fixed(32), ephemeral: fixed(32), nonce: fixed(32), signature: fixed(64) })
export type Hello = Infer<typeof helloCodec>

/** What a hello's signature covers: `H("hello"; identity, ctx, ephemeral, nonce)`. */
const helloDigest = (identity: Bytes, hello: Omit<Hello, 'signature'>): Bytes => H('hello', [identity, hello.context, hello.ephemeral, hello.nonce])

/** A hello for the X25519 secret `secret` (32 random bytes). */
export function makeHello(identity: Pick<MemberIdentity, 'publicKey' | 'sign'>, context: Bytes, secret: Bytes, nonce: Bytes): Hello {
  const unsigned = { context, ephemeral: sodium.crypto_scalarmult_base(secret), nonce }
  return { ...unsigned, signature: identity.sign(helloDigest(identity.publicKey, unsigned)) }
}

export const verifyHello = (identity: Bytes, hello: Hello): boolean => verifyIdentity(identity, helloDigest(identity, hello), hello.signature)

/** X25519 (RFC 7748); undefined when the result is all zero, which only a point of small order gives. */
export function sharedSecret(secret: Bytes, ephemeral: Bytes): Bytes | undefined {
  try {
    const shared = sodium.crypto_scalarmult(secret, ephemeral)
    let any = 0
    for (const byte of shared) any |= byte
    return any === 0 ? undefined : shared
  } catch {
    // libsodium reports a point of small order by throwing
    return undefined
  }
}

/** `H("transcript"; for each seat in order: seat, identity, hello with its signature)`. */
export function transcriptDigest(parties: readonly SessionParty[], hellos: ReadonlyMap<number, Hello>): Bytes {
  return H(
    'transcript',
    parties.flatMap(party => [u16be(party.index), party.identity, helloCodec.encode(hellos.get(party.index) as Hello)]),
  )
}

const LABEL = Uint8Array.of(0x6b, 0x65, 0x79)

/** The key of one direction: BLAKE2b-256 keyed with the X25519 secret, over `"key" | transcript | sender | receiver`. */
export function directionKey(shared: Bytes, transcript: Bytes, sender: Bytes, receiver: Bytes): Bytes {
  const input = concat(LABEL, transcript, sender, receiver)
  const key = sodium.crypto_generichash(32, input, shared)
  wipe(input)
  return key
}
