/**
 * The dealer's side of key generation.
 * @module
 */
import { assertBytes, assertInteger, type Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { Dealing, Kernel, OpenProof, SecretShare } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import { type Block, type Blocks, ownedBy, withBlocks } from './block.ts'
import { heldAt, weightedAt } from './held.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'
import { openProof } from './proof.ts'

const { scalar: SCALAR, point: POINT } = LENGTHS
const MAX_THRESHOLD = 256

/** Where the base-transfer key of a dealing lies, and its public part. */
let senderKeyOf: (dealing: WasmDealing) => { machine: Machine; y: Pointer; otKey: Pointer }

class WasmDealing implements Dealing {
  readonly coefficients: readonly Bytes[]
  readonly otKey: Bytes
  readonly proof: OpenProof
  /** f's coefficients, constant term first | y | Σ accepted | A. */
  readonly #block: Block
  readonly #blocks: Blocks
  readonly #threshold: number

  constructor(machine: Machine, blocks: Blocks, seed: Bytes, threshold: number, constant: Pointer | undefined) {
    // f | y | rho
    const drawn = machine.take((threshold + 2) * SCALAR)
    machine.drawFrom(seed, drawn, threshold + 2)
    if (constant !== undefined) machine.call.mem_copy(drawn, constant, SCALAR)
    const points = machine.take((threshold + 1) * POINT)
    machine.call.ec_base(points, drawn, threshold + 1)
    this.coefficients = Array.from({ length: threshold }, (_, c) => machine.copyOut(points + c * POINT, POINT))
    this.otKey = machine.copyOut(points + threshold * POINT, POINT)
    const block = blocks.add(machine, (threshold + 2) * SCALAR + POINT, 'polynomial')
    ownedBy(this, blocks)
    machine.call.mem_copy(block.at, drawn, (threshold + 1) * SCALAR)
    machine.call.mem_copy(block.at + (threshold + 2) * SCALAR, points + threshold * POINT, POINT)
    this.#blocks = blocks
    this.#block = block
    this.#threshold = threshold
    // through the handle, so that a proof keeps its dealing
    this.proof = openProof(machine, blocks, drawn + (threshold + 1) * SCALAR, () => this.#block.at, threshold)
  }
  static {
    senderKeyOf = dealing => {
      const { machine, at } = dealing.#block
      const end = at + dealing.#threshold * SCALAR
      return { machine, y: end, otKey: end + 2 * SCALAR }
    }
  }

  get #received(): Pointer {
    return this.#block.at + (this.#threshold + 1) * SCALAR
  }
  shareFor(index: number): Bytes {
    assertInteger(index, 'index', 1, 0xffff_ffff)
    const { machine } = this.#block
    return machine.step(() => {
      const value = machine.take(SCALAR)
      machine.call.sc_horner(value, this.#block.at, this.#threshold, index)
      // a message to the member who owns it
      machine.call.sc_to_be(value, value, 1)
      return machine.copyOut(value, SCALAR)
    })
  }
  accept(share: Bytes, expected: Bytes): void {
    const { machine } = this.#block
    machine.step(() => {
      const received = this.#received
      if (!(share instanceof Uint8Array) || share.length !== SCALAR) throw new PoolError('invalid-scalar', { title: 'share', expected: '32 bytes' })
      assertBytes(expected, 'expected share', POINT)
      const value = machine.put(share)
      if (machine.call.sc_from_be(value, value, 1) === 0)
        throw new PoolError('invalid-scalar', { title: 'share', expected: 'a value below the curve order' })
      if (machine.call.sc_is_zero(value) === 1) throw new PoolError('bad-share')
      const point = machine.take(POINT)
      machine.call.ec_base(point, value, 1)
      if (machine.call.mem_equal(point, machine.put(expected), POINT) === 0) throw new PoolError('bad-share')
      machine.call.sc_add(received, received, value)
    })
  }
  finish(index: number): SecretShare | undefined {
    assertInteger(index, 'index', 1, 0xffff_ffff)
    const { machine } = this.#block
    return machine.step(() => {
      const value = machine.take(SCALAR)
      machine.call.sc_horner(value, this.#block.at, this.#threshold, index)
      machine.call.sc_add(value, value, this.#received)
      return machine.call.sc_is_zero(value) === 1 ? undefined : heldAt(machine, 'share', value)
    })
  }
  wipe(): void {
    this.#blocks.freeAll()
  }
  toString(): string {
    return '[redacted dealing]'
  }
  toJSON(): string {
    return this.toString()
  }
}

/** Draws a dealing. */
export function deal(machine: Machine, { seed, threshold, constant }: Parameters<Kernel['deal']>[0]): Dealing {
  assertBytes(seed, 'seed', LENGTHS.seed)
  assertInteger(threshold, 'threshold', constant === undefined ? 0 : 1, MAX_THRESHOLD)
  return machine.step(() => {
    const first = constant && weightedAt(machine, constant.share, constant.weight)
    return withBlocks(blocks => new WasmDealing(machine, blocks, seed, threshold, first))
  })
}

/**
 * Where y (a scalar) and A = y·G (33 bytes) of a dealing lie.
 * @throws {PoolError} `invalid-argument` for a dealing of another engine or instance; `secret-used`, `kernel-stopped`.
 */
export function senderKeyAt(machine: Machine, dealing: Dealing): { y: Pointer; otKey: Pointer } {
  const found = dealing instanceof WasmDealing ? senderKeyOf(dealing) : undefined
  if (found?.machine !== machine) throw new PoolError('invalid-argument', { title: 'dealing', expected: 'a secret held by the same kernel' })
  return found
}
