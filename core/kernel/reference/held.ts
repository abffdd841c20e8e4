/**
 * The secrets that outlive a step, as objects that do not print.
 * @module
 */
import { assertBytes, type Bytes, concat, Secret, u32be, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { H, Hs } from '../../transcript.ts'
import type { Held, HeldKind, HeldOf, OpenProof, PairState, SecretShare, ZeroSeed } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import { assertNonzero } from './scalars.ts'
import { seal } from './seal.ts'
import { drawFrom } from './stream.ts'
import { twin } from './twin.ts'

const { scalars, points } = twin

abstract class HeldBytes implements Held {
  readonly #secret: Secret
  #wiped = false
  constructor(label: string, bytes: Bytes) {
    this.#secret = new Secret(label, bytes)
  }
  get wiped(): boolean {
    return this.#wiped
  }
  /** The live buffer, for this folder. @throws {PoolError} `secret-used` */
  expose(): Bytes {
    return this.#secret.expose()
  }
  seal(key: Bytes, context: Bytes): Bytes {
    assertBytes(key, 'sealing key', LENGTHS.seed)
    return seal(key, context, this.expose())
  }
  wipe(): void {
    this.#secret.wipe()
    this.#wiped = true
  }
  toString(): string {
    return this.#secret.toString()
  }
  toJSON(): string {
    return this.toString()
  }
}

/** Proof of knowledge of `secrets` together. */
export function openProof(rho: bigint, secrets: () => readonly bigint[]): OpenProof {
  let nonce: bigint | undefined = rho
  return {
    commitment: points.multiplyBase(rho),
    respond(challenge) {
      if (nonce === undefined) throw new PoolError('secret-used', { label: 'proof nonce' })
      let power = challenge
      let z = nonce
      nonce = undefined
      for (const secret of secrets()) {
        z = scalars.add(z, scalars.multiply(secret, power))
        power = scalars.multiply(power, challenge)
      }
      return scalars.encode(z)
    },
  }
}

export class ReferenceShare extends HeldBytes implements SecretShare {
  readonly kind = 'share'
  readonly publicShare: Bytes
  constructor(bytes: Bytes) {
    super('key share', bytes)
    this.publicShare = points.multiplyBase(this.scalar())
  }
  scalar(): bigint {
    return scalars.decode(this.expose(), 'key share')
  }
  prove(seed: Bytes): OpenProof {
    this.expose()
    return openProof(scalars.random(drawFrom(seed)), () => [this.scalar()])
  }
  /** weight·s. */
  times(weight: bigint): bigint {
    assertNonzero(weight)
    return scalars.multiply(this.scalar(), weight)
  }
  weighted(weight: bigint): Bytes {
    return scalars.encode(this.times(weight))
  }
}

export class ReferenceZeroSeed extends HeldBytes implements ZeroSeed {
  readonly kind = 'zero-seed'
  constructor(bytes: Bytes) {
    super('zero seed', bytes)
  }
  /** Hs("zero"; seed, bind). */
  value(bind: Bytes): bigint {
    return Hs('zero', [this.expose(), bind])
  }
}

export class ReferencePair extends HeldBytes implements PairState {
  readonly kind = 'pair'
  constructor(bytes: Bytes) {
    super('OT state', bytes)
  }
  get delta(): Bytes {
    return this.expose().subarray(0, LENGTHS.delta)
  }
  get aliceLeaves(): Bytes {
    return this.expose().subarray(LENGTHS.delta, LENGTHS.delta + LENGTHS.leaves)
  }
  get bobLeaves(): Bytes {
    return this.expose().subarray(LENGTHS.delta + LENGTHS.leaves)
  }
}

const kinds: { readonly [K in HeldKind]: { readonly length: number; hold(bytes: Bytes): HeldOf[K] } } = {
  'share': { length: LENGTHS.scalar, hold: bytes => new ReferenceShare(bytes) },
  'zero-seed': { length: LENGTHS.seed, hold: bytes => new ReferenceZeroSeed(bytes) },
  'pair': { length: LENGTHS.pair, hold: bytes => new ReferencePair(bytes) },
}

/** Copies plain bytes into an object of this kind. @throws {PoolError} `invalid-argument`, `invalid-scalar` */
export function hold<K extends HeldKind>(kind: K, bytes: Bytes): HeldOf[K] {
  assertBytes(bytes, kind, kinds[kind].length)
  const copy = bytes.slice()
  try {
    return kinds[kind].hold(copy)
  } catch (error) {
    wipe(copy)
    throw error
  }
}

/** An object of this engine. @throws {PoolError} `invalid-argument` for one of another. */
export function own<T>(type: abstract new (...args: never[]) => T, value: unknown, title: string): T {
  if (!(value instanceof type)) throw new PoolError('invalid-argument', { title, expected: 'a secret held by the same kernel' })
  return value
}

/** `H("zero-seed"; V2, i, j, z_ij, z_ji)` for i < j, each side having contributed 32 bytes. */
export function zeroSeed(view: Bytes, self: number, peer: number, mine: Bytes, theirs: Bytes): ReferenceZeroSeed {
  const [low, high, first, second] = self < peer ? [self, peer, mine, theirs] : [peer, self, theirs, mine]
  return new ReferenceZeroSeed(H('zero-seed', [view, u32be(low), u32be(high), first, second]))
}

/** OT state of a pair as one buffer; the parts are wiped. */
export function pairOf(delta: Bytes, aliceLeaves: Bytes, bobLeaves: Bytes): ReferencePair {
  const bytes = concat(delta, aliceLeaves, bobLeaves)
  wipe(delta, aliceLeaves, bobLeaves)
  return new ReferencePair(bytes)
}
