/**
 * A queue between callbacks and an async loop: one writer, one reader.
 * @module
 */

export interface Mailbox<T> {
  push(item: T): void
  /** The reader gets what is queued, then the end. */
  end(): void
  /** The reader gets what is queued, then the error. */
  fail(error: unknown): void
  /** Takes out what nobody has read. */
  clear(): readonly T[]
  /** Read once. */
  items(): AsyncIterable<T>
}

export function createMailbox<T>(): Mailbox<T> {
  const queue: T[] = []
  let outcome: { readonly error?: unknown } | undefined
  let wake: (() => void) | undefined

  const stir = (): void => {
    wake?.()
    wake = undefined
  }
  const finish = (how: { readonly error?: unknown }): void => {
    outcome ??= how
    stir()
  }

  async function next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const [item] = queue.splice(0, 1)
      if (item !== undefined) return { done: false, value: item }
      if (outcome !== undefined) {
        if ('error' in outcome) throw outcome.error
        return { done: true, value: undefined }
      }
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }

  return {
    push(item) {
      if (outcome !== undefined) return
      queue.push(item)
      stir()
    },
    end: () => finish({}),
    fail: error => finish({ error }),
    clear: () => queue.splice(0),
    items: () => ({
      [Symbol.asyncIterator]: () => ({
        next,
        async return() {
          finish({})
          queue.length = 0
          return { done: true, value: undefined }
        },
      }),
    }),
  }
}
