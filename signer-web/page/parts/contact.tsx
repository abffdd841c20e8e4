/**
 * Whether what is shown is live.
 * @module
 */
import { clock } from '../clock.ts'
import type { Contact } from '../feed.ts'
import { countdown, timeOfDay } from '../format.ts'

export function ContactPill({ contact }: { contact: Contact }) {
  if (contact.state === 'lost')
    return (
      <p class="pill bad" role="status">
        relay unreachable since {timeOfDay(contact.since)}
      </p>
    )
  return (
    <p class={`pill ${contact.state === 'live' ? 'good' : 'quiet'}`} role="status">
      {contact.state === 'live' ? 'live' : 'connecting…'}
    </p>
  )
}

/** Says plainly that the picture is old. */
export function LostBanner({ contact }: { contact: Contact }) {
  if (contact.state !== 'lost') return null
  return (
    <p class="banner">
      The relay has not answered for <strong>{countdown(clock.value - contact.since)}</strong>. What you see is from before; this page keeps trying.
      The pool waits as well: nothing is lost while the relay is away.
    </p>
  )
}
