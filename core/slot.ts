/**
 * The unit of work: who proposes what, when. A slot is the key of every log line, lock and reason code.
 * @module
 */
import { assertInteger } from './bytes.ts'

export interface Slot {
  /** floor(height / epochLength): heights with one frozen member set. */
  readonly rotationEpoch: number
  /** Batch index; L1 nonce = height + offset. */
  readonly height: number
  /** 0 is the scheduled sequencer, later rounds its back-ups. */
  readonly round: number
}

/** The slot of (height, round) under rotation epochs of `epochLength` heights. */
export function slotAt(height: number, round: number, epochLength: number): Slot {
  assertInteger(height, 'height', 0, Number.MAX_SAFE_INTEGER)
  assertInteger(round, 'round', 0, 0xffff_ffff)
  assertInteger(epochLength, 'epochLength', 1, 0xffff_ffff)
  return { rotationEpoch: Math.floor(height / epochLength), height, round }
}

/** `epoch/height/round`, for logs. */
export const slotLabel = (slot: Slot): string => `${slot.rotationEpoch}/${slot.height}/${slot.round}`
