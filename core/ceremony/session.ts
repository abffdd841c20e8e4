/**
 * Ceremony ids.
 * @module
 */
import { assertBytes, type Bytes, type Random } from '../bytes.ts'

/**
 * A fresh 32-byte id, drawn by whoever opens a ceremony and told to the others. Members refuse an id that they have seen under the
 * same key; that set is theirs to keep.
 */
export function newSessionId(random: Random): Bytes {
  const id = random(32)
  assertBytes(id, 'sessionId', 32)
  return id
}
