/**
 * This tab's own member, from its first passphrase to its batches.
 * @module
 */
import { useSignal } from '@preact/signals'
import type { GivenIdentity, SeatStatus } from '../../api.ts'
import type { Notifier } from '../attention.ts'
import { clock } from '../clock.ts'
import { countdown } from '../format.ts'
import type { Life } from '../life.ts'
import type { Mirror } from '../mirror.ts'
import type { Settings } from '../settings.ts'
import type { Signer } from '../signer.ts'
import { Join } from './seat/join.tsx'
import { ChoosePassphrase, Unlock } from './seat/passphrase.tsx'
import { Restore } from './seat/restore.tsx'
import { Running } from './seat/running.tsx'
import { PasskeyWayIn, WaysIn } from './seat/ways-in.tsx'

const STATES: Readonly<Record<SeatStatus['state'], { readonly tone: string; readonly text: string }>> = {
  empty: { tone: 'quiet', text: 'new' },
  locked: { tone: 'quiet', text: 'locked' },
  busy: { tone: 'bad', text: 'open in another tab' },
  open: { tone: 'busy', text: 'in no pool' },
  running: { tone: 'good', text: 'member' },
}

export interface OwnSeatProps {
  readonly seat: number
  readonly signer: Signer
  readonly given: GivenIdentity | undefined
  readonly settings: Settings
  readonly life: Life
  readonly mirror: Mirror
  readonly notifier: Notifier
}

export function OwnSeat(props: OwnSeatProps) {
  const status = props.signer.status.value
  const { tone, text } = STATES[status?.state ?? 'locked']
  return (
    <section class="card own" aria-labelledby="seat-title" aria-busy={status?.working === true}>
      <header class="own-head">
        <h2 id="seat-title">Your seat in this tab</h2>
        <span class={`badge ${tone}`}>{status === undefined ? 'starting…' : text}</span>
      </header>
      {status !== undefined && <Stage {...props} status={status} />}
      {status?.problem !== undefined && (
        <p class="seat-line bad" role="alert">
          <code>{status.problem.code}</code> {status.problem.message}
        </p>
      )}
    </section>
  )
}

function Stage(props: OwnSeatProps & { readonly status: SeatStatus }) {
  const { seat, status, signer, life } = props
  switch (status.state) {
    case 'empty':
      return <Begin {...props} />
    case 'locked':
      return (
        <>
          {life.reason.value !== undefined && (
            <p class="seat-line warn" role="status">
              {life.reason.value === 'idle' ? 'Locked: there was no input for a while.' : 'Locked: the browser had put this tab to sleep.'}
            </p>
          )}
          <Unlock
            working={status.working}
            note={`This browser keeps seat ${seat} under a passphrase.`}
            submit={async passphrase => void (await signer.api.unlock({ passphrase }))}
          />
          <PasskeyWayIn status={status} signer={signer} />
        </>
      )
    case 'busy':
      return <Elsewhere {...props} />
    case 'open':
      return (
        <>
          <Join status={status} join={async request => void (await signer.api.join(request))} />
          <WaysIn {...props} />
          <button type="button" class="side-button" disabled={status.working} onClick={() => void signer.lock()}>
            Lock
          </button>
        </>
      )
    case 'running':
      return (
        <>
          <Running status={status} api={signer.api} lock={() => signer.lock()} />
          <WaysIn {...props} />
        </>
      )
  }
}

/** A new seat, or one that comes back. */
function Begin({ status, signer, given }: OwnSeatProps & { readonly status: SeatStatus }) {
  const restoring = useSignal(false)
  return (
    <>
      {restoring.value ? (
        <Restore working={status.working} restore={async request => void (await signer.api.restore(request))} />
      ) : (
        <ChoosePassphrase
          working={status.working}
          note={given === undefined ? 'This tab makes an identity of its own.' : 'The link has brought the identity of a seat in this pool.'}
          submit={async passphrase => void (await signer.api.create({ passphrase, given }))}
        />
      )}
      <button
        type="button"
        class="side-button"
        disabled={status.working}
        onClick={() => {
          restoring.value = !restoring.value
        }}
      >
        {restoring.value ? 'Begin anew instead' : 'Bring a seat back from its backup'}
      </button>
    </>
  )
}

/** What the tab that has the seat open shows, to look at. */
function Elsewhere({ mirror }: OwnSeatProps) {
  const other = mirror.other.value
  const age = other === undefined ? 0 : clock.value - other.at
  return (
    <>
      <p class="quiet-text">
        Another tab of this browser has this seat open, and only one may sign.{' '}
        {other === undefined ? '' : 'This is what it shows; nothing can be done here. '}
        When it is locked or closed, this one can be unlocked.
      </p>
      {age > 12_000 && (
        <p class="seat-line warn" role="status">
          No word from the other tab for {countdown(age)}.
        </p>
      )}
      {other !== undefined && <Running status={other.status} />}
    </>
  )
}
