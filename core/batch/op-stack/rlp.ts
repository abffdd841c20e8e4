/**
 * Walks RLP without building it: where an item starts and ends. Needed where items follow each other without an outer list, where the
 * input may stop in the middle, and where the number of items must be bounded before they are made.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { bytesToBigint } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'

/** An error of this stage: which layer, and what is wrong. */
export const malformedBatch = (layer: string, reason: string, context: Record<string, string | number> = {}): PoolError =>
  new PoolError('malformed-batch', { layer, reason, ...context })

/** An encoding that is known to exist but is not read here. */
export const unsupportedBatch = (kind: string): PoolError => new PoolError('unsupported-batch', { kind })

export interface RlpSpan {
  readonly list: boolean
  /** Where the item's own header starts. */
  readonly offset: number
  /** Content, without the header. */
  readonly start: number
  readonly end: number
}

/**
 * The item at `offset`; undefined when the bytes end before it does.
 * @throws {PoolError} `malformed-batch` when the header is not canonical.
 */
export function itemAt(bytes: Bytes, offset: number): RlpSpan | undefined {
  const lead = bytes[offset]
  if (lead === undefined) return undefined
  if (lead < 0x80) return { list: false, offset, start: offset, end: offset + 1 }
  const list = lead >= 0xc0
  const short = lead - (list ? 0xc0 : 0x80)
  if (short <= 55) {
    const [start, end] = [offset + 1, offset + 1 + short]
    if (end > bytes.length) return undefined
    if (!list && short === 1 && (bytes[start] as number) < 0x80) throw malformedBatch('rlp', 'byte with a needless header')
    return { list, offset, start, end }
  }
  const size = short - 55
  const start = offset + 1 + size
  if (size > 6) throw malformedBatch('rlp', 'length above 2^48')
  if (start > bytes.length) return undefined
  const length = Number(bytesToBigint(bytes.subarray(offset + 1, start)))
  if (length <= 55 || bytes[offset + 1] === 0) throw malformedBatch('rlp', 'length not in its shortest form')
  return start + length > bytes.length ? undefined : { list, offset, start, end: start + length }
}

/**
 * The items of a list, exactly filling it.
 * @throws {PoolError} `malformed-batch`, also when there are more than `most`.
 */
export function itemsOf(bytes: Bytes, list: RlpSpan, most: number): RlpSpan[] {
  if (!list.list) throw malformedBatch('rlp', 'string where a list belongs')
  const body = bytes.subarray(0, list.end)
  const out: RlpSpan[] = []
  for (let offset = list.start; offset < list.end; ) {
    const item = itemAt(body, offset)
    if (item === undefined) throw malformedBatch('rlp', 'item longer than its list')
    if (out.length === most) throw malformedBatch('rlp', 'too many items', { most })
    out.push(item)
    offset = item.end
  }
  return out
}

/** The content of a string item, as a view. @throws {PoolError} `malformed-batch` for a list or another length. */
export function stringOf(bytes: Bytes, item: RlpSpan | undefined, title: string, length?: number): Bytes {
  if (item === undefined || item.list) throw malformedBatch('rlp', `${title} is not a string`)
  if (length !== undefined && item.end - item.start !== length) throw malformedBatch('rlp', `${title} has the wrong length`)
  return bytes.subarray(item.start, item.end)
}

/** An integer item up to 2^53 - 1. @throws {PoolError} `malformed-batch` */
export function integerOf(bytes: Bytes, item: RlpSpan | undefined, title: string): number {
  const content = stringOf(bytes, item, title)
  const value = content.length > 8 || content[0] === 0 ? undefined : bytesToBigint(content)
  if (value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformedBatch('rlp', `${title} is not an integer below 2^53`)
  return Number(value)
}
