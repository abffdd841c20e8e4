/**
 * The member at work: what it does now, whom it waits for, what it has done.
 * @module
 */
import type { Remote } from 'comlink'
import type { MemberEvent } from '../../../../core/member/events.ts'
import type { SeatStatus, SignerApi } from '../../../api.ts'
import { count, shortHex, timeOfDay } from '../../format.ts'
import { Copyable } from '../copy.tsx'
import { Approvals } from './approvals.tsx'
import { Ceremony } from './ceremony.tsx'
import { Keys } from './keys.tsx'

/** Newest events that are shown. */
const SHOWN = 8

export interface RunningProps {
  readonly status: SeatStatus
  /** Both are absent in a view that only looks. */
  readonly api?: Remote<SignerApi>
  lock?(): Promise<void>
}

export function Running({ status, api, lock }: RunningProps) {
  const { pool, relay, report } = status
  if (pool === undefined) return null
  return (
    <>
      <dl class="facts small">
        <div class="fact">
          <dt>Seat</dt>
          <dd>
            <span class="num">{pool.seat}</span> of {pool.name}
          </dd>
        </div>
        <div class="fact">
          <dt>Relay</dt>
          <dd>{relay?.connected === true ? `connected, ${relay.online.length} online` : 'not connected'}</dd>
        </div>
        <div class="fact">
          <dt>Own L1 node</dt>
          <dd>{pool.l1Host}</dd>
        </div>
        <div class="fact">
          <dt>Now</dt>
          <dd class="own-phase">{report?.phase ?? 'starting'}</dd>
        </div>
        <div class="fact">
          <dt>Height, round</dt>
          <dd class="num">{report === undefined ? '–' : `${count(report.height)}, ${count(report.round)}`}</dd>
        </div>
        <div class="fact">
          <dt>Account</dt>
          <dd>{report?.account === undefined ? 'no key yet' : <Copyable value={report.account} what="account address" />}</dd>
        </div>
      </dl>
      <Ceremony status={status} />
      {report?.problem !== undefined && (
        <p class="seat-line bad" role="alert">
          <code>{report.problem}</code>
        </p>
      )}
      <Approvals status={status} api={api} />
      <Keys status={status} api={api} />
      <h3 class="own-title">What this seat did</h3>
      {status.events.length === 0 ? (
        <p class="quiet-text">Nothing yet.</p>
      ) : (
        <ol class="own-events">
          {status.events
            .slice(-SHOWN)
            .toReversed()
            .map(({ at, event }, index) => (
              <li key={`${at} ${index}`}>
                <time>{timeOfDay(at)}</time> {lineOf(event)}
              </li>
            ))}
        </ol>
      )}
      {lock !== undefined && (
        <button type="button" class="side-button" disabled={status.working} onClick={() => void lock()}>
          Lock
        </button>
      )}
    </>
  )
}

/** An event in words. */
function lineOf(event: MemberEvent): string {
  switch (event.kind) {
    case 'key':
      return `holds a share of ${shortHex(event.account)}`
    case 'refreshed':
      return `has a share of generation ${event.epochNo}`
    case 'proposed':
      return `proposed height ${event.height}: ${event.transactions} transactions in ${event.blocks} blocks`
    case 'refused':
      return `refused height ${event.height}, round ${event.round}: ${event.reason}`
    case 'agreed':
      return `agreed on height ${event.height} with ${event.votes} votes`
    case 'signed':
      return event.signers.length === 0
        ? `heard of the signature of height ${event.height}`
        : `height ${event.height} signed by ${event.signers.join(' + ')}`
    case 'batch':
      return `height ${event.height} is in L1 block ${event.l1Block}`
    case 'reorg':
      return `L1 was reorganised: heights from ${event.from} on`
  }
}
