/**
 * This tab's own member, from its first passphrase to its batches.
 * @module
 */
import type { GivenIdentity, SeatStatus } from '../../api.ts'
import type { Signer } from '../signer.ts'
import { Join } from './seat/join.tsx'
import { Passphrase } from './seat/passphrase.tsx'
import { Running } from './seat/running.tsx'

const STATES: Readonly<Record<SeatStatus['state'], { readonly tone: string; readonly text: string }>> = {
  empty: { tone: 'quiet', text: 'new' },
  locked: { tone: 'quiet', text: 'locked' },
  busy: { tone: 'bad', text: 'open in another tab' },
  open: { tone: 'busy', text: 'in no pool' },
  running: { tone: 'good', text: 'member' },
}

export function OwnSeat({ seat, signer, given }: { seat: number; signer: Signer; given: GivenIdentity | undefined }) {
  const status = signer.status.value
  const { tone, text } = STATES[status?.state ?? 'locked']
  return (
    <section class="card own" aria-labelledby="seat-title" aria-busy={status?.working === true}>
      <header class="own-head">
        <h2 id="seat-title">Your seat in this tab</h2>
        <span class={`badge ${tone}`}>{status === undefined ? 'starting…' : text}</span>
      </header>
      {status !== undefined && <Stage seat={seat} status={status} signer={signer} given={given} />}
      {status?.problem !== undefined && (
        <p class="seat-line bad" role="alert">
          <code>{status.problem.code}</code> {status.problem.message}
        </p>
      )}
    </section>
  )
}

function Stage({ seat, status, signer, given }: { seat: number; status: SeatStatus; signer: Signer; given: GivenIdentity | undefined }) {
  const { api } = signer
  switch (status.state) {
    case 'empty':
      return (
        <Passphrase
          working={status.working}
          isNew
          note={given === undefined ? 'This tab makes an identity of its own.' : 'The link has brought the identity of a seat in this pool.'}
          submit={async passphrase => void (await api.create({ passphrase, given }))}
        />
      )
    case 'locked':
      return (
        <Passphrase
          working={status.working}
          isNew={false}
          note={`This browser keeps seat ${seat} under a passphrase.`}
          submit={async passphrase => void (await api.unlock({ passphrase }))}
        />
      )
    case 'busy':
      return <p class="quiet-text">Another tab of this browser has this seat open, and only one may sign. Close it, then reload this one.</p>
    case 'open':
      return <Join status={status} join={async request => void (await api.join(request))} />
    case 'running':
      return <Running status={status} lock={async () => void (await api.lock())} />
  }
}
