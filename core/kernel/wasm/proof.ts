/**
 * A proof of knowledge of discrete logarithms, between commitment and response.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import type { OpenProof } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import type { Block, Blocks } from './block.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'

const { scalar: SCALAR, point: POINT } = LENGTHS

/** @throws {PoolError} `invalid-scalar` unless 0 <= value < n. */
export function assertScalar(value: bigint): void {
  if (value < 0n || value >= CURVE_ORDER) throw new PoolError('invalid-scalar', { title: 'scalar', expected: '0 <= k < n' })
}

class WasmProof implements OpenProof {
  readonly commitment: Bytes
  readonly #owner: Blocks
  readonly #rho: Block
  readonly #secrets: () => Pointer
  readonly #count: number

  constructor(machine: Machine, owner: Blocks, rho: Pointer, secrets: () => Pointer, count: number) {
    const point = machine.take(POINT)
    machine.call.ec_base(point, rho, 1)
    this.commitment = machine.copyOut(point, POINT)
    this.#owner = owner
    this.#rho = owner.add(machine, SCALAR, 'proof nonce')
    machine.call.mem_copy(this.#rho.at, rho, SCALAR)
    this.#secrets = secrets
    this.#count = count
  }

  /** z = rho + e·(s_0 + e·(s_1 + …)). */
  respond(challenge: bigint): Bytes {
    const { machine } = this.#rho
    return machine.step(() => {
      const rho = machine.take(SCALAR)
      machine.call.mem_copy(rho, this.#rho.at, SCALAR)
      this.#owner.free(this.#rho)
      assertScalar(challenge)
      const secrets = this.#secrets()
      const e = machine.putScalar(challenge)
      const sum = machine.take(SCALAR)
      for (let c = this.#count - 1; c >= 0; c--) {
        machine.call.sc_add(sum, sum, secrets + c * SCALAR)
        machine.call.sc_mul(sum, sum, e)
      }
      machine.call.sc_add(sum, sum, rho)
      const z = machine.take(SCALAR)
      machine.call.sc_to_be(z, sum, 1)
      return machine.copyOut(z, SCALAR)
    })
  }
  toString(): string {
    return '[redacted proof nonce]'
  }
  toJSON(): string {
    return this.toString()
  }
}

/**
 * Opens a proof; called inside a step.
 * @param owner what holds the secrets: its blocks are freed together, the nonce among them. @param rho the nonce, which is copied.
 * @param secrets where `count` scalars lie at the time of the response; it throws when they are gone.
 */
export const openProof = (machine: Machine, owner: Blocks, rho: Pointer, secrets: () => Pointer, count: number): OpenProof =>
  new WasmProof(machine, owner, rho, secrets, count)
