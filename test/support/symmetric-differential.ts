/**
 * Compares hashes, seed trees and extension rows of the compiled kernel with the reference kernel. Every check says how many cases it was.
 * @module
 */
import { deepStrictEqual } from 'node:assert/strict'
import { blake3 } from '@noble/hashes/blake3.js'
import { type Bytes, concat, type Random } from '../../core/bytes.ts'
import { extension } from '../../core/kernel/reference/extension.ts'
import { trees } from '../../core/kernel/reference/trees.ts'
import { SHAPE } from '../../core/kernel/shape.ts'
import { keyed } from '../../core/transcript.ts'
import type { KernelMemory } from './kernel-memory.ts'
import { leafPair } from './leaf-pair.ts'

const { baseOts, depth, trees: treeCount, leaves: leafCount, seedBytes, transfers, rowBytes } = SHAPE
/** Rows inside the module. */
const STRIDE = 112
const BLOCK = 16
const LEAVES = treeCount * leafCount * seedBytes
const PROOFS = treeCount * leafCount * 32
const CORRECTIONS = treeCount * (depth - 1) * 2 * seedBytes
/** What follows a result and must stay as it is. */
const GUARD = new Uint8Array(32).fill(0xee)

/** A number below `end`, which is at most 2^24. */
function below(random: Random, end: number): number {
  const [a = 0, b = 0, c = 0] = random(3)
  return ((a << 16) | (b << 8) | c) % end
}

/** Sometimes all zeros or all ones. */
function drawBytes(random: Random, length: number): Bytes {
  const kind = below(random, 16)
  return kind < 2 ? new Uint8Array(length).fill(-kind) : random(length)
}

/** Mostly short, often at the end of a block or of a chunk, now and then many chunks. */
function drawLength(random: Random): number {
  const kind = below(random, 32)
  if (kind < 12) return below(random, 200)
  if (kind < 18) return Math.max(0, 64 * below(random, 40) - 1 + below(random, 3))
  if (kind < 24) return Math.max(0, 1024 * below(random, 12) - 1 + below(random, 3))
  return kind < 31 ? below(random, 5000) : below(random, 40_000)
}

const taken = (memory: KernelMemory, out: number, length: number, expected: Bytes): void => {
  deepStrictEqual(memory.read(out, length + GUARD.length), concat(expected, GUARD))
}
const room = (memory: KernelMemory, length: number): number => memory.put(concat(new Uint8Array(length), GUARD))

/** A plain and a keyed hash, a stream, and several hashes at once. */
export function checkHashes(memory: KernelMemory, random: Random): number {
  const [key, input] = [random(32), drawBytes(random, drawLength(random))]
  const size = below(random, 8) === 0 ? below(random, 2000) + 1 : below(random, 200) + 1
  const [atKey, atInput, out] = [memory.put(key), memory.put(input), room(memory, size)]
  memory.call('b3_hash', out, size, atInput, input.length)
  taken(memory, out, size, blake3(input, { dkLen: size }))
  memory.call('b3_keyed', out, size, atKey, atInput, input.length)
  taken(memory, out, size, keyed(key, input, size))
  memory.call('b3_stream', out, size, atKey)
  taken(memory, out, size, keyed(key, new Uint8Array(0), size))

  const [length, count, each] = [below(random, 1025), below(random, 10), below(random, 64) + 1]
  const stride = length + below(random, 20)
  const inputs = random(stride * count + length)
  const [atInputs, outputs] = [memory.put(inputs), room(memory, each * count)]
  memory.call('b3_many', outputs, each, atInputs, length, stride, count)
  const expected = Array.from({ length: count }, (_, i) => blake3(inputs.subarray(i * stride, i * stride + length), { dkLen: each }))
  taken(memory, outputs, each * count, concat(...expected))
  memory.clear()
  return 3 + count
}

/** All trees, grown from both keys of each level and from one. Corrections and proof sums are not always those of the trees: a sender may cheat. */
export function checkTrees(memory: KernelMemory, random: Random): number {
  const [nodeKey, leafKey, keys, choices] = [random(32), random(32), drawBytes(random, 2 * baseOts * seedBytes), drawBytes(random, baseOts / 8)]
  const [atNodeKey, atLeafKey, atKeys] = [memory.put(nodeKey), memory.put(leafKey), memory.put(keys)]
  const [corrections, leaves, proofs] = [room(memory, CORRECTIONS), room(memory, LEAVES), room(memory, PROOFS)]
  const built = trees.build({ nodeKey, leafKey, keys })
  memory.call('tree_build', atNodeKey, atLeafKey, atKeys, corrections, leaves, proofs)
  taken(memory, corrections, CORRECTIONS, built.corrections)
  taken(memory, leaves, LEAVES, built.leaves)
  taken(memory, proofs, PROOFS, built.proofs)

  const sideOf = (i: number): number => ((choices[i >> 3] as number) >> (i & 7)) & 1
  const chosen = concat(
    ...Array.from({ length: baseOts }, (_, i) => keys.subarray((2 * i + sideOf(i)) * seedBytes, (2 * i + sideOf(i) + 1) * seedBytes)),
  )
  const sent = below(random, 2) === 0 ? built.corrections : drawBytes(random, CORRECTIONS)
  const proofSums = drawBytes(random, treeCount * 32)
  const given = { nodeKey, leafKey, choices, keys: chosen, corrections: sent, proofSums }
  const expected = trees.evaluate(given)
  const delta = room(memory, baseOts / 8)
  const pointers = [choices, chosen, sent, proofSums].map(bytes => memory.put(bytes))
  memory.call('tree_evaluate', atNodeKey, atLeafKey, ...pointers, delta, leaves, proofs)
  taken(memory, delta, baseOts / 8, expected.delta)
  taken(memory, leaves, LEAVES, expected.leaves)
  taken(memory, proofs, PROOFS, expected.proofs)
  memory.clear()
  return 2 * treeCount
}

/** Rows as the module has them, from packed ones. */
export const atStride = (rows: Bytes): Bytes =>
  concat(
    ...Array.from({ length: rows.length / rowBytes }, (_, i) =>
      concat(rows.subarray(rowBytes * i, rowBytes * (i + 1)), new Uint8Array(STRIDE - rowBytes)),
    ),
  )

/** One extension by both sides, its check and its columns. */
export function checkExtension(memory: KernelMemory, random: Random): number {
  const { delta, bobLeaves, aliceLeaves } = leafPair(random, drawBytes(random, baseOts / 8))
  const [key, x, chi] = [random(32), drawBytes(random, rowBytes), drawBytes(random, 6 * BLOCK)]
  const [atKey, atX, atDelta, atChi] = [memory.put(key), memory.put(x), memory.put(delta), memory.put(chi)]
  const bob = extension.receiverRows({ key, leaves: bobLeaves, x })
  const [u, rows] = [room(memory, bob.u.length), room(memory, baseOts * STRIDE)]
  memory.call('ext_receiver', u, rows, atKey, memory.put(bobLeaves), atX)
  taken(memory, u, bob.u.length, bob.u)
  taken(memory, rows, baseOts * STRIDE, atStride(bob.v))

  const sent = below(random, 2) === 0 ? bob.u : drawBytes(random, bob.u.length)
  const w = extension.senderRows({ key, leaves: aliceLeaves, delta, u: sent })
  memory.call('ext_sender', rows, atKey, memory.put(aliceLeaves), atDelta, memory.put(sent))
  taken(memory, rows, baseOts * STRIDE, atStride(w))

  const hashes = room(memory, baseOts * BLOCK)
  const expected = extension.hashRows({ rows: w, rowBytes, chi })
  memory.call('ext_hash_rows', hashes, rows, baseOts, STRIDE, atChi)
  taken(memory, hashes, baseOts * BLOCK, expected)
  const value = room(memory, BLOCK)
  const hashed = extension.hashRows({ rows: x, rowBytes, chi })
  memory.call('ext_hash_rows', value, atX, 1, STRIDE, atChi)
  taken(memory, value, BLOCK, hashed)
  memory.call('ext_correlate', hashes, atDelta, value)
  taken(memory, hashes, baseOts * BLOCK, extension.correlate({ hashes: expected, delta, value: hashed }))

  const columns = room(memory, transfers * BLOCK)
  memory.call('ext_columns', columns, rows)
  taken(memory, columns, transfers * BLOCK, extension.columns(w))
  memory.clear()
  return 2 * baseOts
}
