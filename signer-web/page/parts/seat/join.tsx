/**
 * From an identity to a pool: the one of this relay, or another file, with an L1 node of one's own.
 * @module
 */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JoinRequest, SeatStatus } from '../../../api.ts'
import { Copyable } from '../copy.tsx'

interface Offer {
  readonly pool: unknown
  readonly l1: readonly string[]
}

/** What the relay that serves this page offers: its pool file, and L1 nodes that this page may talk to. */
async function offerOfRelay(): Promise<Offer> {
  const [pool, page] = await Promise.all([fetch('./api/pool'), fetch('./api/page')])
  const { l1 } = (await page.json()) as { readonly l1?: unknown }
  return { pool: await pool.json(), l1: Array.isArray(l1) ? l1.filter(url => typeof url === 'string') : [] }
}

export function Join({ status, join }: { status: SeatStatus; join(request: JoinRequest): Promise<void> }) {
  const file = useSignal('')
  const l1 = useSignal('')
  const problem = useSignal('')
  useEffect(() => {
    offerOfRelay().then(
      offer => {
        file.value = JSON.stringify(offer.pool, null, 2)
        l1.value = offer.l1[0] ?? ''
      },
      () => {},
    )
  }, [])
  const send = (event: Event): void => {
    event.preventDefault()
    let pool: unknown
    try {
      pool = JSON.parse(file.value)
    } catch {
      problem.value = 'The pool file is not JSON.'
      return
    }
    problem.value = ''
    void join({ pool, l1Rpc: l1.value.trim() })
  }
  return (
    <form class="own-form" onSubmit={send}>
      {status.entry !== undefined && (
        <p class="quiet-text">
          Whoever makes the pool file needs your public entry: <Copyable value={JSON.stringify(status.entry)} what="entry" />
        </p>
      )}
      <label class="field">
        Pool file
        <textarea
          rows={5}
          spellcheck={false}
          value={file.value}
          onInput={event => {
            file.value = event.currentTarget.value
          }}
          required
        />
      </label>
      <label class="field">
        Your own L1 node
        <input
          type="url"
          placeholder="https://…"
          value={l1.value}
          onInput={event => {
            l1.value = event.currentTarget.value
          }}
          required
        />
      </label>
      {problem.value !== '' && (
        <p class="seat-line bad" role="alert">
          {problem.value}
        </p>
      )}
      <button type="submit" class="main-button" disabled={status.working || file.value === '' || l1.value === ''}>
        {status.working ? 'Working…' : 'Join this pool'}
      </button>
    </form>
  )
}
