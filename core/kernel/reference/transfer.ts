/**
 * Base oblivious transfer, once per ordered pair and key epoch: 128 random transfers, one message each way, one sender key.
 * The sender is the extension's receiver (Bob); the receiver is the extension's sender (Alice), whose choices become the secret Delta.
 * McQuoid, Rosulek, Roy (CCS 2021); secure under gap-CDH on secp256k1 with the hash as a random oracle.
 * @module
 */
import { assertBytes, type Bytes, concat, type Random, u32be, utf8, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { fullTag, H } from '../../transcript.ts'
import { requireLength } from '../round-message.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import { twin } from './twin.ts'

const { baseOts, seedBytes } = SHAPE
const HASH = 32
const POINT = 33

/** Domain of the hash to the curve; the twin appends index and side. */
const domainOf = (otsid: Bytes): Bytes => concat(utf8(fullTag('bot/popf')), otsid)

/** KDF_i,b(S): index, side, sender key and both points of the transfer are in the hash, so no key fits two places. */
function keyOf(otsid: Bytes, senderKey: Bytes, index: number, side: number, shared: Bytes, pair: Bytes): Bytes {
  const parts = [otsid, senderKey, u32be(index), u32be(side), shared, pair.subarray(0, POINT), pair.subarray(POINT)]
  return H('bot/kdf', parts, seedBytes)
}

const at = (packed: Bytes, index: number, size: number): Bytes => packed.subarray(index * size, (index + 1) * size)

/**
 * The sender's key of one batch. It is fixed (committed) before any receiver message exists.
 * @returns `secret` y, 32 bytes; `message` A = y·G, 33 bytes.
 */
export function baseOtSenderKey(random: Random): { secret: Bytes; message: Bytes } {
  const y = twin.scalars.random(random)
  return { secret: twin.scalars.encode(y), message: twin.points.multiplyBase(y) }
}

/**
 * The receiver's half: random choices, and for each transfer the key of the chosen side.
 * @param input.senderKey A, 33 bytes.
 * @param input.otsid 32 bytes, fresh for every ordered pair and key epoch.
 * @returns `message` 8448 bytes; `choices` 16 bytes, bit i for transfer i; `keys` 128 keys of 16 bytes.
 * @throws {PoolError} `base-ot` when A is not a point.
 */
export function baseOtReceive(input: { senderKey: Bytes; otsid: Bytes; random: Random }): { message: Bytes; choices: Bytes; keys: Bytes[] } {
  const { senderKey, otsid, random } = input
  assertBytes(otsid, 'otsid', HASH)
  requireLength(senderKey, POINT, 'base transfer sender key')
  const choices = random(LENGTHS.delta)
  const scalars = () => Array.from({ length: baseOts }, () => twin.scalars.random(random))
  const { message, shared } = blamePoints(() =>
    twin.baseOt.receive({ senderKey, domain: domainOf(otsid), choices, blinds: scalars(), decoys: scalars() }),
  )
  const keys = Array.from({ length: baseOts }, (_, i) => {
    // the choice is an input of the hash, never an index
    const side = ((choices[i >> 3] as number) >> (i & 7)) & 1
    return keyOf(otsid, senderKey, i, side, at(shared, i, POINT), at(message, i, 2 * POINT))
  })
  wipe(shared)
  return { message, choices, keys }
}

/**
 * The sender's half: both keys of every transfer.
 * @param input.secret y, 32 bytes; the caller wipes it afterwards.
 * @returns 128 pairs of 16-byte keys.
 * @throws {PoolError} `malformed-round` for a wrong length, `base-ot` for an invalid point or a sum that is the identity.
 */
export function baseOtSend(input: { secret: Bytes; senderKey: Bytes; otsid: Bytes; message: Bytes }): { keys: (readonly [Bytes, Bytes])[] } {
  const { secret, senderKey, otsid, message } = input
  assertBytes(otsid, 'otsid', HASH)
  assertBytes(senderKey, 'senderKey', POINT)
  requireLength(message, LENGTHS.baseOt, 'base transfer')
  const y = twin.scalars.decode(secret, 'base transfer secret')
  const shared = blamePoints(() => twin.baseOt.send({ secret: y, domain: domainOf(otsid), message }))
  const key = (i: number, side: number) => keyOf(otsid, senderKey, i, side, at(shared, 2 * i + side, POINT), at(message, i, 2 * POINT))
  const keys = Array.from({ length: baseOts }, (_, i) => [key(i, 0), key(i, 1)] as const)
  wipe(shared)
  return { keys }
}

/** Runs group arithmetic on a peer's points; a bad one is a failure of the batch. */
function blamePoints<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof PoolError && cause.code === 'invalid-point') throw new PoolError('base-ot', {}, { cause })
    throw cause
  }
}
