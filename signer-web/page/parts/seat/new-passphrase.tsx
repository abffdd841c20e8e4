/**
 * A new passphrase, typed twice, with a meter. The worker refuses what is refused here.
 * @module
 */
import { type Signal, useComputed, useSignal } from '@preact/signals'
import { refusalOf, strengthOf } from '../../../passphrase-rule.ts'

export interface NewPassphrase {
  readonly first: Signal<string>
  readonly second: Signal<string>
  /** Both are the same, and it is one that is taken. */
  readonly ready: { readonly value: boolean }
  /** Gives it, and forgets it here. */
  take(): string
}

export function useNewPassphrase(): NewPassphrase {
  const first = useSignal('')
  const second = useSignal('')
  const ready = useComputed(() => first.value === second.value && refusalOf(first.value) === undefined)
  return {
    first,
    second,
    ready,
    take() {
      const passphrase = first.value
      first.value = ''
      second.value = ''
      return passphrase
    },
  }
}

const WORDS = ['', 'weak: add a word or two', 'fair', 'good', 'strong'] as const

/** What is to be said of a passphrase that is being typed. */
function hint(passphrase: string, again: string): string {
  if (passphrase === '') return 'Several words are easier to remember than signs, and harder to guess.'
  const refusal = refusalOf(passphrase)
  if (refusal !== undefined) return `Not taken: ${refusal}.`
  return `${WORDS[strengthOf(passphrase)]}${passphrase === again ? '' : ' · the two are not the same yet'}`
}

export function NewPassphraseFields({ passphrase, label }: { passphrase: NewPassphrase; label: string }) {
  const { first, second } = passphrase
  return (
    <>
      <label class="field">
        {label}
        <input
          type="password"
          autocomplete="new-password"
          value={first.value}
          onInput={event => {
            first.value = event.currentTarget.value
          }}
          required
        />
      </label>
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
      <div class="strength">
        <meter min={0} max={4} low={2} high={3} optimum={4} value={first.value === '' ? 0 : strengthOf(first.value)} aria-label="Strength" />
        <p class="hint" aria-live="polite">
          {hint(first.value, second.value)}
        </p>
      </div>
    </>
  )
}
