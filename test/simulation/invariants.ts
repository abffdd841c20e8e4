/** Rules that no run may break, watched while it runs: what each member writes, and what each signed transaction says. */
import { type Bytes, hex } from '../../core/bytes.ts'
import { keccak256 } from '../../core/ethereum.ts'
import { decodeSignedTransaction } from '../../core/l1/transaction.ts'
import type { HeightRecord } from '../../core/proposal/lock.ts'
import type { Pool } from '../../core/proposal/pool.ts'

export interface Invariants {
  /** A member has written its record of a height. */
  written(seat: number, record: HeightRecord): void
  /** A member has made a proposal. */
  proposed(seat: number, height: number, round: number): void
  /** A signed L1 transaction was seen anywhere. */
  signed(where: string, height: number, raw: Bytes): void
  /** A member goes on from a tuple. */
  tupleUsed(seat: number, tuple: string): void
  /** A signature came of it. */
  tupleSigned(seat: number, tuple: string, sighash: string): void
  readonly violations: readonly string[]
}

/** @param cheaters members whose word is not watched: with their help fewer honest ones are enough to sign. */
export function watchInvariants(pool: () => Pool, cheaters: number): Invariants {
  const violations: string[] = []
  const complain = (text: string): void => void violations.push(text)
  const last = new Map<string, HeightRecord>()
  const votes = new Map<string, string>()
  const locks = new Map<string, string>()
  /** Seats that authorised a content, by height. */
  const authorised = new Map<number, Map<string, Set<number>>>()
  const proposals = new Set<string>()
  const payloads = new Map<number, string>()
  const used = new Set<string>()
  const signedWith = new Map<string, string>()

  return {
    violations,
    written(seat, record) {
      const { height } = record
      const key = `seat ${seat} height ${height}`
      const before = last.get(key)
      if (before !== undefined) {
        if (record.votedRound < before.votedRound) complain(`${key}: voted round went back`)
        if (record.lockedRound < before.lockedRound) complain(`${key}: locked round went back`)
        if (record.signed.length < before.signed.length) complain(`${key}: forgot what it signed`)
      }
      last.set(key, record)
      if (record.votedContent !== undefined) {
        const vote = `${key} round ${record.votedRound}`
        const content = hex(record.votedContent)
        if ((votes.get(vote) ?? content) !== content) complain(`${vote}: two votes`)
        votes.set(vote, content)
      }
      if (record.lockedContent !== undefined) {
        const lock = `height ${height} round ${record.lockedRound}`
        const content = hex(record.lockedContent)
        if ((locks.get(lock) ?? content) !== content) complain(`${lock}: two contents have certificates`)
        locks.set(lock, content)
      }
      for (const { content } of record.signed) {
        const contents = authorised.get(height) ?? new Map<string, Set<number>>()
        authorised.set(height, contents)
        const seats = contents.get(hex(content)) ?? new Set()
        contents.set(hex(content), seats.add(seat))
        const enough = pool().threshold - cheaters
        if ([...contents.values()].filter(known => known.size >= enough).length > 1)
          complain(`height ${height}: ${enough} honest members agreed to sign each of two contents`)
      }
    },
    proposed(seat, height, round) {
      const key = `seat ${seat} height ${height} round ${round}`
      if (proposals.has(key)) complain(`${key}: two proposals`)
      proposals.add(key)
    },
    signed(where, height, raw) {
      const { transaction } = decodeSignedTransaction(raw)
      if (transaction.nonce !== height + pool().l1.nonceOffset) complain(`${where}: nonce ${transaction.nonce} at height ${height}`)
      const payload = hex(keccak256(transaction.data))
      if ((payloads.get(height) ?? payload) !== payload) complain(`${where}: a second content was signed for height ${height}`)
      payloads.set(height, payload)
    },
    tupleUsed(seat, tuple) {
      const key = `seat ${seat} tuple ${tuple}`
      if (used.has(key)) complain(`${key}: used twice`)
      used.add(key)
    },
    tupleSigned(seat, tuple, sighash) {
      if ((signedWith.get(tuple) ?? sighash) !== sighash) complain(`seat ${seat} tuple ${tuple}: signed two transactions`)
      signedWith.set(tuple, sighash)
    },
  }
}
