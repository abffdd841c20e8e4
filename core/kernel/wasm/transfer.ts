/**
 * Base oblivious transfer, the part around the group arithmetic: which domain is hashed to the curve, and which keys follow from the shared points
 * (`reference/transfer.ts` says it readably). To be called inside a step.
 * @module
 */
import { type Bytes, concat, utf8 } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { fullTag } from '../../transcript.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'

const { point: POINT, scalar: SCALAR } = LENGTHS
const { baseOts, seedBytes } = SHAPE
/** Behind the head of a key's input: index, side, shared point, φ_0, φ_1, each after its length. */
const KEY_INPUT = 2 * 8 + 3 * (4 + POINT)
const HEAD_ROOM = 160

/** What this member draws as receiver, one after the other. */
export const RECEIVER_DRAWS = { choices: LENGTHS.delta, scalars: 2 * baseOts } as const

const badPoint = (title: string): PoolError =>
  new PoolError('base-ot', {}, { cause: new PoolError('invalid-point', { title, expected: 'a compressed point of secp256k1' }) })

const domainOf = (otsid: Bytes): Bytes => concat(utf8(fullTag('bot/popf')), otsid)

/** `H("bot/kdf"; otsid, A, i, side, shared, φ_0, φ_1; 16)` of every transfer: one key each with choices, two without. */
function deriveKeys(
  machine: Machine,
  input: { out: Pointer; otsid: Bytes; senderKey: Pointer; shared: Pointer; message: Pointer; choices: Pointer },
): void {
  const { out, otsid, senderKey, shared, message, choices } = input
  const head = machine.take(HEAD_ROOM)
  const headLength = machine.hasher.start('bot/kdf').bytes(otsid).part(senderKey, POINT).moveTo(head)
  const length = headLength + KEY_INPUT
  const count = choices === 0 ? 2 * baseOts : baseOts
  const inputs = machine.take(count * length)
  machine.call.bot_kdf_inputs(inputs, head, headLength, shared, message, choices, baseOts)
  machine.call.b3_many(out, seedBytes, inputs, length, length, count)
}

/**
 * The receiver's half.
 * @param input.choices 16 bytes. @param input.blinds 128 scalars, then 128 decoys. @param input.keys gets 128 keys of 16 bytes. @param input.message gets 8448 bytes.
 * @throws {PoolError} `base-ot` when A is not a point.
 */
export function receive(
  machine: Machine,
  input: { senderKey: Pointer; otsid: Bytes; choices: Pointer; blinds: Pointer; message: Pointer; keys: Pointer },
): void {
  const { senderKey, otsid, choices, blinds, message, keys } = input
  const domain = domainOf(otsid)
  const shared = machine.take(baseOts * POINT)
  const decoys = blinds + baseOts * SCALAR
  if (machine.call.bot_receive(message, shared, senderKey, machine.put(domain), domain.length, choices, blinds, decoys, baseOts) !== 0)
    throw badPoint('senderKey')
  deriveKeys(machine, { out: keys, otsid, senderKey, shared, message, choices })
}

/**
 * The sender's half.
 * @param input.y a scalar. @param input.keys gets 128 pairs of keys.
 * @throws {PoolError} `base-ot` for an invalid point or a sum that is the identity.
 */
export function send(machine: Machine, input: { y: Pointer; senderKey: Pointer; otsid: Bytes; message: Pointer; keys: Pointer }): void {
  const { y, senderKey, otsid, message, keys } = input
  const domain = domainOf(otsid)
  const shared = machine.take(2 * baseOts * POINT)
  const bad = machine.call.bot_send(shared, message, machine.put(domain), domain.length, y, baseOts)
  if (bad !== -1) throw badPoint(`base transfer ${bad}`)
  deriveKeys(machine, { out: keys, otsid, senderKey, shared, message, choices: 0 })
}
