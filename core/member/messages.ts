/**
 * What members say to each other in the room, outside ceremonies. Every message arrives sealed and signed by its sender; what a
 * contract may have to judge later (PROPOSE, PREPARE, VOID) carries a vote-key signature of its own.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { blob, bool, fixed, type Infer, list, option, struct, text, u16, u32, u53, u256, union } from '../codec.ts'
import { certificateCodec, prepareCodec, proposalCodec } from '../proposal/messages.ts'
import { retirementCodec } from '../proposal/succession.ts'
import { erasureCodec } from '../threshold/erasure.ts'
import { burnNoticeCodec } from './burn-notice.ts'

/** Largest unsigned or signed L1 transaction in a room message: calldata limit of one batch plus its fields. */
const l1Transaction = blob(130 * 1024)

export const roomMessage = union({
  /** Sent when a peer appears and whenever it changes: where this member stands. */
  status: {
    tag: 1,
    body: struct({
      nextHeight: u53,
      /** Set once this member has activated its key. */
      keyId: option(fixed(32)),
      /** Of its active share; epochNo is 0 without one. */
      epoch: option(fixed(32)),
      epochNo: u32,
      /** Shares that it has certified and that are not certified by all: newest generation first. */
      pending: list(struct({ epoch: fixed(32), epochNo: u32 }), 16),
      /** The key generation, refresh or reshare that this member is in. */
      generating: option(fixed(32)),
      /** Its share came back from a backup: it signs nothing before a refresh. */
      restored: bool,
    }),
  },
  /** The lowest seat opens key generation among all members. */
  keygen: { tag: 2, body: struct({ ceremony: fixed(32) }) },
  /** A full certificate set, for a member that missed one. */
  keyCertificate: { tag: 3, body: struct({ certificate: blob(16 * 1024) }) },
  /**
   * A proposal with its proposer's own vote for it and, when the proposer knows already with whom it would sign what, that: who is in the quorum begins
   * as soon as it is locked. Gas and the rest of the transaction follow from the payload.
   */
  proposal: {
    tag: 4,
    body: struct({
      proposal: proposalCodec,
      vote: option(prepareCodec),
      sign: option(struct({ ceremony: fixed(32), quorum: list(u16, 16), held: bool, maxFeePerGas: u256, maxPriorityFeePerGas: u256 })),
    }),
  },
  prepare: { tag: 5, body: struct({ prepare: prepareCodec }) },
  refusal: { tag: 6, body: struct({ height: u53, round: u32, content: fixed(32), reason: text(64) }) },
  /** A lock that a proposer has to respect: its certificate and the proposal it is for. */
  locked: { tag: 7, body: struct({ certificate: certificateCodec, proposal: proposalCodec }) },
  /** The proposer fixes quorum and transaction; members of the quorum lock, then join the ceremony. */
  sign: {
    tag: 8,
    body: struct({
      height: u53,
      round: u32,
      content: fixed(32),
      ceremony: fixed(32),
      quorum: list(u16, 16),
      transaction: l1Transaction,
      certificate: certificateCodec,
      /** The ceremony is one that was opened for `preprocess` and is gone on with; otherwise a new one. */
      held: bool,
    }),
  },
  /** This member holds the lock for (height, round, content). Signing waits for q of these when t < q. */
  commit: { tag: 10, body: struct({ height: u53, round: u32, content: fixed(32) }) },
  /** The result, retrievable by every member. */
  signed: { tag: 9, body: struct({ height: u53, round: u32, content: fixed(32), signers: list(u16, 16), raw: l1Transaction }) },
  /** Opens a ceremony that makes a tuple ahead of time, for a quorum and an epoch of the key. */
  preprocess: { tag: 11, body: struct({ ceremony: fixed(32), quorum: list(u16, 16), epoch: fixed(32) }) },
  /** The sender has no tuple of this ceremony, or has it no more. */
  gone: { tag: 12, body: struct({ ceremony: fixed(32) }) },
  /** Opens the ceremony that replaces the shares of generation `epoch` by those of `epochNo`. `operator`: a person asked for it, so it may lift burns. */
  refresh: { tag: 14, body: struct({ ceremony: fixed(32), epoch: fixed(32), epochNo: u32, operator: bool }) },
  /** The sender does not take part in it, or not any more: why, and because of whom if somebody else. */
  refreshRefused: { tag: 20, body: struct({ ceremony: fixed(32), reason: text(32), peer: option(u16) }) },
  /** Pairs that are burned in the active generation, as the sender knows. */
  burned: { tag: 15, body: struct({ notices: list(burnNoticeCodec, 256) }) },
  /** Members that have erased their share, as the sender knows. */
  erased: { tag: 21, body: struct({ erasures: list(erasureCodec, 16) }) },

  // In the room of a pool that takes over the account of its parent.

  /** Opens the ceremony that gives the members shares of the parent's key. `dealers` are addresses, ascending; `epoch` is the parent's, `epochNo` the new one. */
  reshare: { tag: 13, body: struct({ ceremony: fixed(32), dealers: list(u16, 16), epoch: fixed(32), epochNo: u32 }) },
  /** The sender holds a share of the parent's key: its full certificates, and the next height by its view of L1. */
  holder: { tag: 16, body: struct({ certificate: blob(16 * 1024), nextHeight: u53 }) },
  /** Asks those of the parent to be silent from this height on. */
  handOver: { tag: 17, body: struct({ height: u53 }) },
  /** Promises of members of the parent, with their own signatures: those that the sender knows. */
  retired: { tag: 18, body: struct({ promises: list(retirementCodec, 16) }) },
  /** Transactions that waited in the parent when it fell silent. */
  waiting: { tag: 19, body: struct({ transactions: list(blob(128 * 1024), 4_096) }) },
})
export type RoomMessage = Infer<typeof roomMessage>
export type RoomMessageOf<K extends RoomMessage['kind']> = Extract<RoomMessage, { kind: K }>

export const encodeRoomMessage = (message: RoomMessage): Bytes => roomMessage.encode(message)
