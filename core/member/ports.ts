/**
 * What a member needs from its surroundings, as interfaces. Node and the browser each implement them; tests do too.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import type { HeightRecord } from '../proposal/lock.ts'

/** Time. `now` is ms since 1970. */
export interface Clock {
  now(): number
  /** Calls `run` once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void
}

/** One open WebSocket. Frames are binary. */
export interface Socket {
  send(frame: Bytes): void
  close(code?: number): void
}
export interface SocketEvents {
  open(): void
  message(frame: Bytes): void
  /** Called exactly once, also when the connection never opened. */
  close(code: number, reason: string): void
}
/** Opens a WebSocket to the relay; compression off, frames above 256 KiB refused. */
export type Dial = (events: SocketEvents) => Socket

/** An L1 block as members need it: its header, and the transactions that go to the inbox. */
export interface L1Block {
  readonly number: number
  readonly hash: `0x${string}`
  readonly parentHash: `0x${string}`
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly inbox: readonly {
    readonly hash: `0x${string}`
    readonly from: `0x${string}`
    readonly nonce: number
    readonly data: Bytes
  }[]
}

/** A member's own view of L1; never the relay's. Failures are PoolError `l1-unreachable`. */
export interface L1Reader {
  chainId(): Promise<number>
  /** Number of the newest block. */
  headNumber(): Promise<number>
  /** Number of the newest finalized block. */
  finalizedNumber(): Promise<number>
  /** The block with its inbox transactions; undefined when the node does not have it. */
  block(number: number): Promise<L1Block | undefined>
  fees(): Promise<{ readonly baseFee: bigint; readonly priorityFees: readonly bigint[] }>
  balance(address: `0x${string}`): Promise<bigint>
  /** Next unused nonce in the newest block. */
  nonce(address: `0x${string}`): Promise<number>
}

/**
 * `retirement`: the promise of this member to be silent in this pool; `succession`: those of the parent's members; `key`: the life of its key; `silence`: the
 * guard of a member that has lost an earlier one.
 */
export type GuardFact = 'retirement' | 'succession' | 'key' | 'silence'

/**
 * The guard: what stops a member from voting or signing twice. `write` resolves only when the record is on stable storage.
 */
export interface GuardStore {
  read(height: number): Promise<HeightRecord | undefined>
  write(record: HeightRecord): Promise<void>
  /** Highest height with a record, or undefined. */
  highest(): Promise<number | undefined>
  /** Signed raw L1 transactions by height, to send again. Durable like `write`. */
  saveSigned(height: number, raw: Bytes): Promise<void>
  signed(height: number): Promise<Bytes | undefined>
  /** A new lock: the record and, so that it can be proposed again after a restart, the encoded proposal whose content it is for. Both or neither. */
  writeLock(record: HeightRecord, proposal: Bytes): Promise<void>
  /** The proposal of the newest lock. */
  proposal(height: number): Promise<Bytes | undefined>
  /** The member's L2 chain as of a final L1 block, so that a restart does not read L1 from genesis. One, replaced each time. */
  saveCheckpoint(checkpoint: Bytes): Promise<void>
  /** Single facts that must not be forgotten, by name. Durable like `write`. */
  saveFact(name: GuardFact, bytes: Bytes): Promise<void>
  fact(name: GuardFact): Promise<Bytes | undefined>
  checkpoint(): Promise<Bytes | undefined>
  /** Durable counter for the hedged random generator; returns the new value. */
  nextCounter(): Promise<bigint>
}

/** Secrets at rest. Every method resolves after the bytes are durable. Byte strings are versioned encodings of core (see threshold/share.ts). */
export interface Vault {
  /** 32-byte Ed25519 seed and 32-byte secp256k1 vote key of this member. */
  readonly identitySeed: Bytes
  readonly voteKey: Bytes
  /** The active share, and pending ones by epoch. */
  activeShare(): Bytes | undefined
  pendingShares(): readonly Bytes[]
  savePending(share: Bytes): Promise<void>
  /** Makes `share` the active one; pending ones stay until `dropPending`. */
  saveActive(share: Bytes): Promise<void>
  /** Erases pending shares, all but those that `keep` says. */
  dropPending(keep?: (share: Bytes) => boolean): Promise<void>
  /** Erases the active share and all pending ones. */
  eraseShares(): Promise<void>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Structured log line: an event name and public facts. */
export type Log = (level: LogLevel, event: string, facts?: Readonly<Record<string, unknown>>) => void
