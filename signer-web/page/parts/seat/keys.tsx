/**
 * The key as this seat holds it: its generation, its backup, and what can be done with it.
 * @module
 */
import { useSignal } from '@preact/signals'
import type { Remote } from 'comlink'
import type { KeyFacts, SeatStatus, SignerApi } from '../../../api.ts'
import { dateAndTime } from '../../format.ts'
import { Copyable } from '../copy.tsx'
import { Backup } from './backup.tsx'

type Panel = 'none' | 'backup' | 'refresh' | 'destroy'

/** `api` is absent in a view that only looks. */
export function Keys({ status, api }: { status: SeatStatus; api: Remote<SignerApi> | undefined }) {
  const panel = useSignal<Panel>('none')
  const { keys, report, working } = status
  const close = (): void => {
    panel.value = 'none'
  }
  if (report?.problem === 'key-destroyed')
    return <p class="seat-line bad">This seat has destroyed its share. It takes part in nothing any more, and no backup of it may be used.</p>
  if (keys === undefined) return null
  return (
    <section aria-labelledby="keys-title">
      <h3 class="own-title" id="keys-title">
        Key
      </h3>
      {keys.backup?.present !== true && (
        <div class="seat-line warn not-safe" role="status">
          <p>
            <strong>Not safe yet.</strong> {missingBackup(keys)}
          </p>
          {api !== undefined && panel.value !== 'backup' && (
            <button
              type="button"
              class="main-button"
              onClick={() => {
                panel.value = 'backup'
              }}
            >
              Make a backup now
            </button>
          )}
        </div>
      )}
      <Facts keys={keys} />
      {api !== undefined && (
        <>
          {panel.value === 'none' && (
            <p class="actions">
              {(['refresh', 'backup', 'destroy'] as const).map(kind => (
                <button
                  key={kind}
                  type="button"
                  class="side-button"
                  disabled={working || (kind === 'refresh' && keys.refreshing)}
                  onClick={() => {
                    panel.value = kind
                  }}
                >
                  {LABELS[kind]}
                </button>
              ))}
            </p>
          )}
          {panel.value === 'backup' && <Backup api={api} working={working} done={close} />}
          {panel.value === 'refresh' && <Refresh keys={keys} api={api} done={close} />}
          {panel.value === 'destroy' && <Destroy status={status} api={api} done={close} />}
        </>
      )}
    </section>
  )
}

const LABELS = { refresh: 'Refresh shares…', backup: 'Back up…', destroy: 'Destroy share…' } as const

const missingBackup = ({ backup, epochNo }: KeyFacts): string =>
  backup === undefined
    ? 'There is no backup of this share. If this browser loses its data, the seat is gone.'
    : `The backup is of generation ${backup.epochNo}, the share is of generation ${epochNo}: the old file is worthless. Make a new one.`

function Facts({ keys }: { keys: KeyFacts }) {
  const { epoch, epochNo, activeSince, threshold, members, burned, erased, backup, restored, superseded, refreshing } = keys
  return (
    <>
      <dl class="facts small">
        <div class="fact">
          <dt>Generation</dt>
          <dd>
            <span class="num key-generation">{epochNo}</span> · <Copyable value={epoch} what="epoch" />
          </dd>
        </div>
        <div class="fact">
          <dt>{epochNo === 0 ? 'Made' : 'Last refresh'}</dt>
          <dd>{activeSince === undefined ? '–' : dateAndTime(Date.parse(activeSince))}</dd>
        </div>
        <div class="fact">
          <dt>Shares</dt>
          <dd>
            {threshold} of {members.length} sign
          </dd>
        </div>
        <div class="fact">
          <dt>Backup</dt>
          <dd class={backup?.present === true ? undefined : 'warn-text'}>
            {backup === undefined ? 'none' : `${backup.present ? 'saved' : `of generation ${backup.epochNo},`} ${dateAndTime(backup.at)}`}
          </dd>
        </div>
        <div class="fact">
          <dt>Pairs that do not sign together</dt>
          <dd>{burned.length === 0 ? 'none' : burned.map(pair => `${pair.members.join(' + ')} (${pair.reason})`).join(', ')}</dd>
        </div>
        {erased.length > 0 && (
          <div class="fact">
            <dt>Destroyed shares</dt>
            <dd>seats {erased.join(', ')}</dd>
          </div>
        )}
      </dl>
      {restored && <p class="seat-line">This share came from a backup. It signs after the next refresh, for which all members have to be here.</p>}
      {superseded !== undefined && <p class="seat-line bad">The others have generation {superseded}, which this seat lacks.</p>}
      {refreshing && <p class="seat-line">New shares are being made. Nothing is lost when it stops half-way.</p>}
    </>
  )
}

function Refresh({ keys, api, done }: { keys: KeyFacts; api: Remote<SignerApi>; done(): void }) {
  const start = (): void => {
    void api.command({ kind: 'refresh' })
    done()
  }
  return (
    <div class="panel">
      <p>
        All {keys.members.length} members make new shares of the same key. The account stays; every backup from before becomes worthless, of every
        member; pairs that do not sign together may again.
      </p>
      <p class="actions">
        <button type="button" class="main-button" onClick={start}>
          Refresh now
        </button>
        <button type="button" class="side-button" onClick={done}>
          Cancel
        </button>
      </p>
    </div>
  )
}

const WORD = 'destroy'

function Destroy({ status, api, done }: { status: SeatStatus; api: Remote<SignerApi>; done(): void }) {
  const typed = useSignal('')
  const sure = typed.value.trim().toLowerCase() === WORD
  const { keys, pool, report, working } = status
  const others = (keys?.members.length ?? 1) - 1 - (keys?.erased.length ?? 0)
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (!sure || working) return
    await api.command({ kind: 'destroy' })
    done()
  }
  return (
    <form class="panel danger own-form" onSubmit={event => void send(event)}>
      <p>
        <strong>This cannot be undone.</strong>
      </p>
      <ul class="bullets">
        <li>
          The share of seat {pool?.seat} of <code>{report?.account}</code> is erased from this browser for good, and this seat never signs again.
        </li>
        <li>
          {others >= (keys?.threshold ?? 0)
            ? `${others} other shares are left, ${keys?.threshold} of which sign.`
            : `Only ${others} other shares are left, and ${keys?.threshold} are needed: nobody can use the account any more.`}
        </li>
        <li>Backups are not reached by this: destroy them as well.</li>
      </ul>
      <label class="field">
        Type “{WORD}” to confirm
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          onInput={event => {
            typed.value = event.currentTarget.value
          }}
        />
      </label>
      <p class="actions">
        <button type="submit" class="main-button danger-button" disabled={!sure || working}>
          Destroy this share
        </button>
        <button type="button" class="side-button" onClick={done}>
          Cancel
        </button>
      </p>
    </form>
  )
}
