/**
 * What a seat keeps in this browser: shares, sealed, and what it has authorised. Every write resolves when it is on the disk.
 *
 * The sealing key follows from the identity seed, which is not stored: without it the entries are noise. A person's page will wrap a
 * random key under a passphrase and a passkey instead.
 * @module
 */
import { del, get, set, update } from 'idb-keyval'
import sodium from 'libsodium-wrappers'
import { type Bytes, concat, type Random, utf8, wipe } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { strictStore } from './store.ts'

/** libsodium's key derivation takes an 8-byte context. */
const KDF_CONTEXT = 'sqrmseat'
const NONCE = 24

export interface SeatVault {
  /** The encoded share, or undefined. @throws {PoolError} `vault-damaged` */
  activeShare(): Promise<Bytes | undefined>
  pendingShare(): Promise<Bytes | undefined>
  savePending(share: Bytes): Promise<void>
  /** Makes a share the active one and forgets the pending one, in this order. */
  saveActive(share: Bytes): Promise<void>
  /**
   * Notes that this seat signs a transaction at a height; the first one stays.
   * @returns the hash that is authorised for the height, given or earlier
   */
  authorise(height: number, sighash: string): Promise<string>
  /** A counter that has never had this value before. */
  nextCounter(): Promise<bigint>
  close(): void
}

/** The store of one seat of one pool. `seed` is copied; the caller wipes its own. */
export function openVault(room: string, seat: number, seed: Bytes, random: Random): SeatVault {
  const key = sodium.crypto_kdf_derive_from_key(32, 1, KDF_CONTEXT, seed)
  const store = strictStore(`sequorum/${room}/${seat}`)
  /** Room and seat are in it: an entry moved to another place does not open. */
  const label = (name: string): Bytes => utf8(`sequorum/${room}/${seat}/${name}`)

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof PoolError) throw cause
      throw new PoolError('browser-store', { reason: cause instanceof Error ? cause.name : String(cause) }, { cause })
    }
  }

  function seal(name: string, clear: Bytes): Bytes {
    const nonce = random(NONCE)
    return concat(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(clear, label(name), null, nonce, key))
  }

  function unseal(name: string, sealed: unknown): Bytes | undefined {
    if (sealed === undefined) return undefined
    try {
      if (!(sealed instanceof Uint8Array)) throw new TypeError('not bytes')
      return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed.subarray(NONCE), label(name), sealed.subarray(0, NONCE), key)
    } catch (cause) {
      throw new PoolError('vault-damaged', { problem: `entry ${name} does not open` }, { cause })
    }
  }

  const read = (name: string): Promise<Bytes | undefined> => attempt(async () => unseal(name, await get(name, store.use)))
  const write = (name: string, clear: Bytes): Promise<void> => attempt(() => set(name, seal(name, clear), store.use))

  return {
    activeShare: () => read('active'),
    pendingShare: () => read('pending'),
    savePending: share => write('pending', share),
    async saveActive(share) {
      await write('active', share)
      await attempt(() => del('pending', store.use))
    },
    authorise: (height, sighash) =>
      attempt(async () => {
        let stands = sighash
        await update<string>(
          `authorised/${height}`,
          before => {
            stands = before ?? sighash
            return stands
          },
          store.use,
        )
        return stands
      }),
    nextCounter: () =>
      attempt(async () => {
        let next = 1n
        await update<bigint>(
          'counter',
          before => {
            next = (before ?? 0n) + 1n
            return next
          },
          store.use,
        )
        return next
      }),
    close() {
      wipe(key)
      store.close()
    },
  }
}
