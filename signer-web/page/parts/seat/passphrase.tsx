/**
 * Asks for the passphrase of the seat, the first time twice.
 * @module
 */
import { useSignal } from '@preact/signals'

/** Shortest one that is taken. The worker checks it again. */
const SHORTEST = 8

export interface PassphraseProps {
  readonly isNew: boolean
  readonly working: boolean
  readonly note: string
  submit(passphrase: string): Promise<void>
}

export function Passphrase({ isNew, working, note, submit }: PassphraseProps) {
  const first = useSignal('')
  const second = useSignal('')
  const short = isNew && first.value.length < SHORTEST
  const differs = isNew && first.value !== second.value
  const send = (event: Event): void => {
    event.preventDefault()
    if (short || differs || working) return
    const passphrase = first.value
    first.value = ''
    second.value = ''
    void submit(passphrase)
  }
  return (
    <form class="own-form" onSubmit={send}>
      <p class="quiet-text">
        {note}{' '}
        {isNew &&
          'Its share of the key will be kept in this browser under a passphrase. Nobody can reset it: write it down, and make a backup once there is a key.'}
      </p>
      <label class="field">
        Passphrase
        <input
          type="password"
          autocomplete={isNew ? 'new-password' : 'current-password'}
          value={first.value}
          onInput={event => {
            first.value = event.currentTarget.value
          }}
          required
        />
      </label>
      {isNew && (
        <label class="field">
          The same again
          <input
            type="password"
            autocomplete="new-password"
            value={second.value}
            onInput={event => {
              second.value = event.currentTarget.value
            }}
            required
          />
        </label>
      )}
      {isNew && <p class="hint">{hint(first.value, differs)}</p>}
      <button type="submit" class="main-button" disabled={working || short || differs || first.value === ''}>
        {working ? 'Working…' : isNew ? 'Create' : 'Unlock'}
      </button>
    </form>
  )
}

/** What is to be said of a passphrase that is being typed. */
function hint(passphrase: string, differs: boolean): string {
  if (passphrase === '') return 'Several words are easier to remember than signs, and harder to guess.'
  if (passphrase.length < SHORTEST) return `At least ${SHORTEST} characters.`
  if (/^\d+$/.test(passphrase)) return 'Digits alone are guessed in no time.'
  if (differs) return 'The two are not the same yet.'
  return new Set(passphrase).size < 6 ? 'Few different characters: easy to guess.' : 'Good.'
}
