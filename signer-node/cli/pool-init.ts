/**
 * Puts a pool together from invites and an L1 chain.
 * @module
 */
import { PoolError } from '../../core/errors.ts'
import { defaultQuorum, type Pool, parsePool } from '../../core/proposal/pool.ts'
import { createL1Client } from '../l1-client.ts'
import { readJson } from './files.ts'
import { type Invite, parseInvite } from './invite.ts'

export interface PoolInitOptions {
  readonly name: string
  readonly l1?: string
  readonly chainId?: number
  readonly genesisNumber?: number
  readonly genesisHash?: `0x${string}`
  readonly genesisTimestamp?: number
  readonly inbox: `0x${string}`
  readonly nonceOffset: number
  readonly threshold?: number
  readonly quorum?: number
  readonly member: readonly string[]
  readonly l2ChainId: number
  readonly blockTime: number
  readonly genesisTime?: number
  readonly maxSequencerDrift: number
  readonly epochLength: number
  readonly roundZero: number
  readonly roundStep: number
  readonly maxBatchDelay: number
  readonly confirmations: number
  readonly relay?: string
}

interface L1Start {
  readonly chainId: number
  readonly genesis: Pool['l1']['genesis']
}

/** Seconds from now to the first L2 block, unless told otherwise: time to start the members. */
const LEAD = 120

const usage = (problem: string): PoolError => new PoolError('usage', { problem })

/**
 * The pool that these options describe. Seats follow the order of the invites.
 * @throws {PoolError} `usage`, `bad-invite`, `input-file`, `bad-pool-file`, `l1-unreachable`, `wrong-l1`.
 */
export async function initPool(options: PoolInitOptions): Promise<Pool> {
  const invites: Invite[] = []
  for (const file of options.member) invites.push(await parseInvite(readJson(file), file))
  if (invites.length < 2) throw usage('--member: a pool needs the invites of at least two members')
  const start = options.l1 === undefined ? offlineStart(options) : await startFrom(options.l1, options)
  const genesisTime = options.genesisTime ?? Math.max(start.genesis.timestamp, Math.floor(Date.now() / 1000) + LEAD)
  if (genesisTime < start.genesis.timestamp) throw usage('--genesis-time: the first L2 block would be older than the first L1 block')
  const threshold = options.threshold ?? Math.max(2, defaultQuorum(invites.length))
  return parsePool({
    version: 1,
    name: options.name,
    l1: { ...start, inbox: options.inbox, nonceOffset: options.nonceOffset, confirmations: options.confirmations },
    l2: { chainId: options.l2ChainId, blockTime: options.blockTime, genesisTime, maxSequencerDrift: options.maxSequencerDrift },
    threshold,
    agreementQuorum: options.quorum ?? defaultQuorum(invites.length, threshold),
    times: {
      roundZero: options.roundZero,
      roundStep: options.roundStep,
      maxBatchDelay: options.maxBatchDelay,
      epochLength: options.epochLength,
    },
    members: invites.map(({ weight, name, ...keys }, index) => ({
      seat: index + 1,
      ...keys,
      weight: weight.toString(),
      ...(name === '' ? {} : { name }),
    })),
    ...(options.relay === undefined ? {} : { relay: options.relay }),
  })
}

function offlineStart({ chainId, genesisNumber, genesisHash, genesisTimestamp }: PoolInitOptions): L1Start {
  if (chainId === undefined) throw usage('give --l1 URL, or --chain-id with the three --genesis-… options of an L1 block')
  if (genesisNumber === undefined || genesisHash === undefined || genesisTimestamp === undefined)
    throw usage('--chain-id without --l1 needs --genesis-number, --genesis-hash and --genesis-timestamp of the L1 block to start from')
  return { chainId, genesis: { number: genesisNumber, hash: genesisHash, timestamp: genesisTimestamp } }
}

/** Starts from the newest final block: one that is reorged away would end the pool. A chain too young to have one starts at its head. */
async function startFrom(url: string, { inbox, chainId: expected, genesisNumber }: PoolInitOptions): Promise<L1Start> {
  const l1 = createL1Client({ url, inbox })
  const chainId = await l1.chainId()
  if (expected !== undefined && expected !== chainId) throw new PoolError('wrong-l1', { expected, got: chainId })
  const number = genesisNumber ?? ((await l1.finalizedNumber()) || (await l1.headNumber()))
  const block = await l1.block(number)
  if (block === undefined) throw usage(`--genesis-number: the L1 node has no block ${number}`)
  return { chainId, genesis: { number, hash: block.hash, timestamp: block.timestamp } }
}
