/**
 * The bytes of a vault file, version 1 (docs/formats.md):
 *
 *     magic8 "SQRVAULT" | u8 version | u8 kdf (2 = Argon2id 1.3) | u32 opslimit | u32 memlimit (KiB) | salt16 | wrapNonce24 |
 *     wrappedKey48 | nonce24 | u32 length | contents+tag | checksum32
 *
 * A random data key encrypts the contents (XChaCha20-Poly1305, all before the contents as associated data); Argon2id of the passphrase wraps the
 * data key. The checksum (BLAKE2b-256 of all before it) protects nothing: it tells a damaged file from a wrong passphrase.
 * @module
 */
import sodium from 'libsodium-wrappers'
import { type Bytes, concat, equal, u32be, utf8, wipe } from '../core/bytes.ts'
import { blob, type Codec, fixed, type Infer, list, option, Reader, struct, u8, u32, version } from '../core/codec.ts'
import {
  ARGON2ID,
  CHECKSUM,
  checkCost,
  DEFAULT_COST,
  decrypt,
  isAffordable,
  type KdfCost,
  stretch,
  withChecksum,
  withoutChecksum,
} from '../core/envelope/passphrase.ts'
import { PoolError } from '../core/errors.ts'

export { COST_CAP, DEFAULT_COST, type KdfCost } from '../core/envelope/passphrase.ts'

/** Bytes of one encoded share at most: 16 members need 400 KiB. */
const MAX_SHARE = 2 * 1024 * 1024
/** Pending shares that are kept; the oldest goes first. */
export const MAX_PENDING = 32

const MAGIC = utf8('SQRVAULT')
const MAX_CONTENTS = (MAX_PENDING + 1) * MAX_SHARE

const contentsCodec = struct({
  version: version(1),
  identitySeed: fixed(32),
  voteKey: fixed(32),
  active: option(blob(MAX_SHARE)),
  pending: list(blob(MAX_SHARE), MAX_PENDING),
})
/** What a vault holds, in clear. Whoever decodes it wipes it. */
export type VaultContents = Infer<typeof contentsCodec>

const lockCodec = struct({ magic: fixed(8), version: version(1), kdf: u8, opslimit: u32, memlimitKib: u32, salt: fixed(16) })
const keyCodec = struct({ wrapNonce: fixed(24), wrappedKey: fixed(48) })

/** The part of a file that stays the same at every save, and the data key that it wraps. */
export interface VaultKey {
  /** Everything before the contents' nonce. */
  readonly prefix: Bytes
  /** 32 bytes; secret. */
  readonly dataKey: Bytes
}

const damaged = (problem: string): PoolError => new PoolError('vault-damaged', { problem })

/** A new data key under a passphrase. @throws {PoolError} `invalid-argument` for a cost outside the caps. */
export function newKey(passphrase: Bytes, cost: KdfCost = DEFAULT_COST): VaultKey {
  checkCost(cost)
  const { opslimit, memlimit } = cost
  const salt = sodium.randombytes_buf(16)
  const lock = lockCodec.encode({ magic: MAGIC, version: 1, kdf: ARGON2ID, opslimit, memlimitKib: memlimit / 1024, salt })
  const dataKey = sodium.randombytes_buf(32)
  const wrapNonce = sodium.randombytes_buf(24)
  const wrapping = stretch(passphrase, salt, cost)
  const wrappedKey = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(dataKey, lock, null, wrapNonce, wrapping)
  wipe(wrapping)
  return { prefix: concat(lock, keyCodec.encode({ wrapNonce, wrappedKey })), dataKey }
}

/** A whole file. The clear encoding is wiped before this returns. */
export function sealVault(key: VaultKey, contents: VaultContents): Bytes {
  const clear = contentsCodec.encode(contents)
  const nonce = sodium.randombytes_buf(24)
  const head = concat(key.prefix, nonce, u32be(clear.length + 16))
  const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(clear, head, null, nonce, key.dataKey)
  wipe(clear)
  return withChecksum(concat(head, sealed))
}

/**
 * Opens a whole file.
 * @throws {PoolError} `vault-damaged` when it is not what was written, `vault-passphrase` when it is but the passphrase is another.
 */
export function unsealVault(file: Bytes, passphrase: Bytes): { readonly key: VaultKey; readonly contents: VaultContents } {
  const { lock, wrap, nonce, head, sealed } = parse(file)
  const cost = { opslimit: lock.opslimit, memlimit: lock.memlimitKib * 1024 }
  if (lock.kdf !== ARGON2ID) throw damaged('unknown key derivation')
  if (!isAffordable(cost)) throw damaged('asks for more work or memory than any vault')
  const wrapping = stretch(passphrase, lock.salt, cost)
  const dataKey = decrypt(wrap.wrappedKey, lockCodec.encode(lock), wrap.wrapNonce, wrapping)
  wipe(wrapping)
  if (dataKey === undefined) throw new PoolError('vault-passphrase')
  const clear = decrypt(sealed, head, nonce, dataKey)
  if (clear === undefined) throw damaged('contents do not decrypt')
  try {
    const prefix = head.slice(0, head.length - 28)
    return { key: { prefix, dataKey }, contents: contentsCodec.decode(clear) }
  } catch (cause) {
    throw new PoolError('vault-damaged', { problem: 'contents are not of this version' }, { cause })
  } finally {
    wipe(clear)
  }
}

/** Splits a file after its checksum was compared; so a wrong passphrase and a damaged file are told apart. */
function parse(file: Bytes) {
  if (file.length < MAGIC.length || !equal(file.subarray(0, MAGIC.length), MAGIC)) throw damaged('does not begin as a vault does')
  if (file.length > MAX_CONTENTS) throw damaged('too long')
  if (file.length < CHECKSUM + MAGIC.length) throw damaged('cut off')
  const body = withoutChecksum(file)
  if (body === undefined) throw damaged('checksum')
  try {
    const reader = new Reader(body)
    const lock = lockCodec.read(reader)
    const wrap = keyCodec.read(reader)
    const nonce = reader.take(24)
    const length = u32.read(reader)
    const head = body.subarray(0, body.length - reader.remaining)
    if (length !== reader.remaining) throw damaged('length')
    return { lock, wrap, nonce, head, sealed: reader.take(length) }
  } catch (cause) {
    throw new PoolError('vault-damaged', { problem: 'header' }, { cause })
  }
}

/** For tests and tools: the codec of the clear contents. */
export const vaultContentsCodec: Codec<VaultContents> = contentsCodec
