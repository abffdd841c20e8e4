/**
 * The compiled engine: secrets live in the module's memory and are computed on there in constant time; what JavaScript holds of them is handles.
 * @module
 */
import type { Kernel } from '../kernel.ts'
import { deal } from './dealing.ts'
import { signWith } from './ecdsa.ts'
import { hashOf } from './hash.ts'
import { hold, unseal } from './held.ts'
import { Machine } from './machine.ts'
import { openPair } from './pair-setup.ts'
import { pointsOf } from './points.ts'
import { scalarsOf } from './scalars.ts'
import { openTuple } from './tuple.ts'
import { recover, verify } from './verify.ts'

/** The engine over an instance of the module. */
export function kernelOn(machine: Machine): Kernel {
  return {
    name: 'wasm',
    scalars: scalarsOf(machine),
    points: pointsOf(machine),
    H: hashOf(machine),
    deal: input => deal(machine, input),
    openPair: input => openPair(machine, input),
    openTuple: seed => openTuple(machine, seed),
    hold: (kind, bytes) => hold(machine, kind, bytes),
    unseal: (kind, key, context, sealed) => unseal(machine, kind, key, context, sealed),
    verify: (signature, digest, publicKey) => verify(machine, signature, digest, publicKey),
    recover: (signature, digest) => recover(machine, signature, digest),
    signWith: (secret, digest) => signWith(machine, secret, digest),
  }
}

/** An engine with an instance of its own. Where `isSupported()` of `instance.ts` is false it throws a `WebAssembly.CompileError`. */
export const createWasmKernel = (): Kernel => kernelOn(new Machine())
