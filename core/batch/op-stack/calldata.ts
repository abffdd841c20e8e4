/**
 * Calldata of a batcher transaction: `0x00 ++ frames` (OP Stack specification, derivation, "Batcher Transaction Format").
 * @module
 */
import { type Bytes, concat } from '../../bytes.ts'
import { decodeFrames, encodeFrame, type Frame } from './frame.ts'
import { malformedBatch, unsupportedBatch } from './rlp.ts'

/** Derivation version 0: frames follow. */
const FRAMES = 0x00
/** Alternative data availability: a commitment follows. */
const ALT_DA = 0x01

export const encodeCalldata = (frames: readonly Frame[]): Bytes => concat(Uint8Array.of(FRAMES), ...frames.map(encodeFrame))

/** @throws {PoolError} `malformed-batch`; `unsupported-batch` for an alt-DA commitment. */
export function decodeCalldata(bytes: Bytes): Frame[] {
  const version = bytes[0]
  if (version === undefined) throw malformedBatch('calldata', 'empty')
  if (version === ALT_DA) throw unsupportedBatch('alt-DA commitment')
  if (version !== FRAMES) throw malformedBatch('calldata', 'unknown version', { version })
  return decodeFrames(bytes.subarray(1))
}
