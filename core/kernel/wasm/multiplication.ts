/**
 * Random multiplication for an ordered pair Alice, Bob, the part around the vectors: contexts, challenges, the check (`reference/vole.ts` says it
 * readably, and why). To be called inside a step.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'
import { acceptExtension, CHOICES_BYTES, COLUMNS_BYTES, EXTENSION_DRAW, extend } from './ot-extension.ts'

const { transfers, columns: WIDTH } = SHAPE
const SCALAR = LENGTHS.scalar
const HASH = 32
const ROWS_BYTES = transfers * WIDTH * SCALAR
/** The message: nonce 32 | Q | hash of the products 32 | v 32. */
const Q = HASH
const PRODUCTS_HASH = Q + ROWS_BYTES
const V = PRODUCTS_HASH + HASH

/** Alice's lasting state: alpha_k | alpha_x | t_k | t_x. */
export const ALICE = { alphaK: 0, alphaX: SCALAR, tK: 2 * SCALAR, tX: 3 * SCALAR, size: 4 * SCALAR } as const
/** Bob's results: d_k | d_x | beta. */
export const BOB = { dK: 0, dX: SCALAR, beta: 2 * SCALAR, size: 3 * SCALAR } as const
/** Bob's state between his message and Alice's: columns | choice bits | salt | pair context | hash of E. */
const CHOICES_AT = COLUMNS_BYTES
const SALT_AT = CHOICES_AT + 96
const CONTEXT_AT = SALT_AT + HASH
const E_HASH_AT = CONTEXT_AT + HASH
export const WAITING_BYTES = E_HASH_AT + HASH

interface Transcript {
  readonly pairContext: Pointer
  readonly view: Bytes
  readonly salt: Pointer
  readonly extensionHash: Pointer
  /** Alice's message; only its nonce needs to be there at first. */
  readonly message: Pointer
}

/** `pad-key` and `vole-ctx`, both of salt, nonce and view. */
function keysOf(machine: Machine, { pairContext, view, salt, message }: Transcript): { padKey: Pointer; context: Pointer } {
  const padKey = machine.take(HASH)
  const context = machine.take(HASH)
  machine.hasher.start('pad-key').part(salt, HASH).part(message, HASH).bytes(view).finish(padKey)
  machine.hasher.start('vole-ctx').part(pairContext, HASH).bytes(view).part(salt, HASH).part(message, HASH).finish(context)
  return { padKey, context }
}

/** chi = (c1, c2, 1), fixed only once E and Q are. */
function challenge(machine: Machine, context: Pointer, { extensionHash, message }: Transcript): Pointer {
  const chi = machine.take(WIDTH * SCALAR)
  const hashQ = machine.take(HASH)
  machine.hasher.whole(hashQ, 'vole-Q', message + Q, ROWS_BYTES)
  for (let i = 1; i < WIDTH; i++)
    machine.hasher
      .start('vole-chi')
      .part(context, HASH)
      .part(extensionHash, HASH)
      .part(hashQ, HASH)
      .number(i)
      .scalar(chi + (i - 1) * SCALAR)
  machine.memory[chi + (WIDTH - 1) * SCALAR] = 1
  return chi
}

/** H("vole-u"; ctx, U_0, …, U_751). */
const productsHash = (machine: Machine, out: Pointer, context: Pointer, products: Pointer): void =>
  machine.hasher.start('vole-u').part(context, HASH).parts(products, SCALAR, transfers).finish(out)

/** The gadget of a whole message: public to both. */
function gadgetOf(machine: Machine, context: Pointer, { extensionHash, message }: Transcript): Pointer {
  const hash = machine.take(HASH)
  const seed = machine.take(HASH)
  machine.hasher.whole(hash, 'vole-msg', message, LENGTHS.multiplication)
  machine.hasher.start('vole-g').part(context, HASH).part(extensionHash, HASH).part(hash, HASH).finish(seed)
  const gadget = machine.take(transfers * SCALAR)
  machine.call.vole_gadget(gadget, seed)
  return gadget
}

/**
 * Bob's first half.
 * @param input.waiting where his state goes, `WAITING_BYTES`. @param input.leaves all leaves of this direction.
 * @returns where E lies, 3600 bytes.
 */
export function begin(machine: Machine, input: { pairContext: Bytes; leaves: Pointer; seed: Bytes; waiting: Pointer }): Pointer {
  const { pairContext, leaves, seed, waiting } = input
  const { call } = machine
  const drawn = machine.streamOf(seed, EXTENSION_DRAW)
  const e = machine.take(LENGTHS.extension)
  extend(machine, { pairContext, leaves, drawn, e, columns: waiting, salt: waiting + SALT_AT })
  call.mem_copy(waiting + CHOICES_AT, drawn + HASH, CHOICES_BYTES)
  machine.memory.set(pairContext, waiting + CONTEXT_AT)
  machine.hasher
    .start('vole-E')
    .part(e, LENGTHS.extension)
    .finish(waiting + E_HASH_AT)
  return e
}

/**
 * Alice's half: checks Bob's extension, then draws her inputs.
 * @param input.pair Delta | leaves as Alice. @param input.out gets `ALICE`.
 * @returns where her message lies.
 * @throws {PoolError} `ote-check`
 */
export function multiply(
  machine: Machine,
  input: { pairContext: Bytes; view: Bytes; pair: Pointer; extension: Bytes; seed: Bytes; out: Pointer },
): Pointer {
  const { pairContext, view, pair, extension, seed, out } = input
  const { call, hasher } = machine
  const e = machine.put(extension)
  const columns = machine.take(COLUMNS_BYTES)
  const salt = machine.take(HASH)
  acceptExtension(machine, { pairContext, delta: pair, leaves: pair + LENGTHS.delta, e, columns, salt })
  const extensionHash = machine.take(HASH)
  hasher.start('vole-E').part(e, LENGTHS.extension).finish(extensionHash)

  // nonce | alpha_k | alpha_x | mask, with candidates to spare
  const length = HASH + (WIDTH + 2) * SCALAR
  const stream = machine.streamOf(seed, length)
  const message = machine.takeMessage(LENGTHS.multiplication)
  call.mem_copy(message, stream, HASH)
  const inputs = machine.take(WIDTH * SCALAR)
  machine.draw(inputs, stream + HASH, length - HASH, WIDTH)

  const transcript = { pairContext: machine.put(pairContext), view, salt, extensionHash, message }
  const { padKey, context } = keysOf(machine, transcript)
  const zero = machine.take(ROWS_BYTES)
  const one = machine.take(ROWS_BYTES)
  call.vole_pads(zero, padKey, columns, 0)
  call.vole_pads(one, padKey, columns, pair)
  call.vole_corrections(message + Q, zero, one, inputs)

  const chi = challenge(machine, context, transcript)
  // the pads of side 1 are not needed any more
  const products = one
  call.vole_row_products(products, zero, chi)
  productsHash(machine, message + PRODUCTS_HASH, context, products)
  writeMask(machine, message + V, inputs, chi)

  const sums = machine.take(2 * SCALAR)
  call.vole_weighted_sums(sums, sums + SCALAR, gadgetOf(machine, context, transcript), zero)
  call.mem_copy(out + ALICE.alphaK, inputs, 2 * SCALAR)
  call.sc_neg(out + ALICE.tK, sums)
  call.sc_neg(out + ALICE.tX, sums + SCALAR)
  return message
}

/** v = Σ input·chi, big-endian: masked by the third input. */
function writeMask(machine: Machine, out: Pointer, inputs: Pointer, chi: Pointer): void {
  const { call } = machine
  const sum = machine.take(SCALAR)
  const product = machine.take(SCALAR)
  call.mem_copy(sum, inputs + (WIDTH - 1) * SCALAR, SCALAR)
  for (let c = 0; c < WIDTH - 1; c++) {
    call.sc_mul(product, inputs + c * SCALAR, chi + c * SCALAR)
    call.sc_add(sum, sum, product)
  }
  call.sc_to_be(out, sum, 1)
}

/**
 * Bob's second half: checks Alice's message. The caller erases `waiting` whatever the outcome.
 * @param input.out gets `BOB`, only when the check passes.
 * @throws {PoolError} `invalid-scalar` for a value not below n; `vole-check`
 */
export function conclude(machine: Machine, input: { waiting: Pointer; view: Bytes; multiplication: Bytes; out: Pointer }): void {
  const { waiting, view, out } = input
  const { call } = machine
  const message = machine.takeMessage(LENGTHS.multiplication)
  machine.memory.set(input.multiplication, message)
  if (call.sc_is_canonical_be_public(message + Q, transfers * WIDTH) === 0)
    throw new PoolError('invalid-scalar', { title: 'multiplication correction' })
  const v = machine.take(SCALAR)
  if (call.sc_from_be(v, message + V, 1) === 0)
    throw new PoolError('invalid-scalar', { title: 'multiplication v', expected: 'a value below the curve order' })

  const choices = waiting + CHOICES_AT
  const transcript = { pairContext: waiting + CONTEXT_AT, view, salt: waiting + SALT_AT, extensionHash: waiting + E_HASH_AT, message }
  const { padKey, context } = keysOf(machine, transcript)
  const rows = machine.take(ROWS_BYTES)
  call.vole_pads(rows, padKey, waiting, 0)
  call.vole_apply(rows, choices, message + Q)
  const chi = challenge(machine, context, transcript)
  const products = machine.take(transfers * SCALAR)
  call.vole_checked_products(products, rows, chi, choices, v)
  const expected = machine.take(HASH)
  productsHash(machine, expected, context, products)
  // nothing that depends on beta exists before this line
  if (call.mem_equal(expected, message + PRODUCTS_HASH, HASH) === 0) throw new PoolError('vole-check')

  const gadget = gadgetOf(machine, context, transcript)
  call.vole_chosen_sum(out + BOB.beta, gadget, choices)
  call.vole_weighted_sums(out + BOB.dK, out + BOB.dX, gadget, rows)
}

if (V + SCALAR !== LENGTHS.multiplication) throw new PoolError('internal', { reason: 'layout of the multiplication message' })
