/**
 * Oblivious-transfer extension, once per multiplication: one message from Bob (receiver, who has all leaves) to Alice (sender, who has Delta).
 * Afterwards, for each of 752 transfers, column_A = column_B + x·Delta. SoftSpoken (ePrint 2022/192) with the check made non-interactive.
 * @module
 */
import { type Bytes, concat, equal, type Random, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { H } from '../../transcript.ts'
import { requireLength } from '../round-message.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import { twin } from './twin.ts'

const { trees, baseOts, transfers } = SHAPE
const sacrificed = 128
const hashBytes = 32
const BLOCK = sacrificed / 8
const U_BYTES = trees * SHAPE.rowBytes
/** Blocks of 128 bits in a row before the sacrifice block; the last is padded with zeros. */
const BLOCKS = Math.ceil(transfers / sacrificed)

const saltOf = (pairContext: Bytes, nonce: Bytes): Bytes => H('ext-salt', [pairContext, nonce])
const streamKey = (salt: Bytes): Bytes => H('ext-key', [salt])
const challenge = (salt: Bytes, u: Bytes): Bytes => H('ext-chi', [salt, u], BLOCKS * BLOCK)

/** Hash of the 128 row hashes: the check value in 32 bytes instead of 2048. */
function checkHash(salt: Bytes, hashes: Bytes): Bytes {
  return H('ext-t', [salt, ...Array.from({ length: baseOts }, (_, row) => hashes.subarray(row * BLOCK, (row + 1) * BLOCK))])
}

/**
 * Bob's half.
 * @returns `message` E, 3600 bytes: nonce 32 | u 3520 | x-hat 16 | hash 32; `choices` w, 94 bytes; `columns` 752 x 16 bytes; `salt` 32 bytes.
 */
export function extend(input: { pairContext: Bytes; leaves: Bytes; random: Random }): {
  message: Bytes
  choices: Bytes
  columns: Bytes
  salt: Bytes
} {
  const nonce = input.random(hashBytes)
  const salt = saltOf(input.pairContext, nonce)
  // w, then the bits that the check will reveal a hash of
  const x = input.random(SHAPE.rowBytes)
  const { u, v } = twin.extension.receiverRows({ key: streamKey(salt), leaves: input.leaves, x })
  const chi = challenge(salt, u)
  const xHat = twin.extension.hashRows({ rows: x, rowBytes: SHAPE.rowBytes, chi })
  const hashes = twin.extension.hashRows({ rows: v, rowBytes: SHAPE.rowBytes, chi })
  const message = concat(nonce, u, xHat, checkHash(salt, hashes))
  const result = { message, choices: x.slice(0, transfers / 8), columns: twin.extension.columns(v), salt }
  wipe(x, v, hashes)
  return result
}

/**
 * Alice's half: checks E, which costs a cheating Bob one guess of Delta per changed bit, so a failure burns the pair.
 * @returns `columns` 752 x 16 bytes; `salt` 32 bytes.
 * @throws {PoolError} `malformed-round` for a wrong length, `ote-check` for inconsistent rows.
 */
export function acceptExtension(input: { pairContext: Bytes; delta: Bytes; leaves: Bytes; message: Bytes }): { columns: Bytes; salt: Bytes } {
  const { pairContext, delta, leaves, message } = input
  requireLength(message, LENGTHS.extension, 'extension')
  const salt = saltOf(pairContext, message.subarray(0, hashBytes))
  const u = message.subarray(hashBytes, hashBytes + U_BYTES)
  const xHat = message.subarray(hashBytes + U_BYTES, hashBytes + U_BYTES + BLOCK)
  const claimed = message.subarray(hashBytes + U_BYTES + BLOCK)

  const rows = twin.extension.senderRows({ key: streamKey(salt), leaves, delta, u })
  const own = twin.extension.hashRows({ rows, rowBytes: SHAPE.rowBytes, chi: challenge(salt, u) })
  const hashes = twin.extension.correlate({ hashes: own, delta, value: xHat })
  const consistent = equal(checkHash(salt, hashes), claimed)
  const columns = twin.extension.columns(rows)
  wipe(rows, own, hashes)
  if (!consistent) {
    wipe(columns)
    throw new PoolError('ote-check')
  }
  return { columns, salt }
}
