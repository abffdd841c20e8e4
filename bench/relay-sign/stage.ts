/**
 * A whole pool as `npm start` runs it: anvil, the relay on a folder of its own in the main thread, three members in threads of their own,
 * keys made over the relay, an account with ether, and L2 transactions.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { KernelName } from '../../core/kernel/index.ts'
import type { MemberEvent } from '../../core/member/events.ts'
import { defaultQuorum, type Pool, parsePool, poolToJson } from '../../core/proposal/pool.ts'
import { createRelay, type Relay } from '../../relay/relay.ts'
import { startAnvil } from '../../signer-node/anvil.ts'
import { createFeed, type Feed } from '../../signer-node/cli/demo/feed.ts'
import { fund } from '../../signer-node/cli/demo/funding.ts'
import { createL1Client } from '../../signer-node/l1-client.ts'
import { createVault } from '../../signer-node/vault-file.ts'
import type { FromMember, Mark } from './marks.ts'
import type { MemberSetup } from './member-worker.ts'

const INBOX = '0xff00000000000000000000000000000000053457'
const L2_CHAIN_ID = 53_457
/** Ether that the account starts with. */
const ENDOWMENT = '10'

export interface Seat {
  readonly vault: string
  readonly passphraseFile: string
}

export interface Stage {
  readonly pool: Pool
  readonly relay: Relay
  readonly l1Rpc: string
  readonly feed: Feed
  /** Starts the members; resolves when all are up. Members that ran before have to be stopped. */
  start(tuples: number | undefined): Promise<void>
  stop(): Promise<void>
  /** Called for every mark; replaces an earlier handler. */
  onMark(handler: (mark: Mark) => void): void
  onEvent(handler: (seat: number, event: MemberEvent) => void): void
  close(): Promise<void>
}

async function makePool(dir: string, l1Rpc: string, count: number): Promise<{ pool: Pool; seats: Seat[] }> {
  const l1 = createL1Client({ url: l1Rpc, inbox: INBOX })
  const seats: Seat[] = []
  const members = []
  for (let seat = 1; seat <= count; seat++) {
    const home = join(dir, `member-${seat}`)
    const paths = { vault: join(home, 'vault'), passphraseFile: join(home, 'passphrase') }
    mkdirSync(home, { mode: 0o700 })
    const passphrase = randomBytes(24).toString('base64url')
    writeFileSync(paths.passphraseFile, `${passphrase}\n`, { mode: 0o600 })
    const { identity, vote } = await createVault(paths.vault, passphrase)
    members.push({ seat, identity, vote, weight: '1' })
    seats.push(paths)
  }
  const head = await l1.block(await l1.headNumber())
  if (head === undefined) throw new Error('the L1 node has no head block')
  const threshold = 2
  const pool = parsePool({
    version: 1,
    name: 'bench pool',
    l1: {
      chainId: await l1.chainId(),
      inbox: INBOX,
      nonceOffset: 0,
      genesis: { number: head.number, hash: head.hash, timestamp: head.timestamp },
      confirmations: 1,
    },
    l2: { chainId: L2_CHAIN_ID, blockTime: 1, genesisTime: head.timestamp, maxSequencerDrift: 1_800 },
    threshold,
    agreementQuorum: defaultQuorum(count, threshold),
    // Turns long enough that nobody takes over; between batches time for what members do when idle, and for the bare round trips.
    times: { roundZero: 20_000, roundStep: 10_000, maxBatchDelay: 2_000, epochLength: 1_000 },
    members,
  })
  return { pool, seats }
}

/**
 * Builds everything but the members.
 * @param dir an empty folder. @param engine of the members' arithmetic.
 */
export async function openStage(dir: string, engine: KernelName | undefined, warn: (text: string) => void): Promise<Stage> {
  const anvil = await startAnvil({ blockTime: 1 })
  const { pool, seats } = await makePool(dir, anvil.url, 3)
  const relay = await createRelay({
    pool,
    host: '127.0.0.1',
    port: 0,
    dataDir: join(dir, 'relay'),
    l1Rpc: anvil.url,
    log: (level, event, facts) => (level === 'error' ? warn(`relay: ${event} ${JSON.stringify(facts)}`) : undefined),
  })
  const feed = createFeed(`${relay.url}/rpc`, pool.l2.chainId)
  let workers: Worker[] = []
  let funded = false
  let onMark = (_mark: Mark): void => {}
  let onEvent = (_seat: number, _event: MemberEvent): void => {}

  function startMember(seat: Seat, tuples: number | undefined): Promise<Worker> {
    const setup: MemberSetup = { pool: poolToJson(pool), relayUrl: relay.socketUrl, l1Rpc: anvil.url, ...seat, engine, tuples }
    const worker = new Worker(new URL('./member-worker.js', import.meta.url), { workerData: setup })
    return new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('message', (message: FromMember) => {
        if (message.kind === 'mark') onMark(message.mark)
        else if (message.kind === 'event') onEvent(message.seat, message.event)
        else if (message.kind === 'warning') warn(message.text)
        else if (message.kind === 'started') resolve(worker)
        else {
          warn(message.message)
          reject(new Error(message.message))
        }
      })
    })
  }

  async function stop(): Promise<void> {
    const leaving = workers.map(worker => new Promise<void>(resolve => worker.once('exit', () => resolve())))
    for (const worker of workers) worker.postMessage('stop')
    workers = []
    await Promise.all(leaving)
  }

  return {
    pool,
    relay,
    l1Rpc: anvil.url,
    feed,
    onMark(handler) {
      onMark = handler
    },
    onEvent(handler) {
      onEvent = handler
    },
    async start(tuples) {
      const outer = onEvent
      const account = new Promise<`0x${string}`>(resolve => {
        onEvent = (seat, event) => {
          outer(seat, event)
          if (event.kind === 'key') resolve(event.account)
        }
      })
      workers = await Promise.all(seats.map(seat => startMember(seat, tuples)))
      if (funded) return
      await feed.submit(1)
      await fund({ l1Rpc: anvil.url, chainId: pool.l1.chainId, account: await account, ether: ENDOWMENT })
      funded = true
    },
    stop,
    async close() {
      await stop()
      await relay.close()
      await anvil.close()
    },
  }
}
