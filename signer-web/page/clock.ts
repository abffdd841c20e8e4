/**
 * Seconds that pass, for countdowns. Stands still while the page is hidden.
 * @module
 */
import { signal } from '@preact/signals'

/** ms since 1970 by this machine's clock, a few times a second. */
export const clock = signal(Date.now())

const TICK = 250

function tick(): void {
  clock.value = Date.now()
}

let timer = setInterval(tick, TICK)
document.addEventListener('visibilitychange', () => {
  clearInterval(timer)
  if (document.hidden) return
  tick()
  timer = setInterval(tick, TICK)
})
