/**
 * The engine in use. It is chosen once, before the first step: the compiled one where the platform runs it, else its twin.
 * @module
 */
import { type Bytes, bytesToBigint } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { CURVE_ORDER, type Tag } from '../transcript.ts'
import type { Kernel, KernelName } from './kernel.ts'
import { referenceKernel } from './reference/reference-kernel.ts'
import { createWasmKernel } from './wasm/engine.ts'

export type * from './kernel.ts'
export { recoverAddress } from './recover.ts'
export { LENGTHS, SHAPE } from './shape.ts'
export { referenceKernel }

let chosen: Kernel | undefined

function choose(name: KernelName | undefined): Kernel {
  if (name === 'reference') return referenceKernel
  try {
    return createWasmKernel()
  } catch (cause) {
    // no SIMD, or a page whose policy allows no compilation; what is wrong with the module itself is another matter
    if (!(cause instanceof WebAssembly.CompileError)) throw cause
    if (name === 'wasm') throw new PoolError('kernel-unsupported', {}, { cause })
    return referenceKernel
  }
}

/**
 * Decides for an engine; `undefined` for the best that this platform runs. Call it before anything else uses the kernel.
 * @throws {PoolError} `invalid-argument` when another engine is in use already, `kernel-unsupported` for `wasm` on a platform without 128-bit SIMD.
 */
export function selectKernel(name: KernelName | undefined): void {
  if (chosen !== undefined && name !== undefined && chosen.name !== name)
    throw new PoolError('invalid-argument', { title: 'kernel', expected: `${chosen.name}, which is in use`, got: name })
  chosen ??= choose(name)
}

const current = (): Kernel => {
  chosen ??= choose(undefined)
  return chosen
}

/** The engine in use. */
export const kernel: Kernel = {
  get name() {
    return current().name
  },
  get scalars() {
    return current().scalars
  },
  get points() {
    return current().points
  },
  H: (tag, parts, length) => current().H(tag, parts, length),
  deal: input => current().deal(input),
  openPair: input => current().openPair(input),
  openTuple: seed => current().openTuple(seed),
  hold: (kind, bytes) => current().hold(kind, bytes),
  unseal: (kind, key, context, sealed) => current().unseal(kind, key, context, sealed),
  verify: (signature, digest, publicKey) => current().verify(signature, digest, publicKey),
  recover: (signature, digest) => current().recover(signature, digest),
  signWith: (secret, digest) => current().signWith(secret, digest),
}

/** `H` of core/transcript.ts, by the engine in use. For public inputs. */
export const H = (tag: Tag, parts: readonly Bytes[], length?: number): Bytes => current().H(tag, parts, length)

/** A scalar: 48 bytes of `H` as a big-endian integer, reduced mod the curve order. For public inputs. */
export const Hs = (tag: Tag, parts: readonly Bytes[]): bigint => bytesToBigint(H(tag, parts, 48)) % CURVE_ORDER
