/**
 * The demo's pool on disk: made once, found again by a later start on the same folder.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { utf8, wipe } from '../../../core/bytes.ts'
import { initSodium } from '../../../core/envelope/identity.ts'
import { keysOfLink } from '../../../core/envelope/link-keys.ts'
import { PoolError } from '../../../core/errors.ts'
import { defaultQuorum, type Pool, parsePool, poolToJson } from '../../../core/proposal/pool.ts'
import { createL1Client } from '../../l1-client.ts'
import { readPassphrase } from '../../passphrase.ts'
import { replaceFile } from '../../private-file.ts'
import { createVault, entryOfKeys, type PublicEntry, readVaultEntry } from '../../vault-file.ts'
import { readPool } from '../files.ts'

export interface DemoOptions {
  /** Undefined: three, or as many as the folder has. */
  readonly members?: number
  readonly threshold?: number
  readonly tabs?: number
  readonly batches?: number
  readonly port: number
  readonly l1?: string
  readonly inbox?: string
  readonly seedAccountKeyFile?: string
  readonly data?: string
  readonly page?: string
  readonly kernel?: 'wasm' | 'reference'
  readonly json?: boolean
}

export interface DemoPool {
  readonly pool: Pool
  /** Of members that run here. */
  readonly seats: readonly { readonly vault: string; readonly passphraseFile: string }[]
  /** Of members in tabs: the secrets of their links, base64url. */
  readonly tabs: readonly { readonly seat: number; readonly secret: string }[]
  /** True when the pool was there already. */
  readonly resumed: boolean
}

/** Where batches go unless told otherwise: an address that nobody has a key for, in the form OP Stack chains use. */
const DEFAULT_INBOX = '0xff00000000000000000000000000000000053457'
const L2_CHAIN_ID = 53_457
const DEFAULT_MEMBERS = 3

/**
 * Loads the pool of `dir`, or makes vaults and a pool file for a new one.
 * @throws {PoolError} `input-file`, `bad-pool-file`; `demo-differs` when the folder holds a pool of other members, threshold, inbox or L1.
 */
export async function preparePool(options: DemoOptions, dir: string, l1Rpc: string): Promise<DemoPool> {
  const file = join(dir, 'pool.json')
  if (!existsSync(file)) return createPool(options, dir, file, l1Rpc)
  const pool = readPool(file)
  const differs = (what: string, has: string | number): never => {
    throw new PoolError('demo-differs', { what, has, dir })
  }
  if (options.members !== undefined && options.members !== pool.members.length) differs('members', pool.members.length)
  if (options.threshold !== undefined && options.threshold !== pool.threshold) differs('threshold', pool.threshold)
  if (options.inbox !== undefined && options.inbox.toLowerCase() !== pool.l1.inbox) differs('inbox', pool.l1.inbox)
  const l1 = createL1Client({ url: l1Rpc, inbox: pool.l1.inbox })
  if ((await l1.chainId()) !== pool.l1.chainId) differs('L1 chain id', pool.l1.chainId)
  const { number, hash } = pool.l1.genesis
  if ((await l1.block(number))?.hash !== hash) differs(`L1 chain: one with block ${number}`, hash)
  const found = seatsOf(pool, dir)
  if (options.tabs !== undefined && options.tabs !== found.tabs.length) differs('tabs', found.tabs.length)
  return { pool, ...found, resumed: true }
}

/** Who runs here, and who in a tab: that one's link is kept beside where its vault would be. */
function seatsOf(pool: Pool, dir: string): Pick<DemoPool, 'seats' | 'tabs'> {
  const inTab = pool.members.filter(({ seat }) => existsSync(linkPath(dir, seat)))
  return {
    seats: pool.members.filter(member => !inTab.includes(member)).map(({ seat }) => seatPaths(dir, seat)),
    tabs: inTab.map(({ seat }) => ({ seat, secret: readFileSync(linkPath(dir, seat), 'utf8').trim() })),
  }
}

const linkPath = (dir: string, seat: number): string => join(dir, `member-${seat}`, 'link')

const seatPaths = (dir: string, seat: number) => ({
  vault: join(dir, `member-${seat}`, 'vault'),
  passphraseFile: join(dir, `member-${seat}`, 'passphrase'),
})

async function createPool(options: DemoOptions, dir: string, file: string, l1Rpc: string): Promise<DemoPool> {
  const { members: count = DEFAULT_MEMBERS, inbox = DEFAULT_INBOX } = options
  const { tabs = 0 } = options
  await initSodium()
  const threshold = options.threshold ?? defaultQuorum(count)
  if (tabs > count) throw new PoolError('usage', { problem: `--tabs: must be 1..${count}, the number of members` })
  if (tabs > 0 && options.batches !== undefined) throw new PoolError('usage', { problem: '--tabs and --batches do not go together' })
  if (threshold > count) throw new PoolError('usage', { problem: `--threshold: must be 2..${count}, the number of members` })
  const l1 = createL1Client({ url: l1Rpc, inbox: inbox.toLowerCase() as `0x${string}` })
  const members = []
  for (let seat = 1; seat <= count; seat++) {
    const { vault, passphraseFile } = seatPaths(dir, seat)
    mkdirSync(join(dir, `member-${seat}`), { recursive: true, mode: 0o700 })
    const made = seat > count - tabs ? makeLink(linkPath(dir, seat)) : await makeVault(vault, passphraseFile)
    members.push({ seat, identity: made.identity, vote: made.vote, weight: '1', name: `member ${seat}` })
  }
  const head = await l1.block(await l1.headNumber())
  if (head === undefined) throw new PoolError('l1-unreachable', { host: new URL(l1Rpc).host, problem: 'has no head block' })
  const embedded = options.l1 === undefined
  // Key generation takes most of a second of CPU per pair and direction; turns begin after it.
  const genesisTime = Math.max(head.timestamp, Math.floor(Date.now() / 1000) + 2 + Math.ceil(0.7 * count * (count - 1)))
  const pool = parsePool({
    version: 1,
    name: 'demo pool',
    l1: {
      chainId: await l1.chainId(),
      inbox,
      nonceOffset: 0,
      genesis: { number: head.number, hash: head.hash, timestamp: head.timestamp },
      confirmations: 1,
    },
    l2: { chainId: L2_CHAIN_ID, blockTime: 1, genesisTime, maxSequencerDrift: 1_800 },
    threshold,
    agreementQuorum: defaultQuorum(count, threshold),
    // A foreign node may mine on demand only, and finalize late: long rotation epochs there.
    times: { roundZero: 3_000, roundStep: 1_000, maxBatchDelay: 3_000, epochLength: embedded ? 8 : 64 },
    members,
  })
  // Whole or not at all: a folder with a pool file is one to go on from.
  replaceFile(file, utf8(`${JSON.stringify(poolToJson(pool), null, 2)}\n`))
  return { pool, ...seatsOf(pool, dir), resumed: false }
}

/** A secret for a link, kept so that a later start can print it again. */
function makeLink(file: string): PublicEntry {
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  const { identitySeed, voteKey } = keysOfLink(Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url'))
  const entry = entryOfKeys(identitySeed, voteKey)
  wipe(identitySeed, voteKey)
  return entry
}

/** A new vault with a passphrase of its own, or the one that an earlier start has left when it was stopped before it had a pool file. */
async function makeVault(vault: string, passphraseFile: string): Promise<PublicEntry> {
  if (existsSync(vault)) {
    const passphrase = readPassphrase(passphraseFile)
    return readVaultEntry(vault, passphrase).finally(() => wipe(passphrase))
  }
  const passphrase = randomBytes(24).toString('base64url')
  writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 })
  return createVault(vault, passphrase)
}
