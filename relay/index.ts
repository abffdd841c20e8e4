/**
 * The relay: a blind mailbox, the clock of the rotation, the intake of L2 transactions and the publisher to L1, in one process.
 * @module
 */

export type { RelayEvent } from './assemble.ts'
export type { TurnNotice } from './clock.ts'
export { type AnnounceOptions, defaultLimits, isLoopback, type Limits, type RelayConfig } from './config.ts'
export type { L1Notice, L1State } from './members.ts'
export { type Clock, type Log, type LogLevel, systemClock } from './ports.ts'
export { REFUSALS, type RefusalCode } from './refusals.ts'
export { createRelay, type Relay } from './relay.ts'
export type { BatchStatus, MemberStatus, RelaySnapshot } from './snapshot.ts'
export { logFileIn, type StartOptions, startRelay } from './start.ts'
