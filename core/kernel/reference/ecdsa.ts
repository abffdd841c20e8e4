/**
 * ECDSA by a key that is not shared: vote keys.
 * @module
 */
import { assertBytes, bytesToBigint, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { CURVE_ORDER, H } from '../../transcript.ts'
import type { Kernel } from '../kernel.ts'
import { assertNonzero, reduce } from './scalars.ts'
import { drawFrom } from './stream.ts'
import { twin } from './twin.ts'

const { scalars, points } = twin

/** r, s and the parity of the nonce point. */
export const signWith: Kernel['signWith'] = (secret, digest) => {
  assertBytes(secret, 'secret key', 32)
  assertBytes(digest, 'digest', 32)
  const d = bytesToBigint(secret)
  assertNonzero(d)
  const z = reduce(bytesToBigint(digest))
  const seed = H('nonce', [secret, scalars.encode(z)])
  const k = scalars.random(drawFrom(seed, 96))
  wipe(seed)
  const point = points.multiplyBase(k)
  const x = bytesToBigint(point.subarray(1))
  const r = reduce(x)
  const s = scalars.multiply(scalars.add(z, scalars.multiply(r, d)), scalars.invert(k))
  const yParity = (point[0] as number) & 1
  // Of chance 2^-127: then x is not r, and nobody can recover the key from r and a parity.
  if (x !== r || r === 0n || s === 0n) throw new PoolError('internal', { reason: 'a nonce that gives no recoverable signature' })
  return s > CURVE_ORDER / 2n ? { r, s: CURVE_ORDER - s, yParity: yParity ^ 1 } : { r, s, yParity }
}
