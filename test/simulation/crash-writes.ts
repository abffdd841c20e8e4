/** Members die right before and right after any write to their disks, and are started again. */
import type { GuardStore, Vault } from '../../core/member/ports.ts'
import type { World } from './world.ts'

/** What a member writes; everything else it reads. */
const WRITES: readonly (keyof Vault | keyof GuardStore)[] = [
  'savePending',
  'saveActive',
  'dropPending',
  'eraseShares',
  'write',
  'writeLock',
  'saveSigned',
  'saveCheckpoint',
  'saveFact',
  'nextCounter',
]

/** The points of a member's first process: `before savePending`, `after savePending` … */
export interface Watch {
  readonly points: readonly string[]
  /** Points from here on are counted; before, none are met. */
  begin(): void
}

/**
 * Watches the writes of the process that `seat` starts next, and of no later one.
 * @param met Called at each point with its number, from 0. The process may be made to crash there: then a write that it is before never happens, and one that it
 * is after has happened without its hearing of that.
 */
export function watchWrites(world: World, seat: number, met: (point: number, what: string) => void = () => {}, begun = true): Watch {
  const points: string[] = []
  let counting = begun
  let watching = true
  world.meddle.set(seat, input => {
    if (!watching) return input
    watching = false
    let over = false
    const meet = (what: string): boolean => {
      if (over) return false
      if (!counting) return true
      points.push(what)
      met(points.length - 1, what)
      over = !world.machine(seat).running
      return !over
    }
    const wrap = <S extends Vault | GuardStore>(store: S): S => {
      const writes = Object.entries(store).filter(([name]) => (WRITES as readonly string[]).includes(name)) as [
        string,
        (...args: unknown[]) => Promise<unknown>,
      ][]
      const watched = writes.map(([name, write]) => [
        name,
        (...args: unknown[]): Promise<unknown> => {
          if (!meet(`before ${name}`)) return new Promise(() => {})
          // The disk has it when the call returns; that it is there is heard of later.
          const outcome = write(...args)
          return meet(`after ${name}`) ? outcome : new Promise(() => {})
        },
      ])
      return { ...store, ...Object.fromEntries(watched) }
    }
    return { ...input, vault: wrap(input.vault), guard: wrap(input.guard) }
  })
  return {
    points,
    begin: () => {
      counting = true
    },
  }
}
