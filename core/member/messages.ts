/**
 * What members say to each other in the room, outside ceremonies. Every message arrives sealed and signed by its sender; what a
 * contract may have to judge later (PROPOSE, PREPARE, VOID) carries a vote-key signature of its own.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { blob, bool, fixed, type Infer, list, option, struct, text, u16, u32, u53, u256, union } from '../codec.ts'
import { certificateCodec, prepareCodec, proposalCodec } from '../proposal/messages.ts'

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
      /** This member holds a pending share without all certificates. */
      pendingEpoch: option(fixed(32)),
      /** The key generation that this member is in. */
      generating: option(fixed(32)),
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
})
export type RoomMessage = Infer<typeof roomMessage>
export type RoomMessageOf<K extends RoomMessage['kind']> = Extract<RoomMessage, { kind: K }>

export const encodeRoomMessage = (message: RoomMessage): Bytes => roomMessage.encode(message)
