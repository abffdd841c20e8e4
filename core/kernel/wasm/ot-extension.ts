/**
 * Oblivious-transfer extension, the part around the rows: salts, challenges, the check value (`reference/ot-extension.ts` says it readably).
 * To be called inside a step.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'

const { trees, baseOts, transfers, rowBytes } = SHAPE
const HASH = 32
const BLOCK = baseOts / 8
/** Rows inside the module are this far apart; the last two bytes are zero. */
const STRIDE = 112
/** Challenge elements: blocks of 128 bits in a row before the sacrifice block. */
const BLOCKS = Math.ceil(transfers / baseOts)
/** E: nonce 32 | u | x-hat 16 | hash 32. */
const U = HASH
const X_HAT = U + trees * rowBytes
const CHECK = X_HAT + BLOCK

/** Bytes of all columns, 16 each. */
export const COLUMNS_BYTES = transfers * BLOCK
/** Bytes of the choice bits w. */
export const CHOICES_BYTES = transfers / 8
/** What Bob draws: nonce 32 | x. */
export const EXTENSION_DRAW = HASH + rowBytes

function keysOf(machine: Machine, salt: Pointer, pairContext: Bytes, e: Pointer): Pointer {
  const key = machine.take(HASH)
  machine.hasher.start('ext-salt').bytes(pairContext).part(e, HASH).finish(salt)
  machine.hasher.start('ext-key').part(salt, HASH).finish(key)
  return key
}

function challenge(machine: Machine, salt: Pointer, e: Pointer): Pointer {
  const chi = machine.take(BLOCKS * BLOCK)
  machine.hasher
    .start('ext-chi')
    .part(salt, HASH)
    .part(e + U, trees * rowBytes)
    .finish(chi, BLOCKS * BLOCK)
  return chi
}

/** Hash of the 128 row hashes: the check value in 32 bytes instead of 2048. */
const checkHash = (machine: Machine, out: Pointer, salt: Pointer, hashes: Pointer): void =>
  machine.hasher.start('ext-t').part(salt, HASH).parts(hashes, BLOCK, baseOts).finish(out)

/**
 * Bob's half.
 * @param input.drawn nonce 32 | x 110. @param input.leaves all leaves of this direction.
 * @param input.e gets E, 3600 bytes. @param input.columns gets 752 x 16 bytes. @param input.salt gets 32 bytes.
 */
export function extend(
  machine: Machine,
  input: { pairContext: Bytes; leaves: Pointer; drawn: Pointer; e: Pointer; columns: Pointer; salt: Pointer },
): void {
  const { pairContext, leaves, drawn, e, columns, salt } = input
  const { call } = machine
  const x = machine.take(STRIDE)
  const rows = machine.take(baseOts * STRIDE)
  const hashes = machine.take(baseOts * BLOCK)
  call.mem_copy(e, drawn, HASH)
  call.mem_copy(x, drawn + HASH, rowBytes)
  const key = keysOf(machine, salt, pairContext, e)
  call.ext_receiver(e + U, rows, key, leaves, x)
  const chi = challenge(machine, salt, e)
  call.ext_hash_rows(e + X_HAT, x, 1, STRIDE, chi)
  call.ext_hash_rows(hashes, rows, baseOts, STRIDE, chi)
  checkHash(machine, e + CHECK, salt, hashes)
  call.ext_columns(columns, rows)
}

/**
 * Alice's half: checks E, which costs a cheating Bob one guess of Delta per changed bit, so a failure burns the pair.
 * @param input.columns gets 752 x 16 bytes. @param input.salt gets 32 bytes.
 * @throws {PoolError} `ote-check`
 */
export function acceptExtension(
  machine: Machine,
  input: { pairContext: Bytes; delta: Pointer; leaves: Pointer; e: Pointer; columns: Pointer; salt: Pointer },
): void {
  const { pairContext, delta, leaves, e, columns, salt } = input
  const { call } = machine
  const rows = machine.take(baseOts * STRIDE)
  const hashes = machine.take(baseOts * BLOCK)
  const check = machine.take(HASH)
  const key = keysOf(machine, salt, pairContext, e)
  call.ext_sender(rows, key, leaves, delta, e + U)
  call.ext_hash_rows(hashes, rows, baseOts, STRIDE, challenge(machine, salt, e))
  call.ext_correlate(hashes, delta, e + X_HAT)
  checkHash(machine, check, salt, hashes)
  if (call.mem_equal(check, e + CHECK, HASH) === 0) throw new PoolError('ote-check')
  call.ext_columns(columns, rows)
}

if (CHECK + HASH !== LENGTHS.extension) throw new PoolError('internal', { reason: 'layout of the extension message' })
