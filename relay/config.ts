/**
 * Settings of a relay: what an operator may choose, its defaults with their units, and the check that it does not listen in the open.
 * @module
 */
import { PoolError } from '../core/errors.ts'
import type { Pool } from '../core/proposal/pool.ts'
import type { TurnNotice } from './clock.ts'
import { type Clock, type Log, type Random, systemClock } from './ports.ts'

/** Every bound of the relay, in one place. `docs/relay.md` lists them. */
export interface Limits {
  /** ms from the challenge to a valid answer. */
  readonly authTimeout: number
  /** ms by which a member's clock may differ from the relay's when it authenticates. */
  readonly authSkew: number
  /** Sockets from one address that have not authenticated yet. */
  readonly unauthenticatedPerIp: number
  /** ms between pings; a socket that misses two is dead. */
  readonly pingInterval: number
  /** Frames a second of one socket; above it reading pauses, above four times it the socket is closed. */
  readonly framesPerSecond: number
  /** Bytes that wait in a socket before delivery pauses. */
  readonly bufferedPause: number
  /** Bytes that wait in a socket before it is closed. */
  readonly bufferedClose: number
  /** Delivered but not acknowledged: messages and bytes before delivery waits for an ack. */
  readonly windowMessages: number
  readonly windowBytes: number
  /** Quota of the room. When it is used up, mailboxes above their equal share are refused. */
  readonly roomMessages: number
  readonly roomBytes: number
  /** ms that a ceremony's messages are kept, and all others. */
  readonly ceremonyLifetime: number
  readonly roomLifetime: number
  /** ms between sweeps of what has expired. */
  readonly sweepInterval: number
  /** Bytes of an HTTP request body. */
  readonly httpBody: number
  /** Requests of one JSON-RPC batch. */
  readonly rpcBatch: number
  /** JSON-RPC requests a second from one address. */
  readonly rpcPerSecond: number
  /** Listeners of /api/events. */
  readonly eventListeners: number
}

/** anvil's and hardhat's chain id. */
const DEVELOPMENT_CHAIN = 31_337

export const defaultLimits: Limits = {
  authTimeout: 5_000,
  authSkew: 5 * 60_000,
  unauthenticatedPerIp: 32,
  pingInterval: 25_000,
  framesPerSecond: 1_000,
  bufferedPause: 1024 * 1024,
  bufferedClose: 8 * 1024 * 1024,
  windowMessages: 512,
  windowBytes: 16 * 1024 * 1024,
  roomMessages: 10_000,
  roomBytes: 64 * 1024 * 1024,
  ceremonyLifetime: 10 * 60_000,
  roomLifetime: 24 * 3_600_000,
  sweepInterval: 30_000,
  httpBody: 256 * 1024,
  rpcBatch: 100,
  rpcPerSecond: 2_000,
  eventListeners: 64,
}

/** How the clock of the rotation behaves; the second and third exist so that tests can show that members do not depend on it. */
export interface AnnounceOptions {
  /** False: says nothing about turns. */
  readonly announce?: boolean
  /** ms added to the relay's clock when it computes and announces turns. */
  readonly skewMs?: number
  /** Last word on every announcement. */
  readonly tamper?: (turn: TurnNotice) => TurnNotice
}

export interface RelayConfig extends AnnounceOptions {
  readonly pool: Pool
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined
  /** Directory of relay.db; without it everything is lost at the end of the process. */
  readonly dataDir?: string | undefined
  /** JSON-RPC address of an L1 node. */
  readonly l1Rpc: string
  /** ms between looks at L1; default 500 on a development chain, else 3,000. */
  readonly l1PollMs?: number | undefined
  /** Directory of the built page. */
  readonly pageDir?: string | undefined
  /** Addresses of L1 nodes (http or https) that members in tabs may be connected to: the page's policy lets it talk to those only. */
  readonly pageL1?: readonly string[] | undefined
  /** PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** A proxy in front does TLS; its X-Forwarded-For names the client. */
  readonly behindProxy?: boolean | undefined
  /** How members reach it from outside, `ws://…` or `wss://…`; the pool file's relay address counts as well. */
  readonly publicUrl?: string | undefined
  /** Origins of other pages that may connect and call /rpc, such as `http://localhost:5173`. */
  readonly origins?: readonly string[] | undefined
  readonly log?: Log | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly limits?: Partial<Limits> | undefined
}

/** A config with every default filled in. */
export interface Settings extends AnnounceOptions {
  readonly pool: Pool
  readonly host: string
  readonly port: number
  readonly dataDir: string | undefined
  readonly l1Rpc: string
  readonly l1PollMs: number
  readonly pageDir: string | undefined
  readonly pageL1: readonly string[]
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly behindProxy: boolean
  readonly publicUrl: string | undefined
  readonly origins: readonly string[]
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  readonly limits: Limits
}

/**
 * Fills in defaults and checks what can be checked without touching anything.
 * @throws {PoolError} `relay-config`, `relay-insecure-bind`
 */
export function settingsOf(config: RelayConfig): Settings {
  const { host = '127.0.0.1', port = 0, behindProxy = false } = config
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw wrong('port', 'must be 0..65535')
  if (!isUrl(config.l1Rpc, ['http:', 'https:'])) throw wrong('l1Rpc', 'must be an http or https URL')
  if (config.publicUrl !== undefined && !isUrl(config.publicUrl, ['ws:', 'wss:'])) throw wrong('publicUrl', 'must be a ws or wss URL')
  for (const origin of config.origins ?? []) {
    if (!isUrl(origin, ['http:', 'https:']) || new URL(origin).origin !== origin) throw wrong('origins', 'each must be like https://page.example')
  }
  if (!isLoopback(host) && config.tls === undefined && !behindProxy) throw new PoolError('relay-insecure-bind', { host })
  return {
    ...config,
    host,
    port,
    behindProxy,
    dataDir: config.dataDir,
    l1PollMs: config.l1PollMs ?? (config.pool.l1.chainId === DEVELOPMENT_CHAIN ? 500 : 3_000),
    pageDir: config.pageDir,
    pageL1: config.pageL1 ?? [],
    tls: config.tls,
    publicUrl: config.publicUrl,
    origins: config.origins ?? [],
    log: config.log ?? (() => {}),
    clock: config.clock ?? systemClock,
    random: config.random ?? (length => crypto.getRandomValues(new Uint8Array(length))),
    limits: { ...defaultLimits, ...config.limits },
  }
}

const wrong = (setting: string, problem: string): PoolError => new PoolError('relay-config', { setting, problem })

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

/** True for addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
