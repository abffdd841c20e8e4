/**
 * What a person has set for a seat in this browser. Nothing secret.
 * @module
 */
import { type Signal, signal } from '@preact/signals'

/** Minutes without input after which a seat locks itself; 0 for never. */
export const LOCK_CHOICES = [5, 15, 60, 480, 0] as const
const DEFAULT_LOCK = 15

export interface Settings {
  readonly lockAfter: Signal<number>
  setLockAfter(minutes: number): void
}

export function openSettings(profile: string): Settings {
  const key = `sequorum/${profile}/lock-after`
  const stored = localStorage.getItem(key)
  const lockAfter = signal(stored !== null && /^\d+(\.\d+)?$/.test(stored) ? Number(stored) : DEFAULT_LOCK)
  return {
    lockAfter,
    setLockAfter(minutes) {
      lockAfter.value = minutes
      localStorage.setItem(key, String(minutes))
    },
  }
}
