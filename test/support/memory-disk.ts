/**
 * The disk of a simulated member: vault and guard that survive a crash of the process which uses them.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { GuardStore, Vault } from '../../core/member/ports.ts'
import { type HeightRecord, heightRecordCodec } from '../../core/proposal/lock.ts'

export interface MemoryDisk {
  /** Ports of one process. After `kill` no call of this process ever resolves, as its memory is gone. */
  open(): { readonly vault: Vault; readonly guard: GuardStore; kill(): void }
  /** What is on disk, for checks. */
  record(height: number): HeightRecord | undefined
  heights(): readonly number[]
}

export interface DiskEvents {
  /** Before a record is on disk. Gives false to lose the write. */
  writing?(record: HeightRecord): boolean
  /** After it is. */
  written?(record: HeightRecord): void
  signed?(height: number, raw: Bytes): void
}

export function memoryDisk(secrets: { identitySeed: Bytes; voteKey: Bytes; share?: Bytes | undefined }, events: DiskEvents = {}): MemoryDisk {
  let active = secrets.share
  let pending: Bytes[] = []
  const records = new Map<number, Bytes>()
  const raws = new Map<number, Bytes>()
  const proposals = new Map<number, Bytes>()
  let checkpoint: Bytes | undefined
  const facts = new Map<string, Bytes>()
  let counter = 0n

  const record = (height: number): HeightRecord | undefined => {
    const bytes = records.get(height)
    return bytes === undefined ? undefined : heightRecordCodec.decode(bytes)
  }

  /** False when the write is lost. */
  function write(next: HeightRecord): boolean {
    if (events.writing?.(next) === false) return false
    records.set(next.height, heightRecordCodec.encode(next))
    events.written?.(next)
    return true
  }

  return {
    record,
    heights: () => [...records.keys()],
    open() {
      let alive = true
      /** A dead process never hears of the outcome. */
      const io = async <T>(operation: () => T): Promise<T> => {
        if (!alive) return new Promise<never>(() => {})
        const outcome = operation()
        await Promise.resolve()
        return alive ? outcome : new Promise<never>(() => {})
      }
      return {
        vault: {
          identitySeed: secrets.identitySeed.slice(),
          voteKey: secrets.voteKey.slice(),
          activeShare: () => active?.slice(),
          pendingShares: () => pending.map(share => share.slice()),
          savePending: share => io(() => void pending.push(share.slice())),
          saveActive: share =>
            io(() => {
              active = share.slice()
            }),
          dropPending: (keep = () => false) =>
            io(() => {
              pending = pending.filter(keep)
            }),
          eraseShares: () =>
            io(() => {
              active = undefined
              pending = []
            }),
        },
        guard: {
          read: height => io(() => record(height)),
          write: next => io(() => void write(next)),
          writeLock: (next, proposal) =>
            io(() => {
              if (write(next)) proposals.set(next.height, proposal.slice())
            }),
          highest: () => io(() => (records.size === 0 ? undefined : Math.max(...records.keys()))),
          saveSigned: (height, raw) =>
            io(() => {
              raws.set(height, raw.slice())
              events.signed?.(height, raw)
            }),
          signed: height => io(() => raws.get(height)?.slice()),
          proposal: height => io(() => proposals.get(height)?.slice()),
          saveCheckpoint: bytes =>
            io(() => {
              checkpoint = bytes.slice()
            }),
          checkpoint: () => io(() => checkpoint?.slice()),
          saveFact: (name, bytes) => io(() => void facts.set(name, bytes.slice())),
          fact: name => io(() => facts.get(name)?.slice()),
          nextCounter: () => io(() => ++counter),
        },
        kill() {
          alive = false
        },
      }
    },
  }
}
