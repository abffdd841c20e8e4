/**
 * One live signer per seat in a browser. Holding the lock also keeps the browser from freezing a tab in the background.
 * @module
 */

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
