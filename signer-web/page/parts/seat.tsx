/**
 * This tab's own member.
 * @module
 */
import type { SeatStatus } from '../../api.ts'
import { Copyable } from './copy.tsx'

const STATES: Readonly<Record<SeatStatus['state'], { readonly tone: string; readonly text: string }>> = {
  closed: { tone: 'quiet', text: 'not open' },
  connecting: { tone: 'busy', text: 'connecting…' },
  connected: { tone: 'good', text: 'connected' },
  lost: { tone: 'bad', text: 'relay unreachable' },
}

export function SeatCard({ seat, status }: { seat: number; status: SeatStatus | undefined }) {
  const { tone, text } = STATES[status?.state ?? 'closed']
  return (
    <section class="card member own" aria-labelledby="seat-title">
      <header>
        <h3 id="seat-title">Seat {seat} in this tab</h3>
        <span class={`badge ${tone}`}>{text}</span>
      </header>
      <p class="quiet-text">
        {status?.account === undefined ? (
          'A bare seat: it holds no share yet.'
        ) : (
          <>
            It holds a share of <Copyable value={status.account} what="account address" />.
          </>
        )}
      </p>
      {status?.ceremony !== undefined && (
        <p class="seat-line">
          {status.ceremony.kind} <strong>{status.ceremony.round}</strong>
          {status.ceremony.missing.length > 0 ? ` · waits for seats ${status.ceremony.missing.join(', ')}` : ' · computing'}
        </p>
      )}
      {status?.problem !== undefined && (
        <p class="seat-line bad" role="alert">
          <code>{status.problem.code}</code> {status.problem.message}
        </p>
      )}
    </section>
  )
}
