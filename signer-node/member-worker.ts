/**
 * One member in a worker thread: vault, share, guard, sockets and L1 client live here and nowhere else.
 * Started by member-host.ts, from dist: Node 20 runs no TypeScript in workers.
 * @module
 */
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { fromHex, Secret, wipe } from '../core/bytes.ts'
import { asPoolError, isPoolError, PoolError } from '../core/errors.ts'
import { selectKernel } from '../core/kernel/index.ts'
import { createMember, type Member } from '../core/member/member.ts'
import type { Log } from '../core/member/ports.ts'
import type { Importing } from '../core/member/whole-key.ts'
import { type Pool, parsePool } from '../core/proposal/pool.ts'
import type { ControlCommand, ExportCommand } from './control-protocol.ts'
import { dialRelay } from './dial.ts'
import { openGuardBeside } from './guard-db.ts'
import { readKeyFile, writeKeyFile } from './key-file.ts'
import { createL1Client, type L1Client } from './l1-client.ts'
import type { HostMessage, MemberSettings, WorkerMessage } from './member-protocol.ts'
import { type NextPoolPart, startNextPool } from './next-pool.ts'
import { nodeClock } from './node-clock.ts'
import { readPassphrase } from './passphrase.ts'
import { plain } from './plain.ts'
import { hedgedRandom } from './random.ts'
import { type OpenVault, openVault } from './vault-file.ts'
import { nodeDeflate } from './zlib.ts'

const port = parentPort
if (port === null) throw new Error('member-worker.js runs as a worker thread only')

const post = (message: WorkerMessage): void => port.postMessage(message)
/** What has been opened, to be closed in the opposite order. */
const closers: (() => void)[] = []
let member: Member | undefined
let next: NextPoolPart | undefined

async function run(settings: MemberSettings): Promise<void> {
  const pool = parsePool(settings.pool)
  selectKernel(settings.kernel)
  const passphrase = readPassphrase(settings.passphraseFile)
  closers.push(() => wipe(passphrase))
  const vault = await openVault(settings.vault, passphrase)
  closers.push(() => vault.close())
  const l1 = createL1Client({ url: settings.l1Rpc, inbox: pool.l1.inbox })
  const dial = dialRelay(settings.relayUrl)
  await assertRightPool(pool, vault, l1)
  const importing = importingOf(settings, pool, vault)
  const log: Log = (level, event, facts = {}) => post({ kind: 'log', level, event, facts: plain(facts) })
  const guard = await openGuardBeside(vault, join(dirname(realpathSync(settings.vault)), 'guard.db'), pool, { ...nodeClock, log })
  closers.push(() => guard.close())
  const hedged = hedgedRandom({ longTermSecret: vault.identitySeed, counter: await guard.nextCounter() })
  closers.push(() => hedged.wipe())
  member = await createMember({
    pool,
    vault,
    refresh: settings.refresh,
    importing,
    guard,
    l1,
    dial,
    relayOrigin: new URL(settings.relayUrl).origin,
    clock: nodeClock,
    random: hedged.random,
    log,
    deflate: nodeDeflate,
    onReport: report => post({ kind: 'report', report }),
    onEvent(event) {
      // It is dealt: this member has a share of it like all others.
      if (event.kind === 'key') importing?.secret?.wipe()
      post({ kind: 'event', seat: member?.seat ?? 0, event })
    },
  })
  await member.start()
  if (settings.next !== undefined) await startNext(settings, settings.next, { vault, passphrase, l1, hedged: hedged.random })
  wipe(passphrase)
  post({ kind: 'started', seat: member.seat })
}

/** This member's part in the pool that takes over. */
async function startNext(
  settings: MemberSettings,
  { pool, relayUrl }: NonNullable<MemberSettings['next']>,
  { vault, passphrase, l1, hedged }: { vault: OpenVault; passphrase: Uint8Array; l1: L1Client; hedged: (length: number) => Uint8Array },
): Promise<void> {
  next = await startNextPool({
    pool: parsePool(pool),
    relayUrl,
    parent: (member as Member).asParent(),
    vault,
    vaultPath: settings.vault,
    passphrase,
    ports: {
      l1,
      clock: nodeClock,
      random: hedged,
      log: (level, event, facts = {}) => post({ kind: 'log', level, event, facts: plain({ ...facts, pool: 'next' }) }),
      deflate: nodeDeflate,
      onReport() {},
      onEvent: event => post({ kind: 'event', seat: next?.seat ?? 0, event, next: true }),
    },
  })
}

/** The key to be dealt, read at the member that has it; undefined when there is a share already. */
function importingOf({ importing }: MemberSettings, pool: Pool, vault: OpenVault): Importing | undefined {
  const present = vault.activeShare()
  wipe(present)
  if (importing === undefined || present !== undefined) return undefined
  const { importer, publicKey, chainCode, keyFile } = importing
  const isImporter = pool.members.some(({ seat, identity }) => seat === importer && identity === vault.entry.identity)
  if (isImporter !== (keyFile !== undefined))
    throw new PoolError('key-file', { problem: isImporter ? `seat ${importer} has to give it` : `only seat ${importer} may give it` })
  const offer = { importer, publicKey: fromHex(publicKey), chainCode: fromHex(chainCode) }
  if (keyFile === undefined) return offer
  const secret = new Secret('imported key', readKeyFile(keyFile))
  closers.push(() => secret.wipe())
  return { ...offer, secret }
}

/** This member's part in an export; the whole key goes from here to the file, past the main thread. */
async function exportTo(by: Member, { out, recipient, signers, word }: ExportCommand): Promise<Record<string, unknown>> {
  const run = (): Promise<Uint8Array | undefined> => by.exportKey({ recipient, signers, word })
  if ((recipient === by.seat) !== (out !== undefined))
    throw new PoolError('invalid-argument', { title: 'out', expected: 'a path, from the recipient and nobody else' })
  if (out === undefined) await run()
  else await writeKeyFile(out, run)
  return { recipient, signers, ...(out === undefined ? {} : { file: out }) }
}

/** Once the account has changed hands, the share of the present pool is gone, and what is asked of the key is about that of the next one. */
async function obey(present: Member, command: ControlCommand): Promise<Record<string, unknown>> {
  const ask = (by: Member): Promise<Record<string, unknown>> => (command.kind === 'export' ? exportTo(by, command) : by.command(command))
  const successor = next?.member
  // What was confirmed for the one share must not hit the other.
  if (successor === undefined || command.kind === 'destroy') return ask(present)
  const gone = await present.command({ kind: 'key' }).then(
    () => false,
    error => isPoolError(error, 'key-destroyed'),
  )
  return ask(gone ? successor : present)
}

async function perform(id: number, command: ControlCommand): Promise<void> {
  try {
    if (member === undefined) throw new PoolError('signer-not-running')
    post({ kind: 'answer', id, facts: plain(await obey(member, command)) })
  } catch (error) {
    post({ kind: 'refusal', id, error: asPoolError(error).toJSON() })
  }
}

/** Before the guard is pinned to a pool for ever: is it a pool of this member, on this L1? */
async function assertRightPool(pool: Pool, vault: OpenVault, l1: L1Client): Promise<void> {
  const { identity } = vault.entry
  if (!pool.members.some(candidate => candidate.identity === identity)) throw new PoolError('not-a-member', { identity })
  const chainId = await l1.chainId()
  if (chainId !== pool.l1.chainId) throw new PoolError('wrong-l1', { expected: pool.l1.chainId, got: chainId })
}

/** Ends the thread; messages that were posted before still arrive. */
function leave(code: number): void {
  for (const close of closers.reverse()) {
    try {
      close()
    } catch (error) {
      post({ kind: 'log', level: 'error', event: 'member.close-failed', facts: plain(asPoolError(error)) })
    }
  }
  process.exit(code)
}

function fail(error: unknown): void {
  post({ kind: 'failed', error: asPoolError(error).toJSON() })
  leave(1)
}

process.on('uncaughtException', fail)
port.on('message', (message: HostMessage) => {
  if (message.kind === 'command') return void perform(message.id, message.command)
  Promise.resolve(next?.stop())
    .then(() => member?.stop())
    .then(() => leave(0), fail)
})
run(workerData as MemberSettings).catch(fail)
