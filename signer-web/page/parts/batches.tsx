/**
 * What has landed on L1, and what is on its way there.
 * @module
 */
import type { ComponentChildren } from 'preact'
import { count, duration, explorerLink, wei } from '../format.ts'
import type { BatchStatus, Status } from '../status.ts'
import { OnChain } from './copy.tsx'

const TONES: Readonly<Record<string, string>> = { stored: 'quiet', sent: 'busy', included: 'busy', confirmed: 'good', failed: 'bad' }
const MEANING: Readonly<Record<string, string>> = {
  stored: 'Signed and stored; not yet taken by an L1 node',
  sent: 'An L1 node has it',
  included: 'In an L1 block, not deep enough yet',
  confirmed: 'In an L1 block with the confirmations that the pool asks for',
  failed: 'Included, but the transaction failed',
}
const COLUMNS = [
  'Height',
  'State',
  'Round',
  'Proposer',
  'Signers',
  'L2 blocks',
  'L2 txs',
  'L1 transaction',
  'L1 block',
  'Signed in',
  'Landed in',
  'Gas',
  'Fee',
] as const

export function Batches({ status }: { status: Status }) {
  const { batches, pool } = status
  return (
    <section class="card wide" aria-labelledby="batches-title">
      <h2 id="batches-title">Batches</h2>
      {batches.length === 0 ? (
        <p class="quiet-text">None yet. The first one follows the key generation and the first L2 transactions.</p>
      ) : (
        <div class="scroll">
          {/* Narrow screens show rows as cards, which takes the table's own roles away. */}
          {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
          <table class="batches" role="table" aria-labelledby="batches-title">
            {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
            <thead role="rowgroup">
              {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
              <tr role="row">
                {COLUMNS.map(name => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
            <tbody role="rowgroup">
              {batches.map(batch => (
                <Row key={batch.height} batch={batch} chainId={pool.l1ChainId} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** `children` undefined: not known yet. A narrow screen leaves such cells out. */
function Cell({ name, kind = '', children }: { name: (typeof COLUMNS)[number]; kind?: string; children: ComponentChildren | undefined }) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: narrow screens take the table's own roles away
    <td role="cell" data-label={name} class={`${kind} ${children === undefined ? 'unknown' : ''}`}>
      {children ?? '–'}
    </td>
  )
}

const known = <T,>(value: T | undefined, show: (value: T) => string): string | undefined => (value === undefined ? undefined : show(value))

function Row({ batch, chainId }: { batch: BatchStatus; chainId: number | undefined }) {
  const { round, hash, blockNumber } = batch
  return (
    // biome-ignore lint/a11y/noRedundantRoles: narrow screens take the table's own roles away
    <tr role="row">
      <Cell name="Height" kind="num strong height">
        {count(batch.height)}
      </Cell>
      <Cell name="State" kind="state">
        <span class={`badge ${TONES[batch.state] ?? 'quiet'}`} title={MEANING[batch.state]}>
          {batch.state}
        </span>
      </Cell>
      <Cell name="Round" kind={`num ${round === undefined || round === 0 ? '' : 'warn-text'}`}>
        {known(round, count)}
      </Cell>
      <Cell name="Proposer" kind="num">
        {known(batch.proposer, seat => `seat ${seat}`)}
      </Cell>
      <Cell name="Signers" kind="num">
        {batch.signers.length === 0 ? undefined : batch.signers.join(' + ')}
      </Cell>
      <Cell name="L2 blocks" kind="num">
        {known(batch.l2Blocks, count)}
      </Cell>
      <Cell name="L2 txs" kind="num">
        {known(batch.l2Transactions, count)}
      </Cell>
      <Cell name="L1 transaction" kind="hash">
        {hash === undefined ? undefined : <OnChain value={hash} what="L1 transaction hash" link={explorerLink(chainId, 'tx', hash)} />}
      </Cell>
      <Cell name="L1 block" kind="num">
        {known(blockNumber, count)}
      </Cell>
      <Cell name="Signed in" kind="num">
        {known(batch.signMs, duration)}
      </Cell>
      <Cell name="Landed in" kind="num">
        {known(batch.publishMs, duration)}
      </Cell>
      <Cell name="Gas" kind="num">
        {known(batch.gasUsed, count)}
      </Cell>
      <Cell name="Fee" kind="num">
        {known(batch.fee, wei)}
      </Cell>
    </tr>
  )
}
