/**
 * The readable engine over @noble/curves and @noble/hashes. Correct first: bigint and noble are not constant-time in the strict sense, and what it
 * computed on stays in the JavaScript heap until it is collected (SECURITY.md).
 * @module
 */
import { wipe } from '../../bytes.ts'
import { H } from '../../transcript.ts'
import type { Kernel } from '../kernel.ts'
import { deal } from './dealing.ts'
import { signWith } from './ecdsa.ts'
import { hold } from './held.ts'
import { openPair } from './pair-setup.ts'
import { unseal } from './seal.ts'
import { openTuple } from './tuple.ts'
import { twin } from './twin.ts'
import { recover, verify } from './verify.ts'

const { add, subtract, multiply, negate, invert, decode, encode } = twin.scalars
const { points } = twin

/** Every step in TypeScript. */
export const referenceKernel: Kernel = {
  name: 'reference',
  scalars: { add, subtract, multiply, negate, invert, decode, encode },
  points: {
    multiply: points.multiplyPublic,
    combine: points.combinePublic,
    add: points.add,
    negate: points.negate,
    validate: points.validate,
    hashToCurve: points.hashToCurve,
    base: points.base,
  },
  H,
  deal,
  openPair,
  openTuple,
  hold,
  unseal(kind, key, context, sealed) {
    const bytes = unseal(key, context, sealed)
    try {
      return hold(kind, bytes)
    } finally {
      wipe(bytes)
    }
  },
  verify,
  recover,
  signWith,
}
