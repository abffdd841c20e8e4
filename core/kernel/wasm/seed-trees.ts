/**
 * All-but-one transfer from base transfers, the part around the trees: their keys, their checks and the layout of the message
 * (`reference/pprf.ts` says it readably). To be called inside a step.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'

const { trees, leaves: LEAVES, depth, seedBytes } = SHAPE
const HASH = 32
/** Per tree: corrections of three levels, XOR of the leaf proofs, hash of all of them. */
const CORRECTION = (depth - 1) * 2 * seedBytes
const PER_TREE = CORRECTION + 2 * HASH
const PROOFS_OF_TREE = LEAVES * HASH
/** Room for the input of one check. */
const CHECK_ROOM = 768

function treeKeys(machine: Machine, otsid: Bytes): { nodeKey: Pointer; leafKey: Pointer } {
  const nodeKey = machine.take(HASH)
  const leafKey = machine.take(HASH)
  machine.hasher.start('ggm-key').bytes(otsid).finish(nodeKey)
  machine.hasher.start('leaf-key').bytes(otsid).finish(leafKey)
  return { nodeKey, leafKey }
}

/** `H("ggm-check"; otsid, tree, its proofs)` of every tree. */
function treeChecks(machine: Machine, out: Pointer, otsid: Bytes, proofs: Pointer): void {
  const inputs = machine.take(trees * CHECK_ROOM)
  let length = 0
  for (let tree = 0; tree < trees; tree++)
    length = machine.hasher
      .start('ggm-check')
      .bytes(otsid)
      .number(tree)
      .parts(proofs + tree * PROOFS_OF_TREE, HASH, LEAVES)
      .moveTo(inputs + tree * CHECK_ROOM)
  machine.call.b3_many(out, HASH, inputs, length, CHECK_ROOM, trees)
}

/** From 128 pairs of keys: `message` gets 5120 bytes, `leaves` 8192. */
export function buildTrees(machine: Machine, input: { otsid: Bytes; keys: Pointer; message: Pointer; leaves: Pointer }): void {
  const { otsid, keys, message, leaves } = input
  const { nodeKey, leafKey } = treeKeys(machine, otsid)
  const corrections = machine.take(trees * CORRECTION)
  const proofs = machine.take(trees * PROOFS_OF_TREE)
  const checks = machine.take(trees * HASH)
  machine.call.tree_build(nodeKey, leafKey, keys, corrections, leaves, proofs)
  machine.call.mem_strided(message, PER_TREE, corrections, CORRECTION, CORRECTION, trees)
  machine.call.tree_proof_sums(message + CORRECTION, PER_TREE, proofs, trees)
  treeChecks(machine, checks, otsid, proofs)
  machine.call.mem_strided(message + CORRECTION + HASH, PER_TREE, checks, HASH, HASH, trees)
}

/**
 * From 128 keys and the peer's message: `delta` gets 16 bytes, `leaves` 8192. All trees are evaluated before the result of any check is used.
 * @throws {PoolError} `pprf` for inconsistent trees; which tree failed would tell the peer nothing that it may know.
 */
export function evaluateTrees(
  machine: Machine,
  input: { otsid: Bytes; choices: Pointer; keys: Pointer; message: Bytes; delta: Pointer; leaves: Pointer },
): void {
  const { otsid, choices, keys, delta, leaves } = input
  const message = machine.put(input.message)
  const field = (start: number, length: number): Pointer => {
    const packed = machine.take(trees * length)
    machine.call.mem_strided(packed, length, message + start, PER_TREE, length, trees)
    return packed
  }
  const { nodeKey, leafKey } = treeKeys(machine, otsid)
  const proofs = machine.take(trees * PROOFS_OF_TREE)
  const checks = machine.take(trees * HASH)
  machine.call.tree_evaluate(nodeKey, leafKey, choices, keys, field(0, CORRECTION), field(CORRECTION, HASH), delta, leaves, proofs)
  treeChecks(machine, checks, otsid, proofs)
  if (machine.call.mem_equal(checks, field(CORRECTION + HASH, HASH), trees * HASH) === 0) throw new PoolError('pprf')
}

/** Bytes of the message, for the sake of a check at load: the layout here and the lengths of the interface agree. */
if (trees * PER_TREE !== LENGTHS.trees) throw new PoolError('internal', { reason: 'layout of the tree message' })
