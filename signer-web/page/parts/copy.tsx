/**
 * Hashes and addresses: short to look at, whole to copy, a link where an explorer shows them.
 * @module
 */
import { useSignal } from '@preact/signals'
import { shortHex } from '../format.ts'

const SHOWN = 1_500

/** `what` says what is copied, for screen readers and the tooltip. */
export function Copyable({ value, what, whole = false }: { value: string; what: string; whole?: boolean }) {
  const copied = useSignal(false)
  const copy = async (): Promise<void> => {
    // Absent outside secure contexts; the tooltip still shows the whole value.
    await navigator.clipboard?.writeText(value)
    copied.value = true
    setTimeout(() => {
      copied.value = false
    }, SHOWN)
  }
  return (
    <button
      type="button"
      class="copy"
      title={`${value}\nClick to copy`}
      aria-label={`Copy ${what} ${value}`}
      onClick={() => void copy().catch(() => {})}
    >
      <code>{whole ? value : shortHex(value)}</code>
      <svg class="copy-mark" viewBox="0 0 16 16" aria-hidden="true">
        {copied.value ? <path d="M3 8.5 6.5 12 13 4.5" /> : <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />}
      </svg>
    </button>
  )
}

/** A link to the explorer when there is one, otherwise something to copy. */
export function OnChain({ value, what, link }: { value: string; what: string; link: string | undefined }) {
  if (link === undefined) return <Copyable value={value} what={what} />
  return (
    <a class="chain-link" href={link} target="_blank" rel="noopener noreferrer" title={value}>
      <code>{shortHex(value)}</code>
      <span aria-hidden="true"> ↗</span>
    </a>
  )
}
