/**
 * The secrets that outlive a step, as handles: where a secret lies is private to them, and they print as `[redacted …]`.
 * @module
 */
import { assertBytes, type Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { Held, HeldKind, HeldOf, OpenProof, PairState, SecretShare, ZeroSeed } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import { type Block, Blocks, ownedBy } from './block.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'
import { assertScalar, openProof } from './proof.ts'
import { openContent, sealContent } from './sealing.ts'

/** Bytes of each kind, sealed, plain and in the memory. A share lies there little-endian; outside it is big-endian. */
const SIZES: Readonly<Record<HeldKind, number>> = { 'share': LENGTHS.scalar, 'zero-seed': LENGTHS.seed, 'pair': LENGTHS.pair }
const LABELS: Readonly<Record<HeldKind, string>> = { 'share': 'key share', 'zero-seed': 'zero seed', 'pair': 'OT state' }

let blockOf: (held: WasmHeld) => Block
let blocksOf: (held: WasmHeld) => Blocks

abstract class WasmHeld implements Held {
  abstract readonly kind: HeldKind
  readonly #block: Block
  /** The secret and what belongs to it. */
  readonly #blocks = new Blocks()

  /** Copies the secret from a pointer. */
  constructor(machine: Machine, kind: HeldKind, from: Pointer) {
    this.#block = this.#blocks.add(machine, SIZES[kind], LABELS[kind])
    machine.call.mem_copy(this.#block.at, from, SIZES[kind])
    ownedBy(this, this.#blocks)
  }
  static {
    blockOf = held => held.#block
    blocksOf = held => held.#blocks
  }
  get wiped(): boolean {
    return this.#block.freed
  }
  seal(key: Bytes, context: Bytes): Bytes {
    const { machine } = this.#block
    return machine.step(() => {
      const { at } = this.#block
      const length = SIZES[this.kind]
      return sealContent(machine, key, context, this.kind === 'share' ? bigEndian(machine, at) : at, length)
    })
  }
  wipe(): void {
    this.#blocks.freeAll()
  }
  toString(): string {
    return `[redacted ${this.#block.label}]`
  }
  toJSON(): string {
    return this.toString()
  }
}

function bigEndian(machine: Machine, scalar: Pointer): Pointer {
  const out = machine.take(LENGTHS.scalar)
  machine.call.sc_to_be(out, scalar, 1)
  return out
}

class WasmShare extends WasmHeld implements SecretShare {
  readonly kind = 'share'
  readonly publicShare: Bytes
  constructor(machine: Machine, scalar: Pointer) {
    super(machine, 'share', scalar)
    const point = machine.take(LENGTHS.point)
    machine.call.ec_base(point, scalar, 1)
    this.publicShare = machine.copyOut(point, LENGTHS.point)
  }
  prove(seed: Bytes): OpenProof {
    assertBytes(seed, 'seed', LENGTHS.seed)
    const { machine } = blockOf(this)
    return machine.step(() => {
      // through the handle, so that a proof keeps its share
      const secrets = (): Pointer => blockOf(this).at
      secrets()
      const rho = machine.take(LENGTHS.scalar)
      machine.drawFrom(seed, rho, 1)
      return openProof(machine, blocksOf(this), rho, secrets, 1)
    })
  }
  weighted(weight: bigint): Bytes {
    const { machine } = blockOf(this)
    return machine.step(() => machine.copyOut(bigEndian(machine, weightedAt(machine, this, weight)), LENGTHS.scalar))
  }
}

class WasmZeroSeed extends WasmHeld implements ZeroSeed {
  readonly kind = 'zero-seed'
}

class WasmPair extends WasmHeld implements PairState {
  readonly kind = 'pair'
}

/**
 * Takes a secret into a handle; called inside a step.
 * @param at plain bytes of this kind, a share as a nonzero little-endian scalar.
 */
export function heldAt<K extends HeldKind>(machine: Machine, kind: K, at: Pointer): HeldOf[K]
export function heldAt(machine: Machine, kind: HeldKind, at: Pointer): HeldOf[HeldKind] {
  if (kind === 'share') return new WasmShare(machine, at)
  return kind === 'pair' ? new WasmPair(machine, 'pair', at) : new WasmZeroSeed(machine, 'zero-seed', at)
}

/** Plain bytes in the memory, whose length is checked, into a handle. @throws {PoolError} `invalid-scalar` for a share that is 0 or not below n. */
function heldFrom<K extends HeldKind>(machine: Machine, kind: K, at: Pointer): HeldOf[K] {
  if (kind !== 'share') return heldAt(machine, kind, at)
  const scalar = machine.take(LENGTHS.scalar)
  if (machine.call.sc_from_be(scalar, at, 1) === 0 || machine.call.sc_is_zero(scalar) === 1)
    throw new PoolError('invalid-scalar', { title: 'key share', expected: '0 < s < n' })
  return heldAt(machine, kind, scalar)
}

/** @throws {PoolError} `invalid-argument` for another length, `invalid-scalar` */
export function hold<K extends HeldKind>(machine: Machine, kind: K, bytes: Bytes): HeldOf[K] {
  assertBytes(bytes, kind, SIZES[kind])
  return machine.step(() => heldFrom(machine, kind, machine.put(bytes)))
}

/** @throws {PoolError} `seal-mismatch`; `invalid-argument` for a secret of another kind. */
export function unseal<K extends HeldKind>(machine: Machine, kind: K, key: Bytes, context: Bytes, sealed: Bytes): HeldOf[K] {
  return machine.step(() => {
    const { at, length } = openContent(machine, key, context, sealed)
    if (length !== SIZES[kind]) throw new PoolError('invalid-argument', { title: kind, expected: `${SIZES[kind]} bytes`, got: length })
    return heldFrom(machine, kind, at)
  })
}

/** weight·s in scratch. @throws {PoolError} `invalid-scalar` unless the weight is in [1, n), and as `secretAt`. */
export function weightedAt(machine: Machine, share: SecretShare, weight: bigint): Pointer {
  if (weight === 0n) throw new PoolError('invalid-scalar', { title: 'weight', expected: '0 < k < n' })
  assertScalar(weight)
  const out = machine.take(LENGTHS.scalar)
  machine.call.sc_mul(out, secretAt(machine, share, 'share'), machine.putScalar(weight))
  return out
}

/**
 * Where the secret of a handle lies.
 * @throws {PoolError} `invalid-argument` for a handle of another kind, engine or instance; `secret-used`, `kernel-stopped`.
 */
export function secretAt(machine: Machine, held: Held, kind: HeldKind): Pointer {
  if (!(held instanceof WasmHeld) || held.kind !== kind || blockOf(held).machine !== machine)
    throw new PoolError('invalid-argument', { title: kind, expected: 'a secret held by the same kernel' })
  return blockOf(held).at
}
