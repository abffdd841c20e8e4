/**
 * The demo's life: set up (or go on from `--data`), key generation, funding, batch after batch, a clean end.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LINK_MARK } from '../../../core/envelope/link-keys.ts'
import type { MemberEvent } from '../../../core/member/events.ts'
import { resilience } from '../../../core/proposal/pool.ts'
import { createRelay } from '../../../relay/relay.ts'
import type { BatchStatus } from '../../../relay/snapshot.ts'
import { startAnvil } from '../../anvil.ts'
import { createL1Client } from '../../l1-client.ts'
import { type HostedMember, startMember } from '../../member-host.ts'
import { createFeed, type Feed } from './feed.ts'
import { fund, keyFrom } from './funding.ts'
import { fileLog, pageDir } from './places.ts'
import { type DemoOptions, type DemoPool, preparePool } from './setup.ts'
import { type BatchRow, createDemoState, foldEvent } from './state.ts'
import { liveView, plainView, type View } from './view.ts'

/** L2 transactions handed in for each batch. */
const PER_BATCH = 4
/** Seconds between blocks of the embedded L1 node. */
const L1_BLOCK_TIME = 2
/** Ether that the account starts with. */
const ENDOWMENT = '10'

/** Resolves when the demo has ended; the process exits with its code. */
export async function runDemo(options: DemoOptions): Promise<void> {
  // A key file that cannot be used is better known before key generation.
  if (options.seedAccountKeyFile !== undefined) keyFrom(options.seedAccountKeyFile)
  const temporary = options.data === undefined
  const dir = options.data ?? mkdtempSync(join(tmpdir(), 'sequorum-'))
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const undo: (() => Promise<void> | void)[] = []
  if (temporary) undo.push(() => rmSync(dir, { recursive: true, force: true }))
  const interrupted = new Promise<'interrupted'>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'))
  })
  const running = compose(options, dir, undo)
  try {
    const end = await Promise.race([running.finished, interrupted])
    if (end === 'interrupted') running.abandon()
    running.view()?.close()
    // Without --batches it has no other end than to be stopped.
    const ok = end !== 'interrupted' || options.batches === undefined
    if (end !== 'interrupted' || options.json) process.stdout.write(`${JSON.stringify(running.result(ok))}\n`)
    process.exitCode = 0
  } finally {
    running.abandon()
    // What is just being started has to be there before it can be undone.
    await running.finished.catch(() => {})
    for (const step of undo.reverse()) await step()
  }
}

/** Thrown inside the demo when it is to end before it has come to its end. */
const ABANDONED = Symbol('abandoned')

interface Running {
  /** Resolves when `--batches` are confirmed and every submitted transaction is in one of them; rejects when the demo cannot go on or is abandoned. */
  readonly finished: Promise<'done'>
  /** Starts nothing new; `finished` settles soon. */
  abandon(): void
  view(): View | undefined
  result(ok: boolean): object
}

function compose(options: DemoOptions, dir: string, undo: (() => Promise<void> | void)[]): Running {
  const state = createDemoState()
  const included = new Set<string>()
  const progress = options.json ? process.stderr : process.stdout
  let stopped = false
  let view: View | undefined
  let pool: DemoPool | undefined
  let feed: Feed | undefined
  let l1Rpc = options.l1 ?? ''
  let done = (): void => {}
  const complete = new Promise<'done'>(resolve => {
    done = () => resolve('done')
  })
  let abandon = (): void => {}
  const abandoned = new Promise<never>((_, reject) => {
    abandon = () => reject(ABANDONED)
  })
  abandoned.catch(() => {})
  let reject = (_error: unknown): void => {}
  const failed = new Promise<never>((_, settle) => {
    reject = settle
  })
  failed.catch(() => {})
  const fail = (error: unknown): void => {
    if (!stopped) reject(error)
  }
  const goOn = (): void => {
    if (stopped) throw ABANDONED
  }

  async function run(): Promise<'done'> {
    const log = fileLog(dir)
    if (options.l1 === undefined) {
      // Tabs talk to it from the relay's page, whose address is not known yet.
      const pageOrigin = options.tabs === undefined ? undefined : '*'
      const anvil = await startAnvil({ dataDir: dir, blockTime: L1_BLOCK_TIME, slotsInAnEpoch: 2, pageOrigin, onExit: fail })
      undo.push(() => anvil.close())
      l1Rpc = anvil.url
      goOn()
    }
    const prepared = await preparePool(options, dir, l1Rpc)
    pool = prepared
    goOn()
    const relay = await createRelay({
      pool: prepared.pool,
      host: '127.0.0.1',
      port: options.port,
      dataDir: join(dir, 'relay'),
      l1Rpc,
      pageDir: options.page ?? pageDir(),
      pageL1: prepared.tabs.length === 0 ? [] : [l1Rpc],
      log: log('relay'),
    })
    undo.push(() => relay.close())
    const facts = {
      url: relay.url,
      l1Rpc,
      pool: prepared.pool.name,
      threshold: prepared.pool.threshold,
      quorum: prepared.pool.agreementQuorum,
      survives: resilience(prepared.pool),
      members: prepared.pool.members.map(member => member.seat),
    }
    for (const { seat, secret } of prepared.tabs) progress.write(`seat ${seat} is for a tab: ${relay.url}/?seat=${seat}${LINK_MARK}${secret}\n`)
    const screen = !options.json && process.stdout.isTTY ? liveView(process.stdout, facts, state) : plainView(progress)
    view = screen
    screen.line(`page ${relay.url}  (${facts.threshold} of ${facts.members.length} sign, ${facts.quorum} agree; L1 ${l1Rpc})`)

    const feeding = createFeed(`${relay.url}/rpc`, prepared.pool.l2.chainId)
    feed = feeding
    const l1 = createL1Client({ url: l1Rpc, inbox: prepared.pool.l1.inbox })
    /** Heights after which the transactions of the next batch were handed in: as soon as one is signed, so that the next has them all in time. */
    const followed = new Set<number>()
    const wanted = options.batches ?? Number.POSITIVE_INFINITY

    function feedAfter(height: number): void {
      if (followed.has(height)) return
      followed.add(height)
      if (followed.size < wanted) feeding.submit(PER_BATCH).catch(fail)
    }

    function onBatch(row: BatchRow): void {
      for (const hash of row.l2TransactionHashes) included.add(hash)
      screen.batch(row)
      l1.gasUsed(row.txHash)
        .then(gas => {
          if (gas !== undefined) row.gasUsed = gas
          screen.update()
        })
        .catch(() => {})
      feedAfter(row.height)
      if (state.batches.size >= wanted && feeding.submitted.every(hash => included.has(hash))) done()
    }

    let ready = (_account: `0x${string}`): void => {}
    const account = new Promise<`0x${string}`>(resolve => {
      ready = resolve
    })
    function onEvent(seat: number, event: MemberEvent): void {
      if (event.kind === 'key') ready(event.account)
      if (event.kind === 'signed') feedAfter(event.height)
      const row = foldEvent(state, seat, event)
      if (row !== undefined) onBatch(row)
      if (event.kind === 'refused') screen.line(`seat ${seat} refuses the proposal of height ${event.height}, round ${event.round}: ${event.reason}`)
      screen.update()
    }
    const inTabs = new Set(prepared.tabs.map(({ seat }) => seat))
    undo.push(
      relay.onEvent(event => {
        if (event.kind === 'turn') screen.update(event.turn)
        // What members in tabs say comes by way of the relay.
        if (inTabs.size === 0) return
        if (event.kind === 'account') ready(event.address)
        else if (event.kind === 'confirmed') feedAfter(event.batch.height)
        else if (event.kind === 'report' && inTabs.has(event.report.seat)) state.reports.set(event.report.seat, event.report)
        if (prepared.seats.length > 0) return
        if (event.kind === 'account') state.account = event.address
        if (event.kind === 'confirmed' && !state.batches.has(event.batch.height)) onBatch(rowOf(event.batch))
        screen.update()
      }),
    )
    const known = (await relay.snapshot()).account
    if (known !== undefined && inTabs.size > 0) ready(known)

    const members: HostedMember[] = []
    undo.push(async () => void (await Promise.all(members.map(member => member.stop()))))
    goOn()
    const started = await Promise.allSettled(
      prepared.seats.map(async ({ vault, passphraseFile }) => {
        const member = await startMember({
          pool: prepared.pool,
          relayUrl: relay.socketUrl,
          l1Rpc,
          vault,
          passphraseFile,
          kernel: options.kernel,
          log: log('member'),
          onEvent: (seat, event) => onEvent(seat, event),
          onReport: (seat, report) => {
            state.reports.set(seat, report)
            screen.update()
          },
          onExit: (seat, error) => {
            state.gone.add(seat)
            screen.line(`seat ${seat} is gone${error === undefined ? '' : `: ${error.message}`}`)
            if (state.gone.size > facts.survives.crashes && error !== undefined) fail(error)
          },
        })
        members.push(member)
      }),
    )
    goOn()
    for (const outcome of started) if (outcome.status === 'rejected') throw outcome.reason
    if (inTabs.size > 0)
      screen.line(`open the ${inTabs.size === 1 ? 'link' : 'links'} above, each in a tab of its own: a key is made once all seats are here`)
    if (!prepared.resumed) screen.line('key generation: the members make a key that nobody holds')
    const funded = await Promise.race([account, failed, abandoned])
    // Before there is ether: the first batch is not an empty one.
    await Promise.race([feeding.submit(PER_BATCH), abandoned])
    const transfer = await Promise.race([
      fund({ l1Rpc, chainId: prepared.pool.l1.chainId, account: funded, ether: ENDOWMENT, keyFile: options.seedAccountKeyFile }),
      abandoned,
    ])
    screen.line(`account ${funded}${transfer === undefined ? ' has ether' : ' funded'}`)
    return Promise.race([complete, failed, abandoned])
  }

  /** A batch as the relay tells of it: what is in it, only members know. */
  const rowOf = (batch: BatchStatus): BatchRow => ({
    height: batch.height,
    nonce: batch.nonce,
    txHash: batch.txHash,
    blockNumber: batch.blockNumber ?? 0,
    l2Transactions: batch.l2Transactions ?? 0,
    l2TransactionHashes: [],
    l2Blocks: batch.l2Blocks ?? 0,
    proposer: batch.proposer ?? 0,
    round: batch.round ?? 0,
    signers: batch.signers ?? [],
    latencyMs: batch.signMs ?? 0,
  })

  return {
    finished: run(),
    abandon() {
      stopped = true
      abandon()
    },
    view: () => view,
    result(ok) {
      // In the order of submission: what `batches` has to hold.
      const submitted = feed?.submitted ?? []
      const rows = [...state.batches.values()].sort((a, b) => a.height - b.height)
      return {
        ok,
        account: state.account,
        threshold: pool?.pool.threshold,
        members: pool?.pool.members.length,
        chainId: pool?.pool.l1.chainId,
        inbox: pool?.pool.l1.inbox,
        l1Rpc,
        l2ChainId: pool?.pool.l2.chainId,
        submitted,
        batches: rows.map(({ gasUsed, ...row }) => ({ ...row, ...(gasUsed === undefined ? {} : { gasUsed: gasUsed.toString() }) })),
      }
    },
  }
}
