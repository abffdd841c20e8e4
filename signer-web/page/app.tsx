/**
 * The page: the pool's status, and this tab's seat when it has one.
 * @module
 */
import type { ReadonlySignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { Feed } from './feed.ts'
import { Batches } from './parts/batches.tsx'
import { ContactPill, LostBanner } from './parts/contact.tsx'
import { Counters } from './parts/counters.tsx'
import { PoolFacts } from './parts/facts.tsx'
import { Members } from './parts/members.tsx'
import { TurnCard } from './parts/turn.tsx'
import type { Status } from './status.ts'

/** `seat` is what this tab shows of its own member; absent in a tab that only looks. */
export function App({ feed, seat }: { feed: Feed; seat?: ComponentChildren }) {
  const status = feed.status.value
  const contact = feed.contact.value
  return (
    <>
      <header class="top">
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
          <circle class="ring" cx="16" cy="16" r="9" />
          <circle cx="16" cy="7" r="3.5" />
          <circle cx="23.8" cy="20.5" r="3.5" />
          <circle cx="8.2" cy="20.5" r="3.5" />
        </svg>
        <h1>
          Sequorum <span class="pool-name">{status?.pool.name}</span>
        </h1>
        <ContactPill contact={contact} />
      </header>
      <main>
        <LostBanner contact={contact} />
        {seat}
        {status === undefined ? <p class="empty">Waiting for the relay…</p> : <Pool status={status} skew={feed.skew} />}
      </main>
      <footer class="quiet-text">
        What the relay tells this page is for looking at. Members check every batch for themselves and believe nothing that is shown here.
      </footer>
    </>
  )
}

function Pool({ status, skew }: { status: Status; skew: ReadonlySignal<number> }) {
  return (
    <>
      <div class="pair">
        <TurnCard status={status} skew={skew.value} />
        <PoolFacts status={status} />
      </div>
      <Counters status={status} />
      <Members status={status} skew={skew.value} />
      <Batches status={status} />
    </>
  )
}
