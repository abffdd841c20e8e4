/**
 * Bytes under a passphrase: Argon2id (RFC 9106) and XChaCha20-Poly1305, both of libsodium. What vaults and backups have in common.
 *
 *     magic8 | u8 version 1 | u8 kdf (2 = Argon2id 1.3) | u32 opslimit | u32 memlimit (KiB) | salt16 | nonce24 | u32 length | contents+tag | checksum32
 *
 * Everything before the contents is associated data. The checksum (BLAKE2b-256 of all before it) protects nothing: it tells a damaged file from a
 * wrong passphrase.
 * @module
 */
import sodium from 'libsodium-wrappers'
import { type Bytes, concat, equal, wipe } from '../bytes.ts'
import { fixed, Reader, struct, u8, u32, version } from '../codec.ts'
import { type ErrorCode, PoolError } from '../errors.ts'

/** Cost of opening: Argon2id passes, and memory in bytes. */
export interface KdfCost {
  readonly opslimit: number
  readonly memlimit: number
}

/** About 0.2 s on one core of 2024. */
export const DEFAULT_COST: KdfCost = { opslimit: 3, memlimit: 64 * 1024 * 1024 }
/** What a file may ask at most, so that a forged one cannot exhaust the machine. */
export const COST_CAP: KdfCost = { opslimit: 16, memlimit: 512 * 1024 * 1024 }
/** libsodium's floor. */
const COST_FLOOR: KdfCost = { opslimit: 1, memlimit: 8 * 1024 }

/** Argon2id version 1.3, as libsodium numbers it. */
export const ARGON2ID = 2
/** Bytes of the checksum at the end of a file. */
export const CHECKSUM = 32

/** Within what may be asked, memory in whole KiB. */
export function isAffordable({ opslimit, memlimit }: KdfCost): boolean {
  const within = (value: number, floor: number, cap: number) => Number.isInteger(value) && value >= floor && value <= cap
  return within(opslimit, COST_FLOOR.opslimit, COST_CAP.opslimit) && within(memlimit, COST_FLOOR.memlimit, COST_CAP.memlimit) && memlimit % 1024 === 0
}

/** @throws {PoolError} `invalid-argument` for a cost outside the caps. */
export function checkCost(cost: KdfCost): void {
  if (!isAffordable(cost))
    throw new PoolError('invalid-argument', { title: 'cost', expected: 'opslimit 1..16, memlimit 8 KiB..512 MiB in whole KiB' })
}

/** 32 bytes of a passphrase; the caller wipes them. */
export const stretch = (passphrase: Bytes, salt: Bytes, { opslimit, memlimit }: KdfCost): Bytes =>
  sodium.crypto_pwhash(32, passphrase, salt, opslimit, memlimit, ARGON2ID)

/** What is in clear; undefined for another key, other associated data or changed bytes. */
export function decrypt(sealed: Bytes, head: Bytes, nonce: Bytes, key: Bytes): Bytes | undefined {
  try {
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, head, nonce, key)
  } catch {
    // libsodium throws on a wrong tag; here that is an answer.
    return undefined
  }
}

/** Appends the checksum. */
export const withChecksum = (body: Bytes): Bytes => concat(body, sodium.crypto_generichash(CHECKSUM, body, null))

/** All before the checksum; undefined when it does not fit. */
export function withoutChecksum(file: Bytes): Bytes | undefined {
  if (file.length < CHECKSUM) return undefined
  const body = file.subarray(0, file.length - CHECKSUM)
  return equal(sodium.crypto_generichash(CHECKSUM, body, null), file.subarray(body.length)) ? body : undefined
}

/** A kind of file. */
export interface FileKind {
  /** 8 bytes. */
  readonly magic: Bytes
  /** Bytes of the contents at most. */
  readonly maxLength: number
  /** Codes for a file that is not what was written, and for one that another passphrase opens. */
  readonly damaged: ErrorCode
  readonly wrongPassphrase: ErrorCode
}

const header = struct({
  magic: fixed(8),
  version: version(1),
  kdf: u8,
  opslimit: u32,
  memlimitKib: u32,
  salt: fixed(16),
  nonce: fixed(24),
  length: u32,
})
const HEADER = 8 + 1 + 1 + 4 + 4 + 16 + 24 + 4
const TAG = 16

/**
 * A whole file. Needs `initSodium`. The caller wipes passphrase and contents.
 * @throws {PoolError} `invalid-argument` for a cost outside the caps or contents that are too long.
 */
export function sealFile({ magic, maxLength }: FileKind, passphrase: Bytes, contents: Bytes, cost: KdfCost = DEFAULT_COST): Bytes {
  checkCost(cost)
  if (contents.length > maxLength) throw new PoolError('invalid-argument', { title: 'contents', expected: `at most ${maxLength} bytes` })
  const { opslimit, memlimit } = cost
  const salt = sodium.randombytes_buf(16)
  const nonce = sodium.randombytes_buf(24)
  const length = contents.length + TAG
  const head = header.encode({ magic, version: 1, kdf: ARGON2ID, opslimit, memlimitKib: memlimit / 1024, salt, nonce, length })
  const key = stretch(passphrase, salt, cost)
  const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(contents, head, null, nonce, key)
  wipe(key)
  return withChecksum(concat(head, sealed))
}

/**
 * The contents of a whole file, which the caller wipes. Needs `initSodium`.
 * @throws {PoolError} the two codes of the kind.
 */
export function openFile(kind: FileKind, file: Bytes, passphrase: Bytes): Bytes {
  const damaged = (problem: string, cause?: unknown): PoolError => new PoolError(kind.damaged, { problem }, { cause })
  if (file.length > HEADER + kind.maxLength + TAG + CHECKSUM) throw damaged('too long')
  if (file.length < HEADER + TAG + CHECKSUM) throw damaged('cut off')
  if (!equal(file.subarray(0, kind.magic.length), kind.magic)) throw damaged('does not begin as such a file does')
  const head = file.subarray(0, HEADER)
  const fields = readHeader(head, damaged)
  const body = withoutChecksum(file)
  if (body === undefined) throw damaged('checksum')
  if (fields.length !== body.length - HEADER) throw damaged('length')
  const cost = { opslimit: fields.opslimit, memlimit: fields.memlimitKib * 1024 }
  if (fields.kdf !== ARGON2ID) throw damaged('unknown key derivation')
  if (!isAffordable(cost)) throw damaged('asks for more work or memory than any such file')
  const key = stretch(passphrase, fields.salt, cost)
  const contents = decrypt(body.subarray(HEADER), head, fields.nonce, key)
  wipe(key)
  if (contents === undefined) throw new PoolError(kind.wrongPassphrase)
  return contents
}

function readHeader(head: Bytes, damaged: (problem: string, cause: unknown) => PoolError) {
  try {
    return header.read(new Reader(head))
  } catch (cause) {
    throw damaged('another version', cause)
  }
}
