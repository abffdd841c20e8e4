/**
 * A ceremony as it stands: its round, and for each seat whether its message is there. Drawn from the newest report, so that a lost event costs nothing.
 * @module
 */
import type { SeatStatus } from '../../../api.ts'

/** Those that every member takes part in; of the others only some seats do. */
const OF_ALL: ReadonlySet<string> = new Set(['keygen', 'refresh'])

export function Ceremony({ status }: { status: SeatStatus }) {
  const ceremony = status.report?.ceremony
  if (ceremony === undefined) return null
  const { kind, round, missing } = ceremony
  const seats = OF_ALL.has(kind) ? (status.pool?.seats ?? []) : []
  return (
    <div class="seat-line own-ceremony">
      <p role="status">
        {kind} <strong>{round}</strong>
        {missing.length > 0 ? ` · waits for seats ${missing.join(', ')}` : ' · computing'}
      </p>
      {seats.length > 0 && (
        <ul class="parties" aria-label="Members in this round">
          {seats.map(seat => {
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
      )}
    </div>
  )
}
