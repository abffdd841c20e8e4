/**
 * How this seat is opened and when it closes: passkey, lock without input, notifications.
 * @module
 */
import { useSignal } from '@preact/signals'
import type { SeatStatus } from '../../../api.ts'
import type { Notifier } from '../../attention.ts'
import { askPasskey, makePasskey, passkeysSupported } from '../../passkey.ts'
import { LOCK_CHOICES, type Settings } from '../../settings.ts'
import type { Signer } from '../../signer.ts'

export interface WaysInProps {
  readonly seat: number
  readonly status: SeatStatus
  readonly signer: Signer
  readonly settings: Settings
  readonly notifier: Notifier
}

const nameOf = (minutes: number): string => (minutes === 0 ? 'never' : minutes < 60 ? `${minutes} min` : `${minutes / 60} h`)

export function WaysIn({ seat, status, signer, settings, notifier }: WaysInProps) {
  const problem = useSignal('')
  const lockAfter = settings.lockAfter.value
  const choices = [...new Set([...LOCK_CHOICES, lockAfter])]
  const add = async (): Promise<void> => {
    problem.value = ''
    try {
      await signer.api.addPasskey(await makePasskey(seat))
    } catch (error) {
      problem.value = error instanceof Error ? error.message : 'not possible here'
    }
  }
  return (
    <section class="ways-in" aria-labelledby="ways-in-title">
      <h3 class="own-title" id="ways-in-title">
        This tab
      </h3>
      <div class="ways">
        <label class="choice">
          Lock without input after
          <select value={String(lockAfter)} onChange={event => settings.setLockAfter(Number(event.currentTarget.value))}>
            {choices.map(minutes => (
              <option key={minutes} value={String(minutes)}>
                {nameOf(minutes)}
              </option>
            ))}
          </select>
        </label>
        {status.passkey !== undefined ? (
          <button type="button" class="side-button" disabled={status.working} onClick={() => void signer.api.removePasskey()}>
            Remove the passkey
          </button>
        ) : passkeysSupported() ? (
          <button type="button" class="side-button" disabled={status.working} onClick={() => void add()}>
            Add a passkey
          </button>
        ) : (
          <span class="hint">Passkeys need an address with a name, over https.</span>
        )}
        {notifier.permission.value === 'default' && (
          <button type="button" class="side-button" onClick={() => void notifier.ask()}>
            Notify me when this tab is hidden
          </button>
        )}
        {notifier.permission.value === 'granted' && <span class="hint">Notifications are on.</span>}
        {notifier.permission.value === 'denied' && <span class="hint">The browser refuses notifications of this site.</span>}
      </div>
      {problem.value !== '' && (
        <p class="seat-line bad" role="alert">
          No passkey was added: {problem.value}.
        </p>
      )}
    </section>
  )
}

/** In a locked seat that has a passkey. */
export function PasskeyWayIn({ status, signer }: { status: SeatStatus; signer: Signer }) {
  const problem = useSignal('')
  const { passkey } = status
  if (passkey === undefined || !passkeysSupported()) return null
  const open = async (): Promise<void> => {
    problem.value = ''
    try {
      await signer.api.unlock({ passkey: await askPasskey(passkey) })
    } catch (error) {
      problem.value = error instanceof Error ? error.message : 'not possible here'
    }
  }
  return (
    <>
      <button type="button" class="side-button" disabled={status.working} onClick={() => void open()}>
        Use the passkey
      </button>
      {problem.value !== '' && (
        <p class="seat-line bad" role="alert">
          The passkey did not answer ({problem.value}). The passphrase still opens the seat.
        </p>
      )}
    </>
  )
}
