import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { blake3 } from '@noble/hashes/blake3.js'
import { describe, expect, test } from 'vitest'
import { KernelMemory } from '../../../test/support/kernel-memory.ts'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { ModuleBench } from '../../../test/support/module-bench.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { checkExtension, checkHashes, checkTrees } from '../../../test/support/symmetric-differential.ts'
import { type Bytes, concat, u32be } from '../../bytes.ts'
import { keyed } from '../../transcript.ts'
import { twin } from '../reference/twin.ts'

const SEED = process.env.SEQUORUM_TEST_SEED ?? '20250301'
const bench = new ModuleBench()
const random = seededRandom('symmetric.test')
const STRIDE = 112

/** 110-byte rows at the module's stride. */
const spread = (rows: Bytes): Bytes =>
  concat(...Array.from({ length: rows.length / 110 }, (_, i) => concat(rows.subarray(110 * i, 110 * i + 110), new Uint8Array(2))))

/** Lengths around every block, chunk and tree. */
const lengths = [
  0, 1, 19, 20, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4096, 4097, 5120, 7169, 8193, 16_384, 31_745, 72_288,
  65_536, 65_537, 102_400,
]
const outputs = [1, 16, 32, 33, 64, 65, 96, 128, 200, 256, 257]

test('the rounds of BLAKE3 are what their generator writes', () => {
  // throws when they differ
  execFileSync(process.execPath, ['scripts/generate-blake3.mjs', '--check'], { cwd: fileURLToPath(new URL('../../..', import.meta.url)) })
})

test(`random hashes, trees and rows agree with the twin, seed ${SEED}`, () => {
  const memory = new KernelMemory()
  const drawn = seededRandom(`${SEED} symmetric part of the module`)
  for (let i = 0; i < 100; i++) checkHashes(memory, drawn)
  for (let i = 0; i < 3; i++) checkTrees(memory, drawn)
  for (let i = 0; i < 3; i++) checkExtension(memory, drawn)
})

describe('BLAKE3', () => {
  const input = random(102_400)
  const key = random(32)
  test.each(lengths)('of %i bytes, plain and keyed, at every length of output', length => {
    bench.reset()
    const [at, k] = [bench.put(input.subarray(0, length)), bench.put(key)]
    const out = bench.room(300)
    for (const size of outputs) {
      bench.call('b3_hash', out, size, at, length)
      expect(bench.get(out, size)).toEqual(blake3(input.subarray(0, length), { dkLen: size }))
      bench.call('b3_keyed', out, size, k, at, length)
      expect(bench.get(out, size)).toEqual(keyed(key, input.subarray(0, length), size))
    }
  })
  // 64 chunks are folded at a time: one, two, three and four times these and what comes around them
  test.each([131_072, 131_073, 132_097, 196_608, 196_609, 197_633, 262_143, 262_144, 262_145, 327_681])('of %i bytes', length => {
    bench.reset()
    const long = random(length)
    const [at, out] = [bench.put(long), bench.room(200)]
    bench.call('b3_hash', out, 200, at, length)
    expect(bench.get(out, 200)).toEqual(blake3(long, { dkLen: 200 }))
  })
  test('every length of output from 1 to 200 bytes', () => {
    bench.reset()
    const [at, out] = [bench.put(input), bench.room(200)]
    for (let size = 1; size <= 200; size++) {
      bench.call('b3_hash', out, size, at, 10 * size)
      expect(bench.get(out, size)).toEqual(blake3(input.subarray(0, 10 * size), { dkLen: size }))
    }
  })
  test('writes no byte more than it is asked for', () => {
    bench.reset()
    const at = bench.put(input.subarray(0, 100))
    const out = bench.put(new Uint8Array(400).fill(0xee))
    bench.call('b3_hash', out, 131, at, 100)
    expect(bench.get(out + 131, 200)).toEqual(new Uint8Array(200).fill(0xee))
  })
  test('a stream of 36,096 bytes', () => {
    bench.reset()
    const [k, out] = [bench.put(key), bench.room(36_096)]
    bench.call('b3_stream', out, 36_096, k)
    expect(bench.get(out, 36_096)).toEqual(keyed(key, new Uint8Array(0), 36_096))
  })
  test.each([
    [1, 5, 32],
    [64, 4, 64],
    [65, 7, 16],
    [247, 128, 16],
    [632, 32, 32],
    [1024, 3, 64],
  ])('many messages: %i bytes, %i of them', (length, count, size) => {
    bench.reset()
    const [at, out] = [bench.put(input), bench.put(new Uint8Array(count * size + 64).fill(0xee))]
    bench.call('b3_many', out, size, at, length, length + 3, count)
    for (let i = 0; i < count; i++)
      expect(bench.get(out + i * size, size)).toEqual(blake3(input.subarray(i * (length + 3), i * (length + 3) + length), { dkLen: size }))
    expect(bench.get(out + count * size, 64)).toEqual(new Uint8Array(64).fill(0xee))
  })
  test('parts with their lengths', () => {
    bench.reset()
    const [at, out] = [bench.put(input), bench.room(5 * 36)]
    bench.call('b3_prefixed', out, at, 32, 5)
    expect(bench.get(out, 5 * 36)).toEqual(concat(...[0, 1, 2, 3, 4].flatMap(i => [u32be(32), input.subarray(32 * i, 32 * i + 32)])))
  })
  test('leaves neither key nor input in its scratch', () => {
    bench.reset()
    const [at, k, out] = [bench.put(input), bench.put(key), bench.room(64)]
    for (const length of [16, 64, 1000, 5000]) {
      bench.call('b3_keyed', out, 64, k, at, length)
      expect(bench.scratchIsClear(key.subarray(0, 8))).toBe(true)
      expect(bench.scratchIsClear(input.subarray(0, 8))).toBe(true)
    }
  })
})

describe('seed trees', () => {
  const [nodeKey, leafKey, keys] = [random(32), random(32), random(4096)]
  const built = twin.trees.build({ nodeKey, leafKey, keys })

  test('grow as in the twin', () => {
    bench.reset()
    const [corrections, leaves, proofs] = [bench.room(3072), bench.room(8192), bench.room(16_384)]
    bench.call('tree_build', bench.put(nodeKey), bench.put(leafKey), bench.put(keys), corrections, leaves, proofs)
    expect(bench.get(corrections, 3072)).toEqual(built.corrections)
    expect(bench.get(leaves, 8192)).toEqual(built.leaves)
    expect(bench.get(proofs, 16_384)).toEqual(built.proofs)
    expect(bench.scratchIsClear(built.leaves.subarray(8176, 8192))).toBe(true)
  })
  test.each(['random', 'zeros', 'ones', 'alternating'])('are evaluated as in the twin: choices %s', kind => {
    const choices = { random: random(16), zeros: new Uint8Array(16), ones: new Uint8Array(16).fill(255), alternating: new Uint8Array(16).fill(0xa5) }[
      kind
    ] as Bytes
    const chosen = concat(
      ...Array.from({ length: 128 }, (_, i) => keys.subarray(32 * i + 16 * (((choices[i >> 3] as number) >> (i & 7)) & 1)).subarray(0, 16)),
    )
    const proofSums = random(1024)
    const expected = twin.trees.evaluate({ nodeKey, leafKey, choices, keys: chosen, corrections: built.corrections, proofSums })
    bench.reset()
    const [delta, leaves, proofs] = [bench.put(random(16)), bench.room(8192), bench.room(16_384)]
    bench.call(
      'tree_evaluate',
      bench.put(nodeKey),
      bench.put(leafKey),
      bench.put(choices),
      bench.put(chosen),
      bench.put(built.corrections),
      bench.put(proofSums),
      delta,
      leaves,
      proofs,
    )
    expect(bench.get(delta, 16)).toEqual(expected.delta)
    expect(bench.get(leaves, 8192)).toEqual(expected.leaves)
    expect(bench.get(proofs, 16_384)).toEqual(expected.proofs)
  })
})

describe('extension', () => {
  const { delta, bobLeaves, aliceLeaves } = leafPair(random)
  const [key, x, chi] = [random(32), random(110), random(96)]
  const bob = twin.extension.receiverRows({ key, leaves: bobLeaves, x })

  test("Bob's rows", () => {
    bench.reset()
    const [u, v] = [bench.put(new Uint8Array(3600).fill(0xee)), bench.room(128 * STRIDE)]
    bench.call('ext_receiver', u, v, bench.put(key), bench.put(bobLeaves), bench.put(x))
    expect(bench.get(u, 3520)).toEqual(bob.u)
    expect(bench.get(u + 3520, 80)).toEqual(new Uint8Array(80).fill(0xee))
    expect(bench.get(v, 128 * STRIDE)).toEqual(spread(bob.v))
    expect(bench.scratchIsClear(x.subarray(0, 16))).toBe(true)
    expect(bench.scratchIsClear(bob.v.subarray(0, 16))).toBe(true)
  })
  test.each(['own', 'zeros', 'ones'])("Alice's rows: Delta %s", kind => {
    const secret = { own: delta, zeros: new Uint8Array(16), ones: new Uint8Array(16).fill(255) }[kind] as Bytes
    bench.reset()
    const w = bench.room(128 * STRIDE)
    bench.call('ext_sender', w, bench.put(key), bench.put(aliceLeaves), bench.put(secret), bench.put(bob.u))
    const expected = twin.extension.senderRows({ key, leaves: aliceLeaves, delta: secret, u: bob.u })
    expect(bench.get(w, 128 * STRIDE)).toEqual(spread(expected))
  })
  test.each([1, 2, 127, 128])('the hash of %i rows, and its correction', count => {
    const rows = random(110 * count)
    bench.reset()
    const out = bench.room(16 * count)
    bench.call('ext_hash_rows', out, bench.put(spread(rows)), count, STRIDE, bench.put(chi))
    expect(bench.get(out, 16 * count)).toEqual(twin.extension.hashRows({ rows, rowBytes: 110, chi }))
    if (count < 128) return
    const hashes = bench.get(out, 2048)
    const value = random(16)
    bench.call('ext_correlate', out, bench.put(delta), bench.put(value))
    expect(bench.get(out, 2048)).toEqual(twin.extension.correlate({ hashes, delta, value }))
    expect(bench.scratchIsClear(rows.subarray(0, 16))).toBe(true)
  })
  test('columns', () => {
    bench.reset()
    const out = bench.put(new Uint8Array(752 * 16 + 64).fill(0xee))
    bench.call('ext_columns', out, bench.put(spread(bob.v)))
    expect(bench.get(out, 752 * 16)).toEqual(twin.extension.columns(bob.v))
    expect(bench.get(out + 752 * 16, 64)).toEqual(new Uint8Array(64).fill(0xee))
  })
})

// in memory that outlives a call, two secrets may leave no difference behind
test.each<[string, (secret: Bytes, open: (length: number) => number) => number[]]>([
  ['b3_hash', (secret, open) => [open(300), 300, bench.put(secret), 5000]],
  ['b3_many', (secret, open) => [open(4096), 64, bench.put(secret), 70, 70, 50]],
  ['b3_stream', (secret, open) => [open(1000), 1000, bench.put(secret)]],
  ['tree_build', (secret, open) => [bench.put(secret), bench.put(secret), bench.put(secret), open(3072), open(8192), open(16_384)]],
  [
    'tree_evaluate',
    (secret, open) => [
      open(32),
      open(32),
      ...[16, 2048, 3072, 1024].map(length => bench.put(secret.subarray(0, length))),
      open(16),
      open(8192),
      open(16_384),
    ],
  ],
  ['ext_receiver', (secret, open) => [open(3520), open(128 * STRIDE), open(32), bench.put(secret), bench.put(secret)]],
  ['ext_sender', (secret, open) => [open(128 * STRIDE), open(32), bench.put(secret), bench.put(secret), bench.put(secret)]],
  ['ext_hash_rows', (secret, open) => [open(2048), bench.put(secret), 128, STRIDE, open(96)]],
  ['ext_columns', (secret, open) => [open(12_032), bench.put(secret)]],
])('what %s leaves in its scratch does not depend on a secret', (name, args) => {
  const left = [0x5a, 0xff].map(byte => {
    bench.reset()
    bench.call(name, ...args(new Uint8Array(128 * STRIDE).fill(byte), length => bench.room(length)))
    return bench.scratch()
  })
  expect(Buffer.compare(...(left as [Bytes, Bytes]))).toBe(0)
})
