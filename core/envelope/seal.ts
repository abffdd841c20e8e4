/**
 * Sealing: XChaCha20-Poly1305 with the sequence as nonce and the header as associated data. A key seals each sequence once; what is
 * sent again is the same ciphertext, never a second encryption.
 * @module
 */
import sodium from 'libsodium-wrappers'
import { type Bytes, concat, u64be } from '../bytes.ts'
import { encodeHeader, type Header } from './header.ts'

/** Bytes that a seal adds. */
export const SEAL_OVERHEAD = 16

/** 24-byte nonce of a sequence: 16 zeros, then u64be. */
export const sequenceNonce = (sequence: number): Bytes => concat(new Uint8Array(16), u64be(sequence))

/** Seals `plaintext` under the key of one direction. `header.bodyLength` must already be that of the whole body. */
export const seal = (key: Bytes, header: Header, plaintext: Bytes): Bytes =>
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, encodeHeader(header), null, sequenceNonce(header.sequence), key)
