/**
 * Inputs of the subjects, and where they go in the module's memory.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bigintToBytes, concat } from '../../core/bytes.ts'
import type { ModuleBench } from '../../test/support/module-bench.ts'
import type { Input } from './subject.ts'

const { Fn, BASE } = secp256k1.Point

export const ORDER: bigint = Fn.ORDER
export const ROWS = 752

/** Fresh random bytes. */
export const randomBytes = (length: number): Bytes => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(length, at + 65_536)))
  return bytes
}
export const zeros = (length: number): Bytes => new Uint8Array(length)
export const ones = (length: number): Bytes => new Uint8Array(length).fill(0xff)
/** `count` times the same scalar, little-endian. */
export const scalars = (value: bigint, count = 1): Bytes => concat(...Array.from({ length: count }, () => bigintToBytes(value, 32).reverse()))
/** Random points, packed. */
export const points = (count: number): Bytes =>
  concat(...Array.from({ length: count }, () => BASE.multiplyUnsafe(secp256k1.Point.Fn.fromBytes(secp256k1.utils.randomSecretKey())).toBytes()))

/**
 * A place in the module's memory that takes the fixed bytes, or random ones of the same length. Random bytes serve as scalars: the chance that 32 of them
 * are not below the order is 2^-128.
 */
export function input(bench: ModuleBench, fixed: Bytes): Input & { readonly at: number } {
  const at = bench.room(fixed.length)
  return { at, target: bench.instance.memory.subarray(at, at + fixed.length), fixed, random: () => randomBytes(fixed.length) }
}
