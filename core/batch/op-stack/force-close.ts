/**
 * Closes a channel that hangs: empty frames for the numbers that are missing, so that derivation moves on.
 * @module
 */
import { type Bytes, equal } from '../../bytes.ts'
import { encodeCalldata } from './calldata.ts'
import type { Frame } from './frame.ts'
import { malformedBatch } from './rlp.ts'

/**
 * Calldata that completes the channel of which these frames (of any order; data does not matter) are on L1: the missing frames below the last one, empty;
 * or, when no last frame is there, an empty frame 0 that is the last. No frame at all when nothing is missing.
 * @throws {PoolError} `malformed-batch` for no frames, or frames of several channels.
 */
export function forceClose(frames: readonly Omit<Frame, 'data'>[]): Bytes {
  const first = frames[0]
  if (first === undefined) throw malformedBatch('frame', 'no frame')
  const { channelId } = first
  if (!frames.every(frame => equal(frame.channelId, channelId))) throw malformedBatch('frame', 'more than one channel')
  const empty = (number: number, isLast: boolean): Frame => ({ channelId, number, data: new Uint8Array(), isLast })
  const last = frames.find(frame => frame.isLast)
  if (last === undefined) return encodeCalldata([empty(0, true)])
  const present = new Set(frames.map(frame => frame.number))
  const missing = Array.from({ length: last.number }, (_, number) => number).filter(number => !present.has(number))
  return encodeCalldata(missing.map(number => empty(number, false)))
}
