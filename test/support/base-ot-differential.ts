/**
 * Compares the hash to the curve and the base transfers of the compiled kernel with the reference kernel, and makes the inputs for which its fast formulas
 * meet exceptional cases.
 * @module
 */
import { strictEqual } from 'node:assert/strict'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bytesToBigint, hex, type Random, u32be } from '../../core/bytes.ts'
import { baseOt } from '../../core/kernel/reference/base-ot.ts'
import { hashToPoint, POINT_BYTES } from '../../core/kernel/reference/points.ts'
import { CURVE_ORDER as n } from '../../core/transcript.ts'
import type { KernelMemory } from './kernel-memory.ts'

const G = secp256k1.Point.BASE
const CHOICE_BYTES = 16

/** What the kernel's fast multiplication of a known point cannot add: the last window of `k` is the sum of all others (core/kernel/assembly/lane-comb.ts). */
export function lockstepCollisions(): bigint[] {
  const half = 1n << 255n
  return [-31n, -29n].flatMap(digit => {
    // The sum of the lower windows is digit·2^255 mod n, as an odd number below 2^255.
    const residue = (((digit * half) % n) + n) % n
    const lower = residue & 1n ? residue : residue - n
    return lower < half && lower > -half ? [(((lower + digit * half) % n) + n) % n] : []
  })
}

/** Uniform in [1, n). */
export const drawNonzero = (random: Random): bigint => (bytesToBigint(random(48)) % (n - 1n)) + 1n

/** One hash of a message and a domain of any length. */
export function checkHash(memory: KernelMemory, message: Bytes, domain: Bytes): void {
  memory.clear()
  const out = memory.take(POINT_BYTES)
  strictEqual(memory.call('ec_hash_to_curve', out, memory.put(message), message.length, memory.put(domain), domain.length), 1)
  strictEqual(hex(memory.read(out, POINT_BYTES)), hex(hashToPoint(message, domain).toBytes(true)), `message ${hex(message)} domain ${hex(domain)}`)
}

/** What one batch needs. */
export interface Batch {
  readonly domain: Bytes
  readonly secret: bigint
  readonly choices: Bytes
  readonly blinds: readonly bigint[]
  readonly decoys: readonly bigint[]
}

/** A batch of `count` transfers of uniform values. */
export function drawBatch(random: Random, count: number): Batch {
  const scalars = () => Array.from({ length: count }, () => drawNonzero(random))
  return {
    domain: random(1 + ((random(1)[0] as number) % 250)),
    secret: drawNonzero(random),
    choices: random(CHOICE_BYTES),
    blinds: scalars(),
    decoys: scalars(),
  }
}

/** The receiver's half in the module. @returns what it wrote and what it returned. */
export function receiveInModule(memory: KernelMemory, batch: Batch, senderKey: Bytes): { result: number; message: Bytes; shared: Bytes } {
  const { domain, choices, blinds, decoys } = batch
  const count = blinds.length
  memory.clear()
  const message = memory.take(2 * POINT_BYTES * count)
  const shared = memory.take(POINT_BYTES * count)
  const inputs = [
    memory.put(senderKey),
    memory.put(domain),
    domain.length,
    memory.put(choices),
    memory.putScalars(...blinds),
    memory.putScalars(...decoys),
  ]
  const result = memory.call('bot_receive', message, shared, ...inputs, count)
  return { result, message: memory.read(message, 2 * POINT_BYTES * count), shared: memory.read(shared, POINT_BYTES * count) }
}

/** The sender's half in the module. @returns what it wrote and what it returned. */
export function sendInModule(memory: KernelMemory, domain: Bytes, secret: bigint, message: Bytes): { result: number; shared: Bytes } {
  memory.clear()
  const shared = memory.take(message.length)
  const inputs = [memory.put(message), memory.put(domain), domain.length, memory.putScalars(secret)]
  const result = memory.call('bot_send', shared, ...inputs, message.length / POINT_BYTES / 2)
  return { result, shared: memory.read(shared, message.length) }
}

/** Both halves of a batch against the reference. @returns how many hashes to the curve were compared. */
export function checkBatch(memory: KernelMemory, batch: Batch): number {
  const { domain, secret, choices, blinds, decoys } = batch
  const senderKey = G.multiply(secret).toBytes(true)
  const received = receiveInModule(memory, batch, senderKey)
  strictEqual(received.result, 0)
  const expected = baseOt.receive({ senderKey, domain, choices, blinds, decoys })
  strictEqual(hex(received.message), hex(expected.message))
  strictEqual(hex(received.shared), hex(expected.shared))
  const sent = sendInModule(memory, domain, secret, received.message)
  strictEqual(sent.result, -1)
  strictEqual(hex(sent.shared), hex(baseOt.send({ secret, domain, message: received.message })))
  return 3 * blinds.length
}

/** HP_{i,b}(point), encoded. */
export const programmed = (domain: Bytes, index: number, side: number, point: Bytes): Bytes =>
  hashToPoint(point, Uint8Array.from([...domain, ...u32be(index), side])).toBytes(true)

/** Where two copies of memory differ first, -1 when nowhere. */
export const firstDifference = ([one, other]: readonly Bytes[]): number => (one as Bytes).findIndex((byte, at) => byte !== (other as Bytes)[at])
