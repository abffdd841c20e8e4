/**
 * Asks for the passphrase of the seat, the first time twice.
 * @module
 */
import { useSignal } from '@preact/signals'
import { NewPassphraseFields, useNewPassphrase } from './new-passphrase.tsx'

export interface PassphraseProps {
  readonly working: boolean
  readonly note: string
  submit(passphrase: string): Promise<void>
}

/** For a new seat. */
export function ChoosePassphrase({ note, working, submit }: PassphraseProps) {
  const passphrase = useNewPassphrase()
  const send = (event: Event): void => {
    event.preventDefault()
    if (!working && passphrase.ready.value) void submit(passphrase.take())
  }
  return (
    <form class="own-form" onSubmit={send}>
      <p class="quiet-text">
        {note} Its share of the key will be kept in this browser under a passphrase. Nobody can reset it: write it down, and make a backup once there
        is a key.
      </p>
      <NewPassphraseFields passphrase={passphrase} label="Passphrase" />
      <button type="submit" class="main-button" disabled={working || !passphrase.ready.value}>
        {working ? 'Working…' : 'Create'}
      </button>
    </form>
  )
}

/** For one that is there. */
export function Unlock({ note, working, submit }: PassphraseProps) {
  const typed = useSignal('')
  const send = (event: Event): void => {
    event.preventDefault()
    if (working || typed.value === '') return
    const passphrase = typed.value
    typed.value = ''
    void submit(passphrase)
  }
  return (
    <form class="own-form" onSubmit={send}>
      <p class="quiet-text">{note}</p>
      <label class="field">
        Passphrase
        <input
          type="password"
          autocomplete="current-password"
          value={typed.value}
          onInput={event => {
            typed.value = event.currentTarget.value
          }}
          required
        />
      </label>
      <button type="submit" class="main-button" disabled={working || typed.value === ''}>
        {working ? 'Working…' : 'Unlock'}
      </button>
    </form>
  )
}
