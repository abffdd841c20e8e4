import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { secp256k1, secp256k1_hasher } from '@noble/curves/secp256k1.js'
import { expect, test } from 'vitest'
import { checkHash, firstDifference } from '../../../test/support/base-ot-differential.ts'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, concat, hex, utf8 } from '../../bytes.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const memory = new KernelMemory()
const FIELD = secp256k1.Point.Fp.ORDER
const DOMAIN = utf8('QUUX-V01-CS02-with-secp256k1_XMD:SHA-256_SSWU_RO_')

function hashed(message: Bytes, domain: Bytes): string {
  memory.clear()
  const out = memory.take(33)
  expect(memory.call('ec_hash_to_curve', out, memory.put(message), message.length, memory.put(domain), domain.length)).toBe(1)
  return hex(memory.read(out, 33)).slice(2)
}

test('the products in lanes are what their generator writes', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  // throws when they differ
  execFileSync(process.execPath, ['scripts/generate-lanes.mjs', '--check'], { cwd: root })
})

// RFC 9380, appendix J.8.1: P.x, and the parity of P.y as prefix.
test.each([
  ['', '03c1cae290e291aee617ebaef1be6d73861479c48b841eaba9b7b5852ddfeb1346'],
  ['abc', '023377e01eab42db296b512293120c6cee72b6ecf9f9205760bd9ff11fb3cb2c4b'],
  ['abcdef0123456789', '02bac54083f293f1fe08e4a70137260aa90783a5cb84d3f35848b324d0674b0e3a'],
  [`q128_${'q'.repeat(128)}`, '03e2167bc785333a37aa562f021f1e881defb853839babf52a7f72b102e41890e9'],
  [`a512_${'a'.repeat(512)}`, '02e3c8d35aaaf0b9b647e88a0a0a7ee5d5bed5ad38238152e4e6fd8c1f8cb7c998'],
])('hashes to the curve as RFC 9380 says (%#)', (message, expected) => {
  expect(hashed(utf8(message), DOMAIN)).toBe(expected)
})

test(`agrees with the reference for every length of message and domain, seed ${SEED}`, () => {
  const random = seededRandom(`${SEED} hashes of the module`)
  for (let length = 0; length <= 200; length += 3) checkHash(memory, random(length), random(1 + ((5 * length) % 255)))
  // where the padding fits and where it does not: 55 and 56 bytes in the last block
  for (const length of [3, 4, 5, 60, 61, 62, 63, 64, 65]) for (const domain of [20, 21, 22, 255]) checkHash(memory, random(length), random(domain))
})

/** 48 bytes that hash_to_field takes for u, plus any multiple of p that fits. */
const uniform = (u: bigint, multiple = 0n): Bytes => bigintToBytes((((u % FIELD) + FIELD) % FIELD) + multiple * FIELD, 48)

function mapped(first: Bytes, second: Bytes): string {
  memory.clear()
  const out = memory.take(33)
  return memory.call('ec_map_to_curve', out, memory.put(concat(first, second))) === 1 ? hex(memory.read(out, 33)).slice(2) : 'identity'
}

/** The sum of both points, by @noble/curves. */
function expected(u0: bigint, u1: bigint): string {
  // its types know of the affine point only
  const map = secp256k1_hasher.mapToCurve as unknown as (u: bigint) => { toAffine(): { x: bigint; y: bigint } }
  const [first, second] = [u0, u1].map(u => secp256k1.Point.fromAffine(map(((u % FIELD) + FIELD) % FIELD).toAffine()))
  const sum = (first as NonNullable<typeof first>).add(second as NonNullable<typeof second>)
  return sum.is0() ? 'identity' : sum.toHex(true)
}

/** A square root of 1/11: Zu² = -1, where the denominator of simplified SWU would be zero. */
const EXCEPTIONAL = secp256k1.Point.Fp.sqrt(secp256k1.Point.Fp.inv(11n))

test.each([
  ['zero', 0n, 1n],
  ['two zeros: the same point twice', 0n, 0n],
  ['one element twice: the same point twice', 12345n, 12345n],
  ['opposite elements: opposite points', 12345n, -12345n],
  ['the exceptional element', EXCEPTIONAL, 3n],
  ['both exceptional elements', EXCEPTIONAL, -EXCEPTIONAL],
  ['zero and the exceptional element: the same x', 0n, EXCEPTIONAL],
  ['the ends of the field', 1n, -1n],
  ['large elements', FIELD - 2n, (FIELD - 1n) / 2n],
])('maps %s', (_, u0, u1) => {
  expect(mapped(uniform(u0), uniform(u1))).toBe(expected(u0, u1))
  expect(mapped(uniform(u1), uniform(u0))).toBe(expected(u0, u1))
})

test('reduces 384 bits', () => {
  const most = (1n << 384n) / FIELD - 1n
  expect(mapped(uniform(5n, most), uniform(-7n, 1n << 127n))).toBe(expected(5n, -7n))
  expect(mapped(new Uint8Array(48).fill(255), uniform(1n))).toBe(expected((1n << 384n) - 1n, 1n))
  for (const bit of [0n, 12n, 13n, 31n, 32n, 255n, 256n, 259n, 260n, 261n, 350n, 383n])
    expect(mapped(bigintToBytes(1n << bit, 48), uniform(1n))).toBe(expected(1n << bit, 1n))
})

test('what stays behind does not depend on the message', () => {
  const left = [1, 2].map(byte => {
    hashed(new Uint8Array(70).fill(byte), DOMAIN)
    memory.clear()
    return memory.ownMemory()
  })
  expect(firstDifference(left)).toBe(-1)
})
