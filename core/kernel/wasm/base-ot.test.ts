import { secp256k1 } from '@noble/curves/secp256k1.js'
import { expect, test } from 'vitest'
import {
  type Batch,
  checkBatch,
  drawBatch,
  drawNonzero,
  firstDifference,
  lockstepCollisions,
  programmed,
  receiveInModule,
  sendInModule,
} from '../../../test/support/base-ot-differential.ts'
import { NOT_POINTS, variableCollisions } from '../../../test/support/group-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, concat, hex, utf8 } from '../../bytes.ts'
import { CURVE_ORDER as n } from '../../transcript.ts'
import { baseOt } from '../reference/base-ot.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const memory = new KernelMemory()
const random = seededRandom(`${SEED} base transfers of the module`)
const G = secp256k1.Point.BASE
const domain = utf8('domain')
const encoded = (k: bigint): Bytes => G.multiply(k).toBytes(true)

test.each([1, 2, 3, 4, 5, 18])(`batches of %i agree with the reference, seed ${SEED}`, count => {
  checkBatch(memory, drawBatch(random, count))
})

test('a whole batch: what the receiver shares is what the sender has on the chosen side', () => {
  const batch = drawBatch(random, 128)
  const { message, shared } = receiveInModule(memory, batch, encoded(batch.secret))
  const sent = sendInModule(memory, batch.domain, batch.secret, message)
  expect(sent.result).toBe(-1)
  for (let i = 0; i < 128; i++) {
    const side = ((batch.choices[i >> 3] as number) >> (i & 7)) & 1
    const at = (j: number): string => hex(sent.shared.subarray(33 * j, 33 * (j + 1)))
    expect(at(2 * i + side)).toBe(hex(shared.subarray(33 * i, 33 * (i + 1))))
    expect(at(2 * i + 1 - side)).not.toBe(at(2 * i + side))
  }
})

test('edge scalars', () => {
  const blinds = [1n, 2n, n - 1n, n - 2n, 1n << 128n, (1n << 255n) - 1n]
  checkBatch(memory, { ...drawBatch(random, blinds.length), blinds, decoys: [...blinds].reverse(), secret: 1n })
  for (const secret of [2n, n - 1n, n - 2n, 1n << 128n]) checkBatch(memory, { ...drawBatch(random, 2), secret })
})

test('scalars for which the fast formulas meet exceptional cases', () => {
  const collisions = lockstepCollisions()
  expect(collisions.length).toBeGreaterThan(0)
  for (const k of collisions) {
    const batch: Batch = { ...drawBatch(random, 3), blinds: [drawNonzero(random), k, 5n] }
    checkBatch(memory, batch)
    checkBatch(memory, { ...batch, blinds: batch.decoys, decoys: batch.blinds })
  }
  const secrets = variableCollisions()
  expect(secrets.length).toBeGreaterThan(0)
  for (const secret of secrets) checkBatch(memory, { ...drawBatch(random, 2), secret })
})

test.each(NOT_POINTS)('both sides refuse %s', (_, bad) => {
  const batch = drawBatch(random, 3)
  const received = receiveInModule(memory, batch, bad)
  expect(received.result).toBe(-1)
  expect([...received.message, ...received.shared].every(byte => byte === 0)).toBe(true)
  const points = [7n, 8n, 9n, 10n, 11n, 12n].map(encoded)
  for (const place of [0, 3, 5]) {
    const message = concat(...points.map((point, j) => (j === place ? bad : point)))
    const { result, shared } = sendInModule(memory, domain, 77n, message)
    expect(result).toBe(place >> 1)
    expect(shared.every(byte => byte === 0)).toBe(true)
    expect(() => baseOt.send({ secret: 77n, domain, message })).toThrow(expect.objectContaining({ code: 'invalid-point' }))
  }
})

test.each([0, 1])('a sum that is the identity is refused, one of equal points is not (side %i)', side => {
  for (const place of [0, 2]) {
    const pairs = [1, 2, 3].map(i => [encoded(BigInt(10 * i)), encoded(BigInt(10 * i + 1))] as [Bytes, Bytes])
    const pair = pairs[place] as [Bytes, Bytes]
    const image = secp256k1.Point.fromBytes(programmed(domain, place, side, pair[1 - side] as Bytes))
    // the same point: a double
    pair[side] = image.toBytes(true)
    const message = concat(...pairs.flat())
    const equal = sendInModule(memory, domain, 99n, message)
    expect(equal.result).toBe(-1)
    expect(hex(equal.shared)).toBe(hex(baseOt.send({ secret: 99n, domain, message })))
    // the opposite point: the identity
    pair[side] = image.negate().toBytes(true)
    const opposite = sendInModule(memory, domain, 99n, concat(...pairs.flat()))
    expect(opposite.result).toBe(place)
    expect(opposite.shared.every(byte => byte === 0)).toBe(true)
  }
})

test('an invalid point is found before an identity', () => {
  const point = encoded(3n)
  const opposite = secp256k1.Point.fromBytes(programmed(domain, 0, 0, point))
    .negate()
    .toBytes(true)
  const message = concat(opposite, point, encoded(4n), Uint8Array.of(2, ...new Uint8Array(32)))
  expect(sendInModule(memory, domain, 5n, message).result).toBe(1)
})

test('an empty batch is no work', () => {
  expect(memory.call('bot_receive', 0, 0, 0, 0, 0, 0, 0, 0, 0)).toBe(0)
  expect(memory.call('bot_send', 0, 0, 0, 0, 0, 0)).toBe(-1)
})

test('what stays behind does not depend on a secret', () => {
  const batch = drawBatch(random, 6)
  const other = { ...drawBatch(random, 6), domain: batch.domain }
  const left = [batch, other].map(secrets => {
    receiveInModule(memory, secrets, encoded(5n))
    return memory.ownMemory()
  })
  expect(firstDifference(left)).toBe(-1)
  const message = concat(...Array.from({ length: 12 }, (_, j) => encoded(BigInt(j + 1))))
  const after = [batch, other].map(({ secret }) => {
    sendInModule(memory, domain, secret, message)
    return memory.ownMemory()
  })
  expect(firstDifference(after)).toBe(-1)
})
