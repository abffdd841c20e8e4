/**
 * One thing at a time: what reaches a member (frames, timers, L1 news, results of ceremonies) is handled in order, each to its end.
 * @module
 */

export interface Queue {
  /** Runs `task` after all earlier ones; a failure goes to `onError` and does not stop the queue. */
  run(task: () => Promise<void> | void): void
  /** Resolves when everything queued so far has run. */
  idle(): Promise<void>
  close(): void
}

export function createQueue(onError: (error: unknown) => void): Queue {
  let tail: Promise<void> = Promise.resolve()
  let open = true
  return {
    run(task) {
      tail = tail.then(async () => {
        if (!open) return
        try {
          await task()
        } catch (error) {
          onError(error)
        }
      })
    },
    idle: () => tail,
    close() {
      open = false
    },
  }
}
