/**
 * Whose turn it is, until when, and who comes next.
 * @module
 */
import { clock } from '../clock.ts'
import { count, countdown } from '../format.ts'
import { backUpsOf, type MemberStatus, proposerOf, type Status, type TurnStatus } from '../status.ts'

const nameOf = (members: readonly MemberStatus[], seat: number | undefined): string =>
  members.find(member => member.seat === seat)?.name ?? (seat === undefined ? 'nobody' : `Seat ${seat}`)

export function TurnCard({ status, skew }: { status: Status; skew: number }) {
  return (
    <section class="card turn" aria-labelledby="turn-title">
      <h2 id="turn-title">Turn</h2>
      {status.turn === undefined ? <NoTurn status={status} /> : <OpenTurn turn={status.turn} members={status.members} skew={skew} />}
    </section>
  )
}

function NoTurn({ status }: { status: Status }) {
  const online = status.members.filter(member => member.online).length
  const making = status.members.some(member => member.phase === 'keygen')
  if (status.account !== undefined) return <p class="turn-who">Waiting for the first turn</p>
  return (
    <>
      <p class="turn-who">{making ? 'Key generation' : 'No key yet'}</p>
      <p class="quiet-text">
        {making
          ? 'The members make a key that nobody holds. This takes some seconds of computing for every pair of members.'
          : `The key is made once all ${status.members.length} members are here: ${online} of ${status.members.length} online.`}
      </p>
      <progress class="bar" max={Math.max(1, status.members.length)} value={online} aria-label="Members online" />
    </>
  )
}

function OpenTurn({ turn, members, skew }: { turn: TurnStatus; members: readonly MemberStatus[]; skew: number }) {
  const proposer = proposerOf(turn)
  const left = turn.closesAt === undefined ? undefined : Math.max(0, turn.closesAt - (clock.value + skew))
  const length = turn.closesAt === undefined ? undefined : Math.max(1, turn.closesAt - turn.opensAt)
  const backUps = backUpsOf(turn)
  return (
    <>
      <p class="turn-who">{nameOf(members, proposer)}</p>
      <p class="turn-where">
        height <strong class="num">{count(turn.height)}</strong>
        <span class={turn.round === 0 ? 'quiet-text' : 'warn-text'}>
          {' '}
          · round <span class="num">{turn.round}</span>
          {turn.round > 0 && ' (a back-up has taken over)'}
        </span>
      </p>
      {left !== undefined && length !== undefined && (
        <>
          <progress class="bar" max={length} value={Math.min(length, left)} aria-label="Time left in this round" />
          <p class="quiet-text">
            {backUps[0] === undefined ? 'Next round' : `${nameOf(members, backUps[0])} may take over`} in <span class="num">{countdown(left)}</span>
          </p>
        </>
      )}
      <ol class="order" aria-label="Order of turns">
        {[proposer, ...backUps].map((seat, i) => (
          <li key={seat} class={i === 0 ? 'now' : undefined}>
            {nameOf(members, seat)}
          </li>
        ))}
      </ol>
    </>
  )
}
