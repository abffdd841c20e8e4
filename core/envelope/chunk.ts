/**
 * Messages larger than one envelope: cut into pieces that travel in sequence, put together within limits.
 * A piece is `index (u16) | count (u16) | total (u32) | bytes`; every piece but the last is full, so a message has one cutting only.
 * @module
 */
import { type Bytes, concat, u16be, u32be, wipe } from '../bytes.ts'
import { malformed, Reader, u16, u32 } from '../codec.ts'
import { PoolError } from '../errors.ts'
import { MAX_BODY } from './header.ts'
import { SEAL_OVERHEAD } from './seal.ts'

/** Largest message of a session. */
export const MAX_MESSAGE = 1024 * 1024
const PIECE_HEADER = 8
/** Bytes of a message in a full piece. */
export const PIECE = MAX_BODY - SEAL_OVERHEAD - PIECE_HEADER

const pieces = (total: number): number => Math.max(1, Math.ceil(total / PIECE))

/** @throws {PoolError} `message-too-large` */
export function split(message: Bytes): Bytes[] {
  if (message.length > MAX_MESSAGE) throw new PoolError('message-too-large', { max: MAX_MESSAGE, length: message.length })
  const count = pieces(message.length)
  return Array.from({ length: count }, (_, index) =>
    concat(u16be(index), u16be(count), u32be(message.length), message.subarray(index * PIECE, (index + 1) * PIECE)),
  )
}

export interface Assembler {
  /**
   * Takes the next piece; gives the message with its last one.
   * @throws {PoolError} `malformed-bytes` for a piece that `split` would not have made at this place.
   */
  push(piece: Bytes): Bytes | undefined
  /** Wipes what has been gathered. */
  clear(): void
}

export function createAssembler(): Assembler {
  let parts: Bytes[] = []
  let expected = 0
  const clear = (): void => {
    wipe(...parts)
    parts = []
  }
  return {
    push(piece) {
      const reader = new Reader(piece)
      const index = u16.read(reader)
      const count = u16.read(reader)
      const total = u32.read(reader)
      if (index !== parts.length) throw malformed('piece out of order', { index, expected: parts.length })
      if (total > MAX_MESSAGE) throw malformed('message too long', { max: MAX_MESSAGE, length: total })
      if (count !== pieces(total) || index >= count || (index > 0 && total !== expected)) throw malformed('wrong count of pieces', { count, total })
      const length = index === count - 1 ? total - index * PIECE : PIECE
      if (reader.remaining !== length) throw malformed('piece of the wrong length', { expected: length, got: reader.remaining })
      expected = total
      parts.push(reader.take(length).slice())
      if (parts.length < count) return undefined
      const message = concat(...parts)
      clear()
      return message
    },
    clear,
  }
}
