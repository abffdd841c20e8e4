/**
 * Opening what `seal` made.
 * @module
 */
import sodium from 'libsodium-wrappers'
import type { Bytes } from '../bytes.ts'
import { encodeHeader, type Header } from './header.ts'
import { SEAL_OVERHEAD, sequenceNonce } from './seal.ts'

/** The plaintext, or undefined when key, header, sequence or ciphertext is not the one that was sealed. */
export function open(key: Bytes, header: Header, sealed: Bytes): Bytes | undefined {
  if (sealed.length < SEAL_OVERHEAD) return undefined
  try {
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, encodeHeader(header), sequenceNonce(header.sequence), key)
  } catch {
    // libsodium reports a failed tag by throwing
    return undefined
  }
}
