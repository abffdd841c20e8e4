/**
 * All-but-one transfer from base transfers: 32 trees of 16 seeds, of which the receiver lacks one each (SoftSpoken, ePrint 2022/192, section 5).
 * The missing positions are the receiver's secret Delta.
 * @module
 */
import { assertBytes, type Bytes, concat, equal, u32be, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { H } from '../../transcript.ts'
import { requireLength } from '../round-message.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import { twin } from './twin.ts'

const { trees, leaves: leavesPerTree, depth: treeDepth, seedBytes, baseOts } = SHAPE
const hashBytes = 32
/** Per tree: corrections of three levels (left 16 | right 16), XOR of the leaf proofs, hash of all of them. */
const CORRECTION = (treeDepth - 1) * 2 * seedBytes
const PER_TREE = CORRECTION + 2 * hashBytes

const nodeKeyOf = (otsid: Bytes): Bytes => H('ggm-key', [otsid])
const leafKeyOf = (otsid: Bytes): Bytes => H('leaf-key', [otsid])

/** Hash of all leaf proofs of one tree, in order. */
function treeCheck(otsid: Bytes, tree: number, proofs: Bytes): Bytes {
  const each = Array.from({ length: leavesPerTree }, (_, y) => proofs.subarray((tree * leavesPerTree + y) * hashBytes).subarray(0, hashBytes))
  return H('ggm-check', [otsid, u32be(tree), ...each])
}

/** XOR of all leaf proofs of one tree. */
function proofSum(tree: number, proofs: Bytes): Bytes {
  const sum = new Uint8Array(hashBytes)
  const start = tree * leavesPerTree * hashBytes
  for (let i = 0; i < leavesPerTree * hashBytes; i++) sum[i % hashBytes] = (sum[i % hashBytes] as number) ^ (proofs[start + i] as number)
  return sum
}

/**
 * The base-transfer sender's half.
 * @param input.keys 128 pairs of 16-byte keys.
 * @returns `message` 5120 bytes; `leaves` 8192 bytes, 32 trees x 16 leaves x 16.
 */
export function pprfBuild(input: { otsid: Bytes; keys: readonly (readonly [Bytes, Bytes])[] }): { message: Bytes; leaves: Bytes } {
  const { otsid } = input
  assertBytes(otsid, 'otsid', hashBytes)
  const keys = concat(...input.keys.flat())
  assertBytes(keys, 'keys', baseOts * 2 * seedBytes)
  const { corrections, leaves, proofs } = twin.trees.build({ nodeKey: nodeKeyOf(otsid), leafKey: leafKeyOf(otsid), keys })
  const parts: Bytes[] = []
  for (let tree = 0; tree < trees; tree++)
    parts.push(corrections.subarray(tree * CORRECTION, (tree + 1) * CORRECTION), proofSum(tree, proofs), treeCheck(otsid, tree, proofs))
  wipe(keys, proofs)
  return { message: concat(...parts), leaves }
}

/**
 * The base-transfer receiver's half. All trees are evaluated before the result of any check is used.
 * @param input.choices 16 bytes, bit i for transfer i; @param input.keys 128 keys of 16 bytes.
 * @returns `delta` 16 bytes, bit 4t+b is bit b of the position that tree t lacks; `leaves` 8192 bytes with that leaf of each tree zero.
 * @throws {PoolError} `malformed-round` for a wrong length, `pprf` for inconsistent trees (the whole key generation is discarded then).
 */
export function pprfEvaluate(input: { otsid: Bytes; choices: Bytes; keys: readonly Bytes[]; message: Bytes }): { delta: Bytes; leaves: Bytes } {
  const { otsid, choices, message } = input
  assertBytes(otsid, 'otsid', hashBytes)
  assertBytes(choices, 'choices', LENGTHS.delta)
  requireLength(message, LENGTHS.trees, 'seed trees')
  const keys = concat(...input.keys)
  assertBytes(keys, 'keys', baseOts * seedBytes)

  const field = (start: number, length: number): Bytes =>
    concat(...Array.from({ length: trees }, (_, tree) => message.subarray(tree * PER_TREE + start, tree * PER_TREE + start + length)))
  const { delta, leaves, proofs } = twin.trees.evaluate({
    nodeKey: nodeKeyOf(otsid),
    leafKey: leafKeyOf(otsid),
    choices,
    keys,
    corrections: field(0, CORRECTION),
    proofSums: field(CORRECTION, hashBytes),
  })
  const expected = concat(...Array.from({ length: trees }, (_, tree) => treeCheck(otsid, tree, proofs)))
  const consistent = equal(expected, field(CORRECTION + hashBytes, hashBytes))
  wipe(keys, proofs)
  if (!consistent) {
    wipe(delta, leaves)
    // which tree failed would tell the peer nothing it may know
    throw new PoolError('pprf')
  }
  return { delta, leaves }
}
