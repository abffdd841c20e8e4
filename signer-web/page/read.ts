/**
 * Reads fields out of JSON of which nothing is promised.
 * @module
 */

/** The object, or an empty one. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A finite number, or one in decimal digits. */
export function number(value: unknown): number | undefined {
  const read = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined
}

export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export const integers = (value: unknown): readonly number[] => array(value).filter((entry): entry is number => Number.isSafeInteger(entry))

/** A large integer in decimal digits or hex. */
export const large = (value: unknown): bigint | undefined =>
  (typeof value === 'string' && /^(\d+|0x[0-9a-f]+)$/i.test(value)) || Number.isSafeInteger(value) ? BigInt(value as string | number) : undefined
