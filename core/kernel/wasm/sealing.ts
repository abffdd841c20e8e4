/**
 * Sealing inside the memory; the construction and its reasons are in `reference/seal.ts`:
 *
 *     tag    = BLAKE3_key(H("seal-tag"; key))( H("seal-tag"; context) | content )
 *     sealed = tag | content xor BLAKE3_key(H("seal-stream"; key))( tag )
 * @module
 */
import { assertBytes, type Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { LENGTHS } from '../shape.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'

const TAG = LENGTHS.sealTag
/** Nothing that is sealed is longer than the OT state of a pair. */
const LONGEST = LENGTHS.pair + TAG

/** Writes the tag of what lies behind `contextHash` 32 | content. */
function writeTag(machine: Machine, out: Pointer, key: Pointer, contextAndContent: Pointer, length: number): void {
  const tagKey = machine.take(32)
  machine.hasher.start('seal-tag').part(key, LENGTHS.seed).finish(tagKey)
  machine.call.b3_keyed(out, TAG, tagKey, contextAndContent, 32 + length)
}

/** out = bytes xor the stream of a tag. */
function mask(machine: Machine, out: Pointer, key: Pointer, tag: Pointer, bytes: Pointer, length: number): void {
  const streamKey = machine.take(32)
  const stream = machine.take(length)
  machine.hasher.start('seal-stream').part(key, LENGTHS.seed).finish(streamKey)
  machine.call.b3_keyed(stream, length, streamKey, tag, TAG)
  machine.call.mem_xor(out, bytes, stream, length)
}

/** tag 32 | encrypted content. To be called inside a step. */
export function sealContent(machine: Machine, key: Bytes, context: Bytes, content: Pointer, length: number): Bytes {
  assertBytes(key, 'sealing key', LENGTHS.seed)
  assertBytes(context, 'sealing context')
  const keyAt = machine.put(key)
  const whole = machine.take(32 + length)
  machine.hasher.start('seal-tag').bytes(context).finish(whole)
  machine.call.mem_copy(whole + 32, content, length)
  const sealed = machine.take(TAG + length)
  writeTag(machine, sealed, keyAt, whole, length)
  mask(machine, sealed + TAG, keyAt, sealed, content, length)
  return machine.copyOut(sealed, TAG + length)
}

/**
 * The content, in secret scratch. To be called inside a step.
 * @throws {PoolError} `seal-mismatch`
 */
export function openContent(machine: Machine, key: Bytes, context: Bytes, sealed: Bytes): { at: Pointer; length: number } {
  assertBytes(key, 'sealing key', LENGTHS.seed)
  assertBytes(context, 'sealing context')
  assertBytes(sealed, 'sealed secret')
  if (sealed.length <= TAG || sealed.length > LONGEST) throw new PoolError('seal-mismatch')
  const length = sealed.length - TAG
  const keyAt = machine.put(key)
  const sealedAt = machine.put(sealed)
  const whole = machine.take(32 + length)
  const expected = machine.take(TAG)
  machine.hasher.start('seal-tag').bytes(context).finish(whole)
  mask(machine, whole + 32, keyAt, sealedAt, sealedAt + TAG, length)
  writeTag(machine, expected, keyAt, whole, length)
  if (machine.call.mem_equal(expected, sealedAt, TAG) === 0) throw new PoolError('seal-mismatch')
  return { at: whole + 32, length }
}
