/**
 * What a seat keeps in this browser, as one encrypted record: identity, vote key, shares, and which pool it has joined. A random data key encrypts it; Argon2id of
 * the passphrase wraps the data key, and a passkey's secret may wrap it once more. All stand beside each other in IndexedDB, and a write that has resolved is on the disk.
 * @module
 */
import { del, get, setMany } from 'idb-keyval'
import sodium from 'libsodium-wrappers'
import { type Bytes, concat, fromHex, hex, utf8, wipe } from '../../core/bytes.ts'
import { blob, fixed, struct, u8, u32, version } from '../../core/codec.ts'
import { DEFAULT_COST, decrypt, isAffordable, type KdfCost, stretch } from '../../core/envelope/passphrase.ts'
import { PoolError } from '../../core/errors.ts'
import type { PasskeyHandle } from '../api.ts'
import type { strictStore } from './store.ts'

/** Argon2id version 1.3. */
const ARGON2ID = 2
const NONCE = 24

const lockCodec = struct({ version: version(1), kdf: u8, opslimit: u32, memlimitKib: u32, salt: fixed(16) })
const keyCodec = struct({ version: version(1), opslimit: u32, memlimitKib: u32, salt: fixed(16), nonce: fixed(NONCE), wrapped: fixed(48) })

/** A second copy of the data key, under what a passkey's PRF gives for `salt`. */
const passkeyCodec = struct({ version: version(1), id: blob(1_023), salt: fixed(32), nonce: fixed(NONCE), wrapped: fixed(48) })

export interface Keystore {
  /** The record in clear; the caller wipes it. */
  read(): Promise<Bytes>
  write(clear: Bytes): Promise<void>
  /** Wraps the data key once more. The caller wipes the secret. */
  addPasskey(passkey: PasskeyHandle, secret: Bytes): Promise<void>
  removePasskey(): Promise<void>
  close(): void
}

type Store = ReturnType<typeof strictStore>

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    throw new PoolError('browser-store', { reason: cause instanceof Error ? cause.name : String(cause) }, { cause })
  }
}

const damaged = (problem: string): PoolError => new PoolError('vault-damaged', { problem })

/** True when this browser has an identity for the seat. @throws {PoolError} `browser-store` */
export const hasKeystore = (store: Store): Promise<boolean> => attempt(async () => (await get('key', store.use)) !== undefined)

const headOf = ({ opslimit, memlimit }: KdfCost, salt: Bytes): Bytes =>
  lockCodec.encode({ version: 1, kdf: ARGON2ID, opslimit, memlimitKib: memlimit / 1024, salt })

/** Makes one around its first record. @throws {PoolError} `vault-exists`, `browser-store` */
export async function createKeystore(store: Store, passphrase: string, clear: Bytes, cost: KdfCost = DEFAULT_COST): Promise<Keystore> {
  if (await hasKeystore(store)) throw new PoolError('vault-exists', { vault: 'this browser' })
  const secret = utf8(passphrase)
  const salt = sodium.randombytes_buf(16)
  const nonce = sodium.randombytes_buf(NONCE)
  const wrapping = stretch(secret, salt, cost)
  const dataKey = sodium.randombytes_buf(32)
  const wrapped = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(dataKey, headOf(cost, salt), null, nonce, wrapping)
  wipe(secret, wrapping)
  const key = keyCodec.encode({ version: 1, opslimit: cost.opslimit, memlimitKib: cost.memlimit / 1024, salt, nonce, wrapped })
  await attempt(() =>
    setMany(
      [
        ['key', key],
        ['record', seal(clear, dataKey)],
      ],
      store.use,
    ),
  )
  return keystoreOver(store, dataKey)
}

/** @throws {PoolError} `vault-missing`, `vault-passphrase`, `vault-damaged`, `browser-store` */
export async function openKeystore(store: Store, passphrase: string): Promise<Keystore> {
  const stored: unknown = await attempt(() => get('key', store.use))
  if (stored === undefined) throw new PoolError('vault-missing', { vault: 'this browser' })
  const key = keyOf(stored)
  const cost = { opslimit: key.opslimit, memlimit: key.memlimitKib * 1024 }
  if (!isAffordable(cost)) throw damaged('asks for more work or memory than any vault')
  const secret = utf8(passphrase)
  const wrapping = stretch(secret, key.salt, cost)
  const dataKey = decrypt(key.wrapped, headOf(cost, key.salt), key.nonce, wrapping)
  wipe(secret, wrapping)
  if (dataKey === undefined) throw new PoolError('vault-passphrase')
  return keystoreOver(store, dataKey)
}

/** The passkey that opens the seat too. @throws {PoolError} `vault-damaged`, `browser-store` */
export async function passkeyOf(store: Store): Promise<PasskeyHandle | undefined> {
  const kept = await keptPasskey(store)
  return kept === undefined ? undefined : { id: hex(kept.id), salt: hex(kept.salt) }
}

async function keptPasskey(store: Store): Promise<ReturnType<typeof passkeyCodec.decode> | undefined> {
  const stored: unknown = await attempt(() => get('passkey', store.use))
  if (stored === undefined) return undefined
  try {
    if (!(stored instanceof Uint8Array)) throw new TypeError('not bytes')
    return passkeyCodec.decode(stored)
  } catch (cause) {
    throw new PoolError('vault-damaged', { problem: 'passkey' }, { cause })
  }
}

/**
 * @param secret 32 bytes that the passkey gives for its salt; the caller wipes it.
 * @throws {PoolError} `vault-missing`, `passkey-failed`, `vault-damaged`, `browser-store`
 */
export async function openKeystoreByPasskey(store: Store, secret: Bytes): Promise<Keystore> {
  if (!(await hasKeystore(store))) throw new PoolError('vault-missing', { vault: 'this browser' })
  const kept = await keptPasskey(store)
  if (kept === undefined || secret.length !== 32) throw new PoolError('passkey-failed')
  const wrapping = passkeyWrapping(secret)
  const dataKey = decrypt(kept.wrapped, passkeyHead(kept.id, kept.salt), kept.nonce, wrapping)
  wipe(wrapping)
  if (dataKey === undefined) throw new PoolError('passkey-failed')
  return keystoreOver(store, dataKey)
}

const passkeyWrapping = (secret: Bytes): Bytes => sodium.crypto_generichash(32, utf8('sequorum/seat/passkey/1'), secret)
const passkeyHead = (id: Bytes, salt: Bytes): Bytes => concat(utf8('sequorum/seat/passkey/1'), salt, id)

function keyOf(stored: unknown): ReturnType<typeof keyCodec.decode> {
  try {
    if (!(stored instanceof Uint8Array)) throw new TypeError('not bytes')
    return keyCodec.decode(stored)
  } catch (cause) {
    throw new PoolError('vault-damaged', { problem: 'key' }, { cause })
  }
}

const LABEL = utf8('sequorum/seat/record/1')

function seal(clear: Bytes, dataKey: Bytes): Bytes {
  const nonce = sodium.randombytes_buf(NONCE)
  return concat(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(clear, LABEL, null, nonce, dataKey))
}

function keystoreOver(store: Store, dataKey: Bytes): Keystore {
  let open = true
  const assertOpen = (): void => {
    if (!open) throw new PoolError('vault-closed')
  }
  return {
    async read() {
      assertOpen()
      const sealed: unknown = await attempt(() => get('record', store.use))
      const clear = sealed instanceof Uint8Array ? decrypt(sealed.subarray(NONCE), LABEL, sealed.subarray(0, NONCE), dataKey) : undefined
      if (clear === undefined) throw damaged('record')
      return clear
    },
    write(clear) {
      assertOpen()
      const sealed = seal(clear, dataKey)
      return attempt(() => setMany([['record', sealed]], store.use))
    },
    async addPasskey({ id: idHex, salt: saltHex }, secret) {
      assertOpen()
      const [id, salt] = [fromHex(idHex), fromHex(saltHex)]
      if (secret.length !== 32 || salt.length !== 32) throw new PoolError('passkey-failed')
      const nonce = sodium.randombytes_buf(NONCE)
      const wrapping = passkeyWrapping(secret)
      const wrapped = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(dataKey, passkeyHead(id, salt), null, nonce, wrapping)
      wipe(wrapping)
      await attempt(() => setMany([['passkey', passkeyCodec.encode({ version: 1, id, salt, nonce, wrapped })]], store.use))
    },
    removePasskey() {
      assertOpen()
      return attempt(() => del('passkey', store.use))
    },
    close() {
      open = false
      wipe(dataKey)
    },
  }
}
