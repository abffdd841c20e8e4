/**
 * IndexedDB where a write that has resolved is on the disk. idb-keyval's own stores leave durability to the browser, and Chromium's
 * default may lose a write that already resolved.
 * @module
 */
import type { UseStore } from 'idb-keyval'

const STORE = 'entries'

/** A key-value store for idb-keyval's functions, in a database of its own. */
export function strictStore(database: string): { readonly use: UseStore; close(): void } {
  let opening: Promise<IDBDatabase> | undefined

  function open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(database, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(STORE)
      request.onsuccess = () => {
        // Another version of the page wants to upgrade, or the browser took the database away: open again at the next use.
        request.result.onversionchange = close
        request.result.onclose = () => {
          opening = undefined
        }
        resolve(request.result)
      }
      request.onerror = () => reject(request.error)
    })
  }

  function close(): void {
    const last = opening
    opening = undefined
    void last?.then(
      db => db.close(),
      () => {},
    )
  }

  return {
    use: async (mode, callback) => {
      opening ??= open()
      opening.catch(() => {
        opening = undefined
      })
      const db = await opening
      return callback(db.transaction(STORE, mode, { durability: 'strict' }).objectStore(STORE))
    },
    close,
  }
}
