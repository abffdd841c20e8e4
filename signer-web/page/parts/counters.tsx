/**
 * Sums over all confirmed batches, and what waits.
 * @module
 */
import { count, wei } from '../format.ts'
import type { Status } from '../status.ts'

export function Counters({ status }: { status: Status }) {
  const { pending, batches, l2Blocks, l2Transactions, gasUsed, fees } = status.counters
  const all: readonly (readonly [string, string])[] = [
    ['Batches confirmed', count(batches)],
    ['L2 blocks', count(l2Blocks)],
    ['L2 transactions', count(l2Transactions)],
    ['Waiting for a batch', count(pending)],
    ['L1 gas', count(gasUsed)],
    ['L1 fees', wei(fees)],
  ]
  return (
    <dl class="counters">
      {all.map(([name, value]) => (
        <div key={name} class="card counter">
          <dt>{name}</dt>
          <dd class="num">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
