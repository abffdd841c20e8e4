/**
 * What /metrics tells. Labels are kinds and outcomes, never a member or a room.
 * @module
 */
import { Counter, Gauge, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  readonly frames: Counter<'direction' | 'kind'>
  readonly closes: Counter<'code'>
  readonly limited: Counter<'what'>
  readonly publishes: Counter<'outcome'>
  readonly expired: Counter
  readonly rpc: Counter<'method' | 'outcome'>
  readonly intake: Counter<'outcome'>
  readonly submissions: Counter<'outcome'>
  readonly sends: Counter<'outcome'>
  readonly l1Errors: Counter
  readonly reorgs: Counter
  readonly turns: Counter
  /** Filled when they are read. */
  gauges(read: () => Readings): void
}

export interface Readings {
  readonly online: number
  readonly mailboxMessages: number
  readonly mailboxBytes: number
  readonly transactionsWaiting: number
  readonly l1Head: number
  readonly confirmedHeights: number
  readonly l1GasUsed: number
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> =>
    new Counter({ name: `sequorum_relay_${name}`, help, labelNames, registers })
  return {
    registry,
    frames: counter('frames_total', 'WebSocket frames', ['direction', 'kind']),
    closes: counter('closes_total', 'Sockets closed by the relay', ['code']),
    limited: counter('limited_total', 'Rate limits that were hit', ['what']),
    publishes: counter('publishes_total', 'Envelopes published by members', ['outcome']),
    expired: counter('expired_total', 'Messages that nobody fetched in their lifetime'),
    rpc: counter('rpc_requests_total', 'JSON-RPC requests', ['method', 'outcome']),
    intake: counter('transactions_total', 'L2 transactions offered', ['outcome']),
    submissions: counter('submissions_total', 'Signed L1 transactions submitted by members', ['outcome']),
    sends: counter('l1_sends_total', 'Transactions sent to the L1 node', ['outcome']),
    l1Errors: counter('l1_errors_total', 'Failed requests to the L1 node'),
    reorgs: counter('l1_reorgs_total', 'Reorganisations of L1 seen'),
    turns: counter('turns_total', 'Turns announced'),
    gauges(read) {
      const gauge = (name: keyof Readings, metric: string, help: string): void => {
        new Gauge({
          name: `sequorum_relay_${metric}`,
          help,
          registers,
          collect() {
            this.set(read()[name])
          },
        })
      }
      gauge('online', 'members_online', 'Members connected')
      gauge('mailboxMessages', 'mailbox_messages', 'Messages waiting')
      gauge('mailboxBytes', 'mailbox_bytes', 'Bytes of messages waiting')
      gauge('transactionsWaiting', 'transactions_waiting', 'L2 transactions not yet in a confirmed batch')
      gauge('l1Head', 'l1_head', 'Newest L1 block seen')
      gauge('confirmedHeights', 'heights_confirmed', 'Batches confirmed on L1')
      gauge('l1GasUsed', 'l1_gas_used', 'Gas used by confirmed batches')
    },
  }
}
