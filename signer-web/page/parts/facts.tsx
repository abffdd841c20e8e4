/**
 * What the pool is: its account, its two thresholds and what they survive, its chain.
 * @module
 */
import type { ComponentChildren } from 'preact'
import { chainName, count, counted, explorerLink } from '../format.ts'
import type { Status } from '../status.ts'
import { OnChain } from './copy.tsx'

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

export function PoolFacts({ status }: { status: Status }) {
  const { pool, account, l1, members } = status
  return (
    <section class="card" aria-labelledby="facts-title">
      <h2 id="facts-title">Pool</h2>
      <dl class="facts">
        <Fact name="Account">
          {account === undefined ? (
            <span class="quiet-text">no key yet</span>
          ) : (
            <OnChain value={account} what="account address" link={explorerLink(pool.l1ChainId, 'address', account)} />
          )}
        </Fact>
        <Fact name="Signing threshold">
          {count(pool.threshold)} of {members.length}
        </Fact>
        <Fact name="Agreement quorum">
          {count(pool.quorum)} of {members.length}
        </Fact>
        <Fact name="Survives">
          {pool.crashes === undefined || pool.cheaters === undefined
            ? '–'
            : `${counted(pool.crashes, 'silent member')}, ${pool.cheaters === 0 ? 'no cheater' : counted(pool.cheaters, 'cheater')}`}
        </Fact>
        <Fact name="L1">{chainName(pool.l1ChainId)}</Fact>
        <Fact name="Inbox">
          {pool.inbox === undefined ? (
            '–'
          ) : (
            <OnChain value={pool.inbox} what="inbox address" link={explorerLink(pool.l1ChainId, 'address', pool.inbox)} />
          )}
        </Fact>
        <Fact name="L1 head">
          {l1.reachable ? <span class="num">{count(l1.head)}</span> : <span class="bad-text">L1 node unreachable</span>}
          {l1.reachable && l1.finalized !== undefined && <span class="quiet-text"> · final {count(l1.finalized)}</span>}
        </Fact>
        <Fact name="L2 chain id">{pool.l2ChainId ?? '–'}</Fact>
      </dl>
    </section>
  )
}
