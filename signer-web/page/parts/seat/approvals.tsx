/**
 * Batches that wait for a person: what is in them, as this tab has computed it, and yes or no; and the policy that lets others pass by themselves.
 * @module
 */
import { useSignal } from '@preact/signals'
import type { Remote } from 'comlink'
import type { ProposalFacts, SeatStatus, SignerApi } from '../../../api.ts'
import { clock } from '../../clock.ts'
import { count, countdown, counted, shortHex } from '../../format.ts'
import { Copyable } from '../copy.tsx'
import { Policy } from './policy.tsx'
import { Transactions } from './transactions.tsx'

/** Proposals that are shown: all that wait, and the newest of those that are decided. */
const DECIDED = 3

/** `api` is absent in a view that only looks. */
export function Approvals({ status, api }: { status: SeatStatus; api: Remote<SignerApi> | undefined }) {
  const { proposals, policy } = status
  const waiting = proposals.filter(({ state }) => state === 'waiting')
  const decided = proposals.filter(({ state }) => state !== 'waiting').slice(0, DECIDED)
  return (
    <section class="approvals" aria-labelledby="approvals-title">
      <h3 class="own-title" id="approvals-title">
        Batches to approve
      </h3>
      <p class="unseen" role="status">
        {waiting.length > 0 && `${counted(waiting.length, 'batch waits', 'batches wait')} for you`}
      </p>
      {waiting.map(proposal => (
        <Proposal key={proposal.content} proposal={proposal} api={api} />
      ))}
      {waiting.length === 0 && (
        <p class="quiet-text">
          {policy === undefined ? 'Every batch that passes the checks gets this seat’s vote. Set a policy to be asked.' : 'Nothing waits for you.'}
        </p>
      )}
      {decided.length > 0 && (
        <ul class="decided" aria-label="Decided">
          {decided.map(proposal => (
            <li key={proposal.content}>
              Height <span class="num">{count(proposal.height)}</span> of seat {proposal.proposer}: {outcomeOf(proposal)}
            </li>
          ))}
        </ul>
      )}
      {api !== undefined && <Policy policy={policy} api={api} />}
    </section>
  )
}

function outcomeOf({ state, by }: ProposalFacts): string {
  if (state === 'approved') return by === 'operator' ? 'approved by you' : `approved by rule “${by}”`
  return state === 'rejected' ? 'rejected by you' : 'not approved in time'
}

function Proposal({ proposal, api }: { proposal: ProposalFacts; api: Remote<SignerApi> | undefined }) {
  const open = useSignal(false)
  const sent = useSignal(false)
  const { height, round, proposer, content, blocks, transactions, size, origin, until, missed } = proposal
  async function decide(approve: boolean): Promise<void> {
    sent.value = true
    await api?.decide({ content, approve })
    sent.value = false
  }
  const name = `height ${height}, of seat ${proposer}`
  return (
    <article class="panel proposal" aria-label={`Batch of ${name}`}>
      <h4>
        Height <span class="num">{count(height)}</span>, round <span class="num">{count(round)}</span>, proposed by seat {proposer}
      </h4>
      <dl class="facts small">
        <div class="fact">
          <dt>In it</dt>
          <dd>
            {counted(transactions, 'transaction')} in {counted(blocks, 'block')}
          </dd>
        </div>
        <div class="fact">
          <dt>Size on L1</dt>
          <dd>{counted(size, 'byte')}</dd>
        </div>
        <div class="fact">
          <dt>L1 origin</dt>
          <dd>
            {count(origin.number)}, <Copyable value={origin.hash} what="origin hash" />
          </dd>
        </div>
        <div class="fact">
          <dt>Digest, computed here</dt>
          <dd>
            <Copyable value={content} what="content digest" />
          </dd>
        </div>
        <div class="fact">
          <dt>Refused in</dt>
          <dd class="num">{countdown(Math.max(0, until - clock.value))}</dd>
        </div>
      </dl>
      <p class="quiet-text">Signature, turn, blocks, origins, transactions and nonces passed this seat’s checks.</p>
      {missed.length > 0 && (
        <ul class="decided" aria-label="Rules that do not let it pass">
          {missed.map(({ rule, why }) => (
            <li key={rule}>
              Rule “{rule}”: {MISSES[why] ?? why}
            </li>
          ))}
        </ul>
      )}
      {open.value && api !== undefined && <Transactions content={content} total={transactions} api={api} />}
      {api !== undefined && (
        <p class="actions">
          <button type="button" class="main-button" aria-label={`Approve ${name}`} disabled={sent.value} onClick={() => void decide(true)}>
            Approve
          </button>
          <button type="button" class="side-button" aria-label={`Reject ${name}`} disabled={sent.value} onClick={() => void decide(false)}>
            Reject
          </button>
          <button
            type="button"
            class="side-button"
            aria-expanded={open.value}
            aria-label={`Transactions of ${name}, digest ${shortHex(content)}`}
            onClick={() => {
              open.value = !open.value
            }}
          >
            {open.value ? 'Hide transactions' : 'Show transactions'}
          </button>
        </p>
      )}
    </article>
  )
}

const MISSES: Readonly<Record<string, string>> = {
  chain: 'for another L2 chain',
  inbox: 'for another inbox',
  rate: 'has approved as many batches in this hour as it may',
  transactions: 'too many transactions',
  value: 'a transaction moves more than it allows',
}
