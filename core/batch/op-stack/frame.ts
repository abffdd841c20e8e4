/**
 * Frames, the pieces of a channel: `channel_id[16] ++ u16 number ++ u32 length ++ data ++ is_last` (OP Stack specification, derivation, "Frame Format").
 * @module
 */
import { type Bytes, concat, equal, u16be, u32be } from '../../bytes.ts'
import { malformedBatch } from './rlp.ts'

export interface Frame {
  /** 16 bytes. */
  readonly channelId: Bytes
  /** 0 .. 65535, counting from 0 within the channel. */
  readonly number: number
  readonly data: Bytes
  readonly isLast: boolean
}

/** Bytes of a frame besides its data. */
export const FRAME_OVERHEAD = 23
/** Longest data of a frame. */
export const MAX_FRAME_DATA = 1_000_000

/** @throws {PoolError} `malformed-batch` when a field is out of range. */
export function encodeFrame(frame: Frame): Bytes {
  if (frame.channelId.length !== 16) throw malformedBatch('frame', 'channel id is not 16 bytes')
  if (!Number.isInteger(frame.number) || frame.number < 0 || frame.number > 0xffff) throw malformedBatch('frame', 'number out of range')
  if (frame.data.length > MAX_FRAME_DATA) throw malformedBatch('frame', 'data too long')
  return concat(frame.channelId, u16be(frame.number), u32be(frame.data.length), frame.data, Uint8Array.of(frame.isLast ? 1 : 0))
}

/**
 * Reads frames to the end of the bytes, at least one; one bad frame rejects all.
 * @throws {PoolError} `malformed-batch`
 */
export function decodeFrames(bytes: Bytes): Frame[] {
  if (bytes.length === 0) throw malformedBatch('frame', 'no frame')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Frame[] = []
  for (let offset = 0; offset < bytes.length; ) {
    if (bytes.length - offset < FRAME_OVERHEAD) throw malformedBatch('frame', 'truncated')
    const length = view.getUint32(offset + 18)
    if (length > MAX_FRAME_DATA) throw malformedBatch('frame', 'data too long', { length })
    const end = offset + FRAME_OVERHEAD + length
    const last = bytes[end - 1]
    if (last === undefined) throw malformedBatch('frame', 'truncated')
    if (last > 1) throw malformedBatch('frame', 'is_last is neither 0 nor 1')
    frames.push({
      channelId: bytes.slice(offset, offset + 16),
      number: view.getUint16(offset + 16),
      data: bytes.slice(offset + 22, end - 1),
      isLast: last === 1,
    })
    offset = end
  }
  return frames
}

/**
 * The channel that these frames make up, which must be one channel's, in order from 0, and end it.
 * @throws {PoolError} `malformed-batch`
 */
export function joinFrames(frames: readonly Frame[]): { channelId: Bytes; data: Bytes } {
  const first = frames[0]
  if (first === undefined) throw malformedBatch('frame', 'no frame')
  for (const [i, frame] of frames.entries()) {
    if (!equal(frame.channelId, first.channelId)) throw malformedBatch('frame', 'more than one channel')
    if (frame.number !== i) throw malformedBatch('frame', 'frames out of order', { expected: i, got: frame.number })
    if (frame.isLast !== (i === frames.length - 1)) throw malformedBatch('frame', frame.isLast ? 'frame after the last' : 'channel does not end')
  }
  return { channelId: first.channelId, data: concat(...frames.map(frame => frame.data)) }
}
