/**
 * The first check of every round message: its length, before a byte of it is interpreted.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { PoolError } from '../errors.ts'

/** @throws {PoolError} `malformed-round` unless `message` is exactly `length` bytes. Such a message is dropped; it never burns a pair. */
export function requireLength(message: Bytes, length: number, title: string): void {
  if (!(message instanceof Uint8Array) || message.length !== length)
    throw new PoolError('malformed-round', { title, expected: length, got: message instanceof Uint8Array ? message.length : typeof message })
}
