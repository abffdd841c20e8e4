/**
 * Keeps what is known of the key for the status: asked of the member anew after changes, a few times a second at most.
 * @module
 */
import { hex } from '../../core/bytes.ts'
import type { Member } from '../../core/member/member.ts'
import type { KeyFacts } from '../api.ts'
import { type SavedBackup, savedBackup } from './backup.ts'
import type { strictStore } from './store.ts'

/** ms. */
const PAUSE = 500

export interface KeyWatch {
  readonly facts: KeyFacts | undefined
  /** Something may have changed. */
  look(): void
  stop(): void
}

/** @param changed called when the facts are other than before. */
export function watchKey(member: Pick<Member, 'command'>, store: ReturnType<typeof strictStore>, changed: () => void): KeyWatch {
  let facts: KeyFacts | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let again = false
  let stopped = false

  async function ask(): Promise<void> {
    again = false
    const [known, saved] = await Promise.all([member.command({ kind: 'key' }).catch(() => undefined), savedBackup(store)])
    const next = known === undefined ? undefined : withBackup(known as unknown as Omit<KeyFacts, 'backup'>, saved)
    const differs = JSON.stringify(next) !== JSON.stringify(facts)
    facts = next
    if (differs && !stopped) changed()
  }

  function look(): void {
    again = true
    if (timer !== undefined || stopped) return
    void ask()
    timer = setTimeout(() => {
      timer = undefined
      if (again) look()
    }, PAUSE)
  }

  return {
    get facts() {
      return facts
    },
    look,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

function withBackup(known: Omit<KeyFacts, 'backup'>, saved: SavedBackup | undefined): KeyFacts {
  const { epoch, epochNo, activeSince, threshold, members, restored, superseded, burned, erased, refreshing } = known
  const backup = saved === undefined ? undefined : { epochNo: saved.epochNo, at: saved.at, present: hex(saved.epoch) === epoch }
  return { epoch, epochNo, activeSince, threshold, members, restored, superseded, burned, erased, refreshing, backup }
}
