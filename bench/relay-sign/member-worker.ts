/**
 * A real member in a thread of its own, as signer-node/member-worker.ts runs it: vault, guard on disk, relay socket, L1 client. Its ports are wrapped to
 * mark when they are used; nothing else differs.
 * @module
 */
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { Deflate } from '../../core/batch/op-stack/zlib.ts'
import { wipe } from '../../core/bytes.ts'
import { type KernelName, selectKernel } from '../../core/kernel/index.ts'
import { createMember, type Member, type MemberInput } from '../../core/member/member.ts'
import type { GuardStore, L1Reader } from '../../core/member/ports.ts'
import { parsePool, poolHash } from '../../core/proposal/pool.ts'
import { sign } from '../../core/threshold/index.ts'
import { dialRelay } from '../../signer-node/dial.ts'
import { openGuard } from '../../signer-node/guard-db.ts'
import { createL1Client } from '../../signer-node/l1-client.ts'
import { nodeClock } from '../../signer-node/node-clock.ts'
import { readPassphrase } from '../../signer-node/passphrase.ts'
import { hedgedRandom } from '../../signer-node/random.ts'
import { openVault } from '../../signer-node/vault-file.ts'
import { nodeDeflate } from '../../signer-node/zlib.ts'
import { type FromMember, type Mark, monotonic } from './marks.ts'

export interface MemberSetup {
  readonly pool: Record<string, unknown>
  readonly relayUrl: string
  readonly l1Rpc: string
  readonly vault: string
  readonly passphraseFile: string
  readonly engine: KernelName | undefined
  /** Ready tuples to keep per quorum; 0 for none, undefined for the member's default. */
  readonly tuples: number | undefined
}

const port = parentPort
if (port === null) throw new Error('member-worker.js runs as a worker thread only')
const post = (message: FromMember): void => port.postMessage(message)

let seat = 0
/** The relay runs in the thread that gets these: nothing is said while it has messages to pass on. */
const LATER_MS = 100
const unsaid: FromMember[] = []
function postLater(message: FromMember): void {
  if (unsaid.length === 0)
    setTimeout(() => {
      for (const one of unsaid.splice(0)) post(one)
    }, LATER_MS)
  unsaid.push(message)
}
const mark = (what: Mark['what'], facts: Omit<Mark, 'seat' | 'at' | 'what'> = {}): void =>
  postLater({ kind: 'mark', mark: { seat, at: monotonic(), what, ...facts } })

async function timed<T>(what: Mark['what'], facts: Omit<Mark, 'seat' | 'at' | 'what'>, run: () => Promise<T>): Promise<T> {
  const begin = monotonic()
  const result = await run()
  mark(what, { ...facts, took: monotonic() - begin })
  return result
}

const markedGuard = (guard: GuardStore): GuardStore => ({
  ...guard,
  write: record => timed('guard', { name: 'record', height: record.height }, () => guard.write(record)),
  writeLock: (record, proposal) => timed('guard', { name: 'lock', height: record.height }, () => guard.writeLock(record, proposal)),
  saveSigned(height, raw) {
    mark('raw', { height })
    return timed('stored', { name: 'signed', height }, () => guard.saveSigned(height, raw))
  },
})

const markedL1 = (l1: L1Reader): L1Reader => ({ ...l1, fees: () => timed('fees', {}, () => l1.fees()) })

const markedDeflate: Deflate = {
  deflate(bytes) {
    const out = nodeDeflate.deflate(bytes)
    mark('batch-ready')
    return out
  },
}

/** The signing protocol with marks at its begin and its end. The context goes through as it is: a ready tuple's ceremony goes on in it. */
const markedSign: typeof sign = async (ctx, share, input) => {
  const { height } = input.request.slot
  mark('sign-begin', { height, ready: input.tuple !== undefined })
  const result = await sign(ctx, share, input)
  mark('sign-end', { height })
  return result
}

async function run(setup: MemberSetup): Promise<Member> {
  const pool = parsePool(setup.pool)
  selectKernel(setup.engine)
  const passphrase = readPassphrase(setup.passphraseFile)
  const vault = await openVault(setup.vault, passphrase).finally(() => wipe(passphrase))
  const guard = openGuard(join(dirname(setup.vault), 'guard.db'), poolHash(pool))
  const hedged = hedgedRandom({ longTermSecret: vault.identitySeed, counter: await guard.nextCounter() })
  const input: MemberInput = {
    pool,
    vault,
    guard: markedGuard(guard),
    l1: markedL1(createL1Client({ url: setup.l1Rpc, inbox: pool.l1.inbox })),
    dial: dialRelay(setup.relayUrl),
    relayOrigin: new URL(setup.relayUrl).origin,
    clock: nodeClock,
    random: hedged.random,
    log(level, event, facts = {}) {
      const height = typeof facts.height === 'number' ? { height: facts.height } : {}
      if (event.startsWith('ceremony.')) mark('ceremony', { name: event, ...height })
      if (event.startsWith('tuple.')) mark('tuple', { name: event, ...height })
      if (level === 'warn' || level === 'error') post({ kind: 'warning', text: `seat ${seat}: ${event} ${JSON.stringify(facts)}` })
    },
    deflate: markedDeflate,
    protocols: { sign: markedSign },
    onReport() {},
    onEvent(event) {
      if (event.kind === 'proposed' || event.kind === 'agreed' || event.kind === 'signed') mark(event.kind, { height: event.height })
      postLater({ kind: 'event', seat, event })
    },
    ...(setup.tuples === undefined ? {} : { tuples: setup.tuples }),
  }
  const member = await createMember(input)
  seat = member.seat
  await member.start()
  post({ kind: 'started', seat })
  port?.once('message', () => {
    member
      .stop()
      .then(() => {
        guard.close()
        vault.close()
        hedged.wipe()
        process.exit(0)
      })
      .catch(fail)
  })
  return member
}

function fail(error: unknown): void {
  post({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.exit(1)
}

run(workerData as MemberSetup).catch(fail)
