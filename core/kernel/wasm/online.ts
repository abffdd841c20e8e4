/**
 * The arithmetic of the two online rounds, on pointers. To be called inside a step.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { OnlineCorrections } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'
import { ALICE, BOB } from './multiplication.ts'
import { assertScalar } from './proof.ts'

const { scalar: SCALAR, point: POINT } = LENGTHS

/** What the online rounds add up: r, x, phi, then psi, u and v. */
export const ONLINE = { nonce: 0, x: SCALAR, phi: 2 * SCALAR, psi: 3 * SCALAR, u: 4 * SCALAR, v: 5 * SCALAR, size: 6 * SCALAR } as const
/** In the products with a peer, `ALICE` | `BOB`. */
const BETA = ALICE.size + BOB.beta
const D_K = ALICE.size + BOB.dK
const D_X = ALICE.size + BOB.dX

const invalidPoint = (title: string): PoolError => new PoolError('invalid-point', { title, expected: 'a compressed point of secp256k1' })

/** x = weight·(s + tweak) + Σ ± Hs("zero"; seed, bind). */
function keyShare(
  machine: Machine,
  out: Pointer,
  input: { share: Pointer; weight: bigint; tweak: bigint; bind: Bytes; zeroSeeds: readonly { at: Pointer; subtract: boolean }[] },
): void {
  const { call } = machine
  assertScalar(input.weight)
  assertScalar(input.tweak)
  call.sc_add(out, input.share, machine.putScalar(input.tweak))
  call.sc_mul(out, out, machine.putScalar(input.weight))
  const value = machine.take(SCALAR)
  for (const { at, subtract } of input.zeroSeeds) {
    machine.hasher.start('zero').part(at, LENGTHS.seed).bytes(input.bind).scalar(value)
    if (subtract) call.sc_sub(out, out, value)
    else call.sc_add(out, out, value)
  }
  if (call.sc_is_zero(out) === 1) throw new PoolError('internal', { reason: 'a key share of zero' })
}

/** O1: fixes x and phi, and gives the corrections for each peer. `products` are where the products with each lie. */
export function openOnline(
  machine: Machine,
  input: {
    online: Pointer
    share: Pointer
    weight: bigint
    tweak: bigint
    bind: Bytes
    zeroSeeds: readonly { at: Pointer; subtract: boolean }[]
    seed?: Bytes | undefined
    products: ReadonlyMap<number, Pointer>
  },
): { keyPoint: Bytes; corrections: ReadonlyMap<number, OnlineCorrections> } {
  const { online, seed, products } = input
  const { call } = machine
  // x, then t_k and t_x of each peer: one batch of multiples of G
  const scalars = machine.take((1 + 2 * products.size) * SCALAR)
  const points = machine.take((1 + 2 * products.size) * POINT)
  keyShare(machine, scalars, input)
  let end = scalars + SCALAR
  for (const at of products.values()) {
    call.mem_copy(end, at + ALICE.tK, 2 * SCALAR)
    if (call.sc_is_zero(end) === 1 || call.sc_is_zero(end + SCALAR) === 1)
      throw new PoolError('invalid-scalar', { title: 'scalar', expected: '0 < k < n' })
    end += 2 * SCALAR
  }
  call.ec_base(points, scalars, 1 + 2 * products.size)

  const phi = online + ONLINE.phi
  for (const at of products.values()) if (seed === undefined) call.mem_copy(phi, at + BETA, SCALAR)
  if (seed !== undefined) machine.drawFrom(seed, phi, 1)
  call.mem_copy(online + ONLINE.x, scalars, SCALAR)
  call.mem_copy(online + ONLINE.psi, phi, SCALAR)

  const sent = machine.take(SCALAR)
  const difference = (a: Pointer, b: Pointer): Bytes => {
    call.sc_sub(sent, a, b)
    call.sc_to_be(sent, sent, 1)
    return machine.copyOut(sent, SCALAR)
  }
  const corrections = new Map<number, OnlineCorrections>()
  let point = points + POINT
  for (const [peer, at] of products) {
    corrections.set(peer, {
      gammaK: difference(online + ONLINE.nonce, at + ALICE.alphaK),
      gammaX: difference(scalars, at + ALICE.alphaX),
      gammaPointK: machine.copyOut(point, POINT),
      gammaPointX: machine.copyOut(point + POINT, POINT),
      ...(seed === undefined ? {} : { psi: difference(phi, at + BETA) }),
    })
    point += 2 * POINT
  }
  return { keyPoint: machine.copyOut(points, POINT), corrections }
}

/** What a peer sends in O1, in the order in which it is looked at. */
const POINTS = ['noncePoint', 'gammaPointK', 'gammaPointX', 'keyPoint'] as const

/**
 * Checks O1 of one peer and adds it: c = gamma·beta + d, beta·P = c·G + Gamma, for nonce and key.
 * @throws {PoolError} `invalid-point`, `invalid-scalar`, `gamma-k`, `gamma-x`, in this order.
 */
export function addChecked(
  machine: Machine,
  online: Pointer,
  products: Pointer,
  sent: OnlineCorrections & { readonly noncePoint: Bytes; readonly keyPoint: Bytes },
): void {
  const { call } = machine
  for (const name of POINTS) if (!(sent[name] instanceof Uint8Array) || sent[name].length !== POINT) throw invalidPoint(name)
  const points = machine.take(4 * POINT)
  const [nonce, gammaK, gammaX, key] = [points, points + POINT, points + 2 * POINT, points + 3 * POINT]
  for (const [i, name] of POINTS.entries()) machine.memory.set(sent[name], points + i * POINT)
  /** Points come before scalars in the order of checks; the checks of the products decode them anyway. */
  const refusePoint = (): void => {
    const bad = call.ec_validate(points, 4)
    if (bad >= 0) throw invalidPoint(POINTS[bad] as string)
  }
  const received = (bytes: Bytes, title: string): Pointer => {
    const at = machine.take(SCALAR)
    if (bytes instanceof Uint8Array && bytes.length === SCALAR) {
      machine.memory.set(bytes, at)
      if (call.sc_from_be(at, at, 1) === 1) return at
    }
    refusePoint()
    throw new PoolError('invalid-scalar', { title, expected: '32 bytes of a value below the curve order' })
  }

  const beta = products + BETA
  const ck = machine.take(SCALAR)
  const cx = machine.take(SCALAR)
  call.sc_mul(ck, received(sent.gammaK, 'gammaK'), beta)
  call.sc_add(ck, ck, products + D_K)
  call.sc_mul(cx, received(sent.gammaX, 'gammaX'), beta)
  call.sc_add(cx, cx, products + D_X)
  const psi = sent.psi === undefined ? undefined : received(sent.psi, 'psi')

  if (call.sc_is_zero(beta) === 1) throw new PoolError('gamma-k')
  const isNonceRight = call.ec_is_product(beta, nonce, ck, gammaK)
  const isKeyRight = call.ec_is_product(beta, key, cx, gammaX)
  if (isNonceRight === -1 || isKeyRight === -1) {
    refusePoint()
    throw invalidPoint('point')
  }
  if (isNonceRight !== 1) throw new PoolError('gamma-k')
  if (isKeyRight !== 1) throw new PoolError('gamma-x')

  const { nonce: _, ...at } = ONLINE
  if (psi !== undefined) call.sc_add(online + at.psi, online + at.psi, psi)
  call.sc_add(ck, ck, products + ALICE.tK)
  call.sc_add(online + at.u, online + at.u, ck)
  call.sc_add(cx, cx, products + ALICE.tX)
  call.sc_add(online + at.v, online + at.v, cx)
}

/** O2: u = Σu + r_i·psi, v = Σv + x·psi, w = message·phi + r·v. */
export function finishOnline(machine: Machine, online: Pointer, message: bigint, r: bigint): { u: Bytes; w: Bytes } {
  const { call } = machine
  assertScalar(message)
  assertScalar(r)
  const u = machine.take(SCALAR)
  const w = machine.take(SCALAR)
  const product = machine.take(SCALAR)
  call.sc_mul(u, online + ONLINE.nonce, online + ONLINE.psi)
  call.sc_add(u, u, online + ONLINE.u)
  call.sc_mul(w, online + ONLINE.x, online + ONLINE.psi)
  call.sc_add(w, w, online + ONLINE.v)
  call.sc_mul(w, w, machine.putScalar(r))
  call.sc_mul(product, online + ONLINE.phi, machine.putScalar(message))
  call.sc_add(w, w, product)
  const out = machine.take(2 * SCALAR)
  call.sc_to_be(out, u, 1)
  call.sc_to_be(out + SCALAR, w, 1)
  return { u: machine.copyOut(out, SCALAR), w: machine.copyOut(out + SCALAR, SCALAR) }
}
