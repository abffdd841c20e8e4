/**
 * One live signer per seat in a browser. Holding the lock also keeps the browser from freezing a tab in the background.
 * @module
 */

/** True while a tab of this browser holds the lock. */
export async function isTaken(name: string): Promise<boolean> {
  const { held = [] } = await navigator.locks.query()
  return held.some(lock => lock.name === name)
}

/** Resolves when the lock was free for a moment. */
export async function whenFree(name: string): Promise<void> {
  await navigator.locks.request(name, () => {})
}

/** The function that lets the lock go, or undefined when another tab of this browser holds it. */
export function takeLock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, lock => {
        if (lock === null) return resolve(undefined)
        return new Promise<void>(release => resolve(() => release()))
      })
      .catch(reject)
  })
}
