/**
 * A ceremony as it stands: its round, and for each seat whether its message is there. Drawn from the newest report, so that a lost event costs nothing.
 * @module
 */
import type { SeatStatus } from '../../../api.ts'

export function Ceremony({ status }: { status: SeatStatus }) {
  const ceremony = status.report?.ceremony
  if (ceremony === undefined) return null
  const { kind, round, missing } = ceremony
  return (
    <div class="seat-line own-ceremony">
      <p role="status">
        {kind} <strong>{round}</strong>
        {missing.length > 0 ? ` · waits for seats ${missing.join(', ')}` : ' · computing'}
      </p>
      <ul class="parties" aria-label="Members in this round">
        {(status.pool?.seats ?? []).map(seat => {
          const waits = missing.includes(seat)
          return (
            <li key={seat} class={waits ? 'waits' : 'there'}>
              <span aria-hidden="true">{waits ? '○' : '●'}</span> seat {seat}
              {seat === status.pool?.seat && ' (you)'}
              <span class="unseen">{waits ? ', awaited' : ', there'}</span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
