/**
 * Values as they may be logged and sent between threads: plain data without secrets.
 * @module
 */
import { Secret } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'

/** Plain data: what JSON and a structured clone carry unchanged. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

const SECRET_NAME = /pass(word|phrase)(?!file)|secret|seed|private|share(s?)$|votekey|datakey|signingkey|credential|authorization|token|mnemonic/i
const DEPTH = 6
const TEXT = 2_000

/**
 * A value as it may be logged: bytes as their length, Secret and instances of classes as their name, URLs without user and query, long text cut.
 * Only plain objects and arrays are looked into, so a key share, a tuple or an identity never prints.
 */
export function plain(value: unknown, depth = DEPTH): Plain {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return withoutCredentials(value.length > TEXT ? `${value.slice(0, TEXT)}…` : value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object') return `[${typeof value}]`
  if (value instanceof Secret) return `[redacted ${value.label}]`
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (depth === 0) return '[deep]'
  if (Array.isArray(value)) return value.map(item => plain(item, depth - 1))
  if (value instanceof PoolError) return { code: value.code, message: withoutCredentials(value.message), context: plain(value.context, depth - 1) }
  if (value instanceof Error) return { name: value.name, message: withoutCredentials(value.message) }
  if (value instanceof Set) return plain([...value], depth - 1)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `[${(value as object).constructor.name}]`
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, isPublic(key, field) ? plain(field, depth - 1) : '[redacted]']),
  )
}

/** Numbers and booleans under a suspicious name are counts and flags. */
const isPublic = (key: string, field: unknown): boolean => typeof field === 'number' || typeof field === 'boolean' || !SECRET_NAME.test(key)

/** `https://user:password@host/path?key=…` keeps scheme and host only. */
function withoutCredentials(text: string): string {
  return text.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]*@)?([^\s/?#]+)([^\s?#]*)(\?[^\s#]*)?/gi,
    (_, scheme: string, host: string, path: string) => {
      const isRpcKey = path.split('/').some(part => part.length >= 20)
      return `${scheme}${host}${isRpcKey ? '/…' : path}`
    },
  )
}
