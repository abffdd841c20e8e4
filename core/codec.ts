/**
 * Canonical, length-limited binary codecs: one declaration gives encode, decode and the type. Big-endian, no optional bytes,
 * no trailing bytes; a decoder never allocates more than the input holds.
 * @module
 */
import { type Bytes, bigintToBytes, bytesToBigint, concat, u16be, u32be, u64be, utf8 } from './bytes.ts'
import { PoolError } from './errors.ts'

/** Reads forward through one byte string. */
export class Reader {
  readonly #bytes: Bytes
  #offset = 0
  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }
  /** A view (not a copy) of the next `length` bytes. */
  take(length: number): Bytes {
    if (length > this.remaining) throw malformed('truncated', { wanted: length, left: this.remaining })
    const view = this.#bytes.subarray(this.#offset, this.#offset + length)
    this.#offset += length
    return view
  }
}

/** A two-way mapping between values and bytes. `decode` takes exactly one encoding, nothing after it. */
export interface Codec<T> {
  encode(value: T): Bytes
  decode(bytes: Bytes): T
  /** Reads one value from a longer input. */
  read(reader: Reader): T
  /** What the value is made of, for tools that look at a message field by field; encoding and decoding do not use it. */
  readonly anatomy?: Anatomy
}

/** Named parts in the order of their bytes, items after a u32 count, or bytes with a name for what they are ("scalar"). */
export interface Anatomy {
  // biome-ignore lint/suspicious/noExplicitAny: see AnyCodec
  readonly parts?: Readonly<Record<string, Codec<any>>>
  // biome-ignore lint/suspicious/noExplicitAny: see AnyCodec
  readonly item?: Codec<any>
  readonly meaning?: string
}

/** The type a codec carries. */
export type Infer<C> = C extends Codec<infer T> ? T : never

// biome-ignore lint/suspicious/noExplicitAny: a codec is invariant in its type, so "some codec" cannot be written with unknown
type AnyCodec = Codec<any>

/** The error of every decoder: `malformed-bytes` with what is wrong. */
export const malformed = (reason: string, context: Record<string, string | number> = {}): PoolError =>
  new PoolError('malformed-bytes', { reason, ...context })

/** A codec from its two halves. `write` must reject what `read` would. */
export function codec<T>(write: (value: T) => Bytes, read: (reader: Reader) => T, anatomy?: Anatomy): Codec<T> {
  return {
    encode: write,
    read,
    ...(anatomy === undefined ? {} : { anatomy }),
    decode(bytes) {
      if (!(bytes instanceof Uint8Array)) throw malformed('not bytes')
      const reader = new Reader(bytes)
      const value = read(reader)
      if (reader.remaining !== 0) throw malformed('trailing bytes', { left: reader.remaining })
      return value
    },
  }
}

function unsigned(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw malformed('integer out of range', { max })
  return value
}

export const u8: Codec<number> = codec(
  v => Uint8Array.of(unsigned(v, 0xff)),
  r => r.take(1)[0] as number,
)
export const u16: Codec<number> = codec(
  v => u16be(unsigned(v, 0xffff)),
  r => Number(bytesToBigint(r.take(2))),
)
export const u32: Codec<number> = codec(
  v => u32be(unsigned(v, 0xffff_ffff)),
  r => Number(bytesToBigint(r.take(4))),
)
/** 64-bit as a JS number; values above 2^53-1 are refused. */
export const u53: Codec<number> = codec(
  v => u64be(unsigned(v, Number.MAX_SAFE_INTEGER)),
  r => {
    const value = bytesToBigint(r.take(8))
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('integer above 2^53 - 1')
    return Number(value)
  },
)
export const u64: Codec<bigint> = codec(
  v => {
    if (v < 0n || v >= 1n << 64n) throw malformed('integer out of range', { max: '2^64 - 1' })
    return u64be(v)
  },
  r => bytesToBigint(r.take(8)),
)
export const u256: Codec<bigint> = codec(
  v => bigintToBytes(v, 32),
  r => bytesToBigint(r.take(32)),
)

export const bool: Codec<boolean> = codec(
  v => Uint8Array.of(v ? 1 : 0),
  r => {
    const byte = r.take(1)[0] as number
    if (byte > 1) throw malformed('boolean is neither 0 nor 1')
    return byte === 1
  },
)

/** Exactly `length` bytes; decoded as a copy. `meaning` only names them. */
export const fixed = (length: number, meaning?: string): Codec<Bytes> =>
  codec(
    v => {
      if (!(v instanceof Uint8Array) || v.length !== length) throw malformed('wrong length', { expected: length })
      return v
    },
    r => r.take(length).slice(),
    meaning === undefined ? undefined : { meaning },
  )

/** u32 length, then at most `max` bytes; decoded as a copy. */
export const blob = (max: number): Codec<Bytes> =>
  codec(
    v => {
      if (!(v instanceof Uint8Array) || v.length > max) throw malformed('too long', { max })
      return concat(u32be(v.length), v)
    },
    r => {
      const length = u32.read(r)
      if (length > max) throw malformed('too long', { max, length })
      return r.take(length).slice()
    },
  )

/** u32 length, then at most `max` bytes of well-formed UTF-8. */
export const text = (max: number): Codec<string> => {
  const raw = blob(max)
  return codec(
    v => raw.encode(utf8(v)),
    r => {
      const bytes = raw.read(r)
      const value = decodeUtf8(bytes)
      if (value === undefined) throw malformed('not UTF-8')
      return value
    },
  )
}

function decodeUtf8(bytes: Bytes): string | undefined {
  let out = ''
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i] as number
    const size = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0
    if (size === 0 || i + size > bytes.length) return undefined
    let point = size === 1 ? lead : lead & (0xff >> (size + 1))
    for (let k = 1; k < size; k++) {
      const next = bytes[i + k] as number
      if ((next & 0xc0) !== 0x80) return undefined
      point = (point << 6) | (next & 0x3f)
    }
    const minimum = [0, 0, 0x80, 0x800, 0x10000][size] as number
    if (point < minimum || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
    out += String.fromCodePoint(point)
    i += size
  }
  return out
}

/** u32 count, then at most `max` items. */
export const list = <T>(item: Codec<T>, max: number): Codec<T[]> =>
  codec(
    v => {
      if (v.length > max) throw malformed('too many items', { max })
      return concat(u32be(v.length), ...v.map(item.encode))
    },
    r => {
      const count = u32.read(r)
      if (count > max) throw malformed('too many items', { max, count })
      const out: T[] = []
      for (let i = 0; i < count; i++) out.push(item.read(r))
      return out
    },
    { item },
  )

/** 0, or 1 and the value. */
export const option = <T>(item: Codec<T>): Codec<T | undefined> =>
  codec(
    v => (v === undefined ? Uint8Array.of(0) : concat(Uint8Array.of(1), item.encode(v))),
    r => (bool.read(r) ? item.read(r) : undefined),
  )

/** Named fields, in the order of the declaration. */
export function struct<F extends Record<string, AnyCodec>>(fields: F): Codec<{ [K in keyof F]: Infer<F[K]> }>
export function struct(fields: Record<string, AnyCodec>): Codec<Record<string, unknown>> {
  const entries = Object.entries(fields)
  return codec(
    v => concat(...entries.map(([key, field]) => field.encode(v[key]))),
    r => Object.fromEntries(entries.map(([key, field]) => [key, field.read(r)])),
    { parts: fields },
  )
}

/** One byte that must equal `version`; every stored format starts with it. */
export const version = (expected: number): Codec<number> =>
  codec(
    v => {
      if (v !== expected) throw malformed('wrong version', { expected })
      return u8.encode(v)
    },
    r => {
      const got = u8.read(r)
      if (got !== expected) throw malformed('unknown version', { expected, got })
      return got
    },
  )

/** u8 tag, then the variant of that tag: a discriminated union on `kind`. */
export function union<V extends Record<string, { tag: number; body: AnyCodec }>>(
  variants: V,
): Codec<{ [K in keyof V]: { kind: K } & Infer<V[K]['body']> }[keyof V]>
export function union(variants: Record<string, { tag: number; body: AnyCodec }>): Codec<{ kind: string }> {
  const byTag = new Map(Object.entries(variants).map(([kind, { tag, body }]) => [tag, { kind, body }]))
  return codec(
    v => {
      const variant = variants[v.kind]
      if (variant === undefined) throw malformed('unknown kind', { kind: String(v.kind) })
      return concat(u8.encode(variant.tag), variant.body.encode(v))
    },
    r => {
      const tag = u8.read(r)
      const variant = byTag.get(tag)
      if (variant === undefined) throw malformed('unknown tag', { tag })
      return { kind: variant.kind, ...(variant.body.read(r) as object) }
    },
  )
}
