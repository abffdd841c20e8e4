/**
 * The life of a seat's tab: locks without input for a while, and gives everything secret up when the browser freezes the page.
 * @module
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Settings } from './settings.ts'
import type { Signer } from './signer.ts'

const INPUTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const
/** ms between looks at the clock. Hidden pages are looked at more rarely, when the browser lets them. */
const LOOK = 1_000

export interface Life {
  /** Why the seat was locked without having been asked. */
  readonly reason: ReadonlySignal<'idle' | 'frozen' | undefined>
}

/** Watches until the page ends. */
export function watchLife(signer: Signer, settings: Settings): Life {
  const reason = signal<'idle' | 'frozen' | undefined>(undefined)
  let last = Date.now()
  let locking = false
  const isOpen = (): boolean => signer.status.value?.state === 'open' || signer.status.value?.state === 'running'

  for (const kind of INPUTS)
    addEventListener(
      kind,
      () => {
        last = Date.now()
      },
      { passive: true, capture: true },
    )
  function look(): void {
    const limit = settings.lockAfter.value * 60_000
    if (!isOpen()) {
      if (signer.status.value?.working !== false) return
      last = Date.now()
      return
    }
    if (reason.value !== undefined && !locking) reason.value = undefined
    if (limit === 0 || locking || Date.now() - last < limit) return
    locking = true
    reason.value = 'idle'
    void signer.lock().finally(() => {
      locking = false
    })
  }
  setInterval(look, LOOK)
  // A tab that was hidden, or a machine that slept, may be long past its time.
  document.addEventListener('visibilitychange', look)

  const freeze = (): void => {
    if (isOpen()) reason.value = 'frozen'
    signer.halt()
  }
  document.addEventListener('freeze', freeze)
  document.addEventListener('resume', () => signer.start())
  addEventListener('pagehide', ({ persisted }) => {
    if (persisted) freeze()
  })
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) signer.start()
  })
  return { reason }
}
