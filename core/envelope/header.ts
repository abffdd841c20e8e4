/**
 * The public header of an envelope: all that the relay sees of a message, and all that it routes by.
 * `envelope = header (86 bytes) | body | signature (64)`; the signature is Ed25519 of the sender over `H("envelope"; header, H("envelope"; body))`.
 * @module
 */
import { type Bytes, concat } from '../bytes.ts'
import { codec, fixed, type Infer, malformed, struct, u8, u16, u32, u53, version } from '../codec.ts'
import { H } from '../kernel/index.ts'

/** `hello`: signed ephemeral key, in clear. `ready`: transcript echo, sealed. `message`: a sealed body. */
export const ENVELOPE_KINDS = { hello: 1, ready: 2, message: 3 } as const
export type EnvelopeKind = keyof typeof ENVELOPE_KINDS

const kind = codec<EnvelopeKind>(
  value => Uint8Array.of(ENVELOPE_KINDS[value]),
  reader => {
    const byte = u8.read(reader)
    const found = (Object.keys(ENVELOPE_KINDS) as EnvelopeKind[]).find(name => ENVELOPE_KINDS[name] === byte)
    if (found === undefined) throw malformed('unknown envelope kind', { byte })
    return found
  },
)

/** The fields of a header, in order. */
export const headerCodec = struct({
  version: version(1),
  kind,
  /** Pool hash. */
  room: fixed(32),
  /** Id of the ceremony, or of the room session of the day. */
  session: fixed(32),
  /** A party that joins again does so under a higher attempt, with new keys. */
  attempt: u32,
  /** Seats, 1-based. An envelope has exactly one recipient. */
  from: u16,
  to: u16,
  /** Per (session, attempt, from, to), from 0 without gaps; it is the AEAD nonce. */
  sequence: u53,
  bodyLength: u32,
})
export type Header = Infer<typeof headerCodec>

/** Bytes of an encoded header. */
export const HEADER_LENGTH = 1 + 1 + 32 + 32 + 4 + 2 + 2 + 8 + 4
/** Largest body of one envelope; longer messages are chunked. Frame limit of the relay is 256 KiB. */
export const MAX_BODY = 192 * 1024
const SIGNATURE_LENGTH = 64

export interface Envelope {
  readonly header: Header
  readonly body: Bytes
  readonly signature: Bytes
}

export const encodeHeader = (header: Header): Bytes => headerCodec.encode(header)

/** The bytes that the sender's identity signs. */
export const envelopeDigest = (header: Header, body: Bytes): Bytes => H('envelope', [encodeHeader(header), H('envelope', [body])])

/** Address of a message: publishing the same address twice stores it once. 16 bytes. */
export const messageId = (header: Header): Bytes => H('message-id', [encodeHeader({ ...header, bodyLength: 0 })], 16)

export const encodeEnvelope = (envelope: Envelope): Bytes => concat(encodeHeader(envelope.header), envelope.body, envelope.signature)

/** @throws {PoolError} `malformed-bytes` unless the input is exactly one envelope within `MAX_BODY`. */
export function decodeEnvelope(bytes: Bytes): Envelope {
  if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_LENGTH + SIGNATURE_LENGTH) throw malformed('truncated envelope')
  const header = headerCodec.decode(bytes.subarray(0, HEADER_LENGTH))
  if (header.bodyLength > MAX_BODY) throw malformed('body too long', { max: MAX_BODY, length: header.bodyLength })
  if (bytes.length !== HEADER_LENGTH + header.bodyLength + SIGNATURE_LENGTH) throw malformed('body length differs from the header')
  const end = HEADER_LENGTH + header.bodyLength
  return { header, body: bytes.slice(HEADER_LENGTH, end), signature: bytes.slice(end) }
}
