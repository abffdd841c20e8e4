/**
 * Every seat: present or not, what it is doing, whom it waits for, what it has refused.
 * @module
 */
import { clock } from '../clock.ts'
import { count, counted, duration, shortHex } from '../format.ts'
import { type MemberStatus, proposerOf, type Status } from '../status.ts'

const TONES: Readonly<Record<string, string>> = {
  ready: 'good',
  proposing: 'busy',
  preparing: 'busy',
  posting: 'busy',
  signing: 'busy',
  keygen: 'busy',
  stopped: 'bad',
}

export function Members({ status, skew }: { status: Status; skew: number }) {
  const total = status.members.reduce((sum, member) => sum + member.weight, 0)
  const turn = status.turn === undefined ? undefined : proposerOf(status.turn)
  const online = status.members.filter(member => member.online).length
  return (
    <section aria-labelledby="members-title">
      <h2 id="members-title">
        Members{' '}
        <span class="quiet-text">
          {online} of {status.members.length} online
        </span>
      </h2>
      <ul class="members">
        {status.members.map(member => (
          <Member key={member.seat} member={member} share={member.weight / Math.max(1, total)} hasTurn={member.seat === turn} skew={skew} />
        ))}
      </ul>
    </section>
  )
}

function Member({ member, share, hasTurn, skew }: { member: MemberStatus; share: number; hasTurn: boolean; skew: number }) {
  const { ceremony } = member
  const phase = member.online ? (member.phase ?? 'connected') : 'offline'
  return (
    <li class={`card member${hasTurn ? ' has-turn' : ''}`}>
      <header>
        <span class={`dot ${member.online ? 'good' : 'off'}`} aria-hidden="true" />
        <h3>{member.name ?? `Seat ${member.seat}`}</h3>
        {hasTurn && <span class="tag">turn</span>}
        {member.problem !== undefined && <span class="pill bad">{member.problem}</span>}
        <span class={`badge ${member.online ? (TONES[phase] ?? 'quiet') : 'quiet'}`}>{phase}</span>
      </header>
      <dl class="facts small">
        <div class="fact">
          <dt>Seat</dt>
          <dd class="num">{member.seat}</dd>
        </div>
        <div class="fact">
          <dt>Weight</dt>
          <dd>
            <span class="num">{count(member.weight)}</span> <span class="quiet-text">({Math.round(share * 100)} % of turns)</span>
          </dd>
        </div>
        <div class="fact">
          <dt>{member.online ? 'Height, round' : 'Last seen'}</dt>
          <dd class="num">{member.online ? place(member) : seen(member, skew)}</dd>
        </div>
        {member.vote !== undefined && (
          <div class="fact">
            <dt>Votes as</dt>
            <dd title={member.vote}>
              <code>{shortHex(member.vote)}</code>
            </dd>
          </div>
        )}
      </dl>
      {/* Always there: cards that come and go by a line would make the page jump. */}
      {member.online && ceremony !== undefined ? (
        <p class="ceremony">
          {ceremony.kind} <strong>{ceremony.round}</strong>
          {ceremony.missing.length > 0 ? ` · waits for ${seats(ceremony.missing)}` : ' · computing'}
        </p>
      ) : (
        <p class="ceremony idle">no ceremony</p>
      )}
      {member.refusals.map(({ height, round, reason }) => (
        <p class="refusal" key={`${height}/${round}/${reason}`}>
          refuses height {height}, round {round}: <code>{reason}</code>
        </p>
      ))}
    </li>
  )
}

const place = (member: MemberStatus): string => (member.height === undefined ? '–' : `${count(member.height)}, ${count(member.round)}`)

const seen = (member: MemberStatus, skew: number): string =>
  member.lastSeen === undefined ? 'never' : `${duration(Math.max(1_000, Math.floor((clock.value + skew - member.lastSeen) / 1000) * 1000))} ago`

const seats = (list: readonly number[]): string => (list.length === 1 ? `seat ${list[0]}` : `${counted(list.length, 'seat')}: ${list.join(', ')}`)
