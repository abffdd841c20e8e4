/**
 * The public API of the core. What is not here may change without notice.
 * @module
 */
export { type BlockHead, blockHash, genesisBlock, type L1Origin, type L2Block } from './batch/block.ts'
export { contentCommitment } from './batch/content.ts'
export { checkBlocks } from './batch/follows.ts'
export { pakoDeflate } from './batch/op-stack/zlib.ts'
export { type BatchSummary, decodeBatch, encodeBlocks } from './batch/summary.ts'
export type { CeremonyContext, Channel, Deadline, Identity, Journal, Party, Progress } from './ceremony/context.ts'
export { type Culprit, type ErrorCode, type ErrorKind, errorTable, isPoolError, PoolError } from './errors.ts'
export { decodeSignedTransaction, decodeUnsignedTransaction, encodeUnsignedTransaction, sighash, type UnsignedTransaction } from './l1/transaction.ts'
export { type BackupInput, makeBackup, type OpenOptions, openBackup, type Restored } from './member/backup.ts'
export type { MemberCommand } from './member/commands.ts'
export type { MemberEvent } from './member/events.ts'
export { createMember, type Member, type MemberInput } from './member/member.ts'
export type { Clock, Dial, GuardStore, L1Block, L1Reader, Log, Socket, SocketEvents, Vault } from './member/ports.ts'
export type { RefreshPolicy } from './member/refresh.ts'
export { REFUSALS, type RefusalReason } from './proposal/check.ts'
export { defaultQuorum, type Pool, type PoolMember, parsePool, poolHash, poolToJson, resilience } from './proposal/pool.ts'
export { type EpochSchedule, epochSchedule, roundAt, roundOpensAt, seedSource } from './proposal/turn.ts'
export { type Slot, slotAt, slotLabel } from './slot.ts'
export * from './threshold/index.ts'
export { type L2Transaction, parseTransaction } from './transaction/parse.ts'
