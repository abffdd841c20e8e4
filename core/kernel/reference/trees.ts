/**
 * Seed trees (GGM) from base transfers, and their evaluation without one leaf. The level keys of the base transfers are the sums of
 * all left and all right nodes, so a receiver who took side c of each level lacks exactly the leaf that takes side 1-c at every level.
 * @module
 */
import { type Bytes, concat, u16be, wipe } from '../../bytes.ts'
import { keyed } from '../../transcript.ts'
import { SHAPE } from '../shape.ts'
import type { Trees } from './arithmetic.ts'
import { bitMask, equalMask, xorMasked } from './bits.ts'

const { depth, trees: treeCount, leaves: leafCount, seedBytes } = SHAPE
const PROOF_BYTES = 32
const TREE_LEAF_BYTES = leafCount * seedBytes
const TREE_PROOF_BYTES = leafCount * PROOF_BYTES
const TREE_CORRECTION_BYTES = (depth - 1) * 2 * seedBytes

/** left 16 | right 16 of a node at the given depth of the children. */
const expandNode = (nodeKey: Bytes, tree: number, level: number, seed: Bytes): Bytes =>
  keyed(nodeKey, concat(seed, u16be(tree), Uint8Array.of(level)))

const leafProof = (leafKey: Bytes, tree: number, leaf: number, seed: Bytes): Bytes => keyed(leafKey, concat(seed, u16be(tree), u16be(leaf)))

const seedAt = (nodes: Bytes, index: number): Bytes => nodes.subarray(index * seedBytes, (index + 1) * seedBytes)

/** The children of `count` nodes: child 2y is left of node y, child 2y+1 right. */
function expandLevel(nodeKey: Bytes, tree: number, level: number, nodes: Bytes, count: number): Bytes {
  const children = new Uint8Array(2 * count * seedBytes)
  for (let y = 0; y < count; y++) children.set(expandNode(nodeKey, tree, level, seedAt(nodes, y)), 2 * y * seedBytes)
  return children
}

/** XOR of all left children | XOR of all right children. */
function sideSums(children: Bytes): Bytes {
  const sums = new Uint8Array(2 * seedBytes)
  for (let i = 0; i < children.length; i += sums.length) xorMasked(sums, 0, children, i, sums.length, -1)
  return sums
}

/** Puts a seed at one of `count` nodes that are zero there, touching all of them. */
function place(nodes: Bytes, count: number, at: number, seed: Bytes): void {
  for (let y = 0; y < count; y++) xorMasked(nodes, y * seedBytes, seed, 0, seedBytes, equalMask(y, at))
}

const build: Trees['build'] = ({ nodeKey, leafKey, keys }) => {
  const corrections = new Uint8Array(treeCount * TREE_CORRECTION_BYTES)
  const leaves = new Uint8Array(treeCount * TREE_LEAF_BYTES)
  const proofs = new Uint8Array(treeCount * TREE_PROOF_BYTES)
  for (let tree = 0; tree < treeCount; tree++) {
    /** Both base keys of a level, side 0 then side 1. */
    const levelKeys = (level: number) => keys.subarray((tree * depth + level) * 2 * seedBytes, (tree * depth + level + 1) * 2 * seedBytes)
    let nodes: Bytes = levelKeys(0).slice()
    for (let level = 1; level < depth; level++) {
      const children = expandLevel(nodeKey, tree, level, nodes, 1 << level)
      const correction = sideSums(children)
      xorMasked(correction, 0, levelKeys(level), 0, correction.length, -1)
      corrections.set(correction, tree * TREE_CORRECTION_BYTES + (level - 1) * correction.length)
      wipe(nodes)
      nodes = children
    }
    leaves.set(nodes, tree * TREE_LEAF_BYTES)
    for (let y = 0; y < leafCount; y++) proofs.set(leafProof(leafKey, tree, y, seedAt(nodes, y)), tree * TREE_PROOF_BYTES + y * PROOF_BYTES)
    wipe(nodes)
  }
  return { corrections, leaves, proofs }
}

/**
 * One tree from one key per level. The key of side c of a level is the sum of that side, so it yields the node where side c meets the punctured
 * path; the other child of that path stays unknown (zero). Every node is expanded and every candidate touched, whatever the choices are.
 */
function growPunctured(input: { nodeKey: Bytes; tree: number; choices: Bytes; keys: Bytes; corrections: Bytes }): {
  nodes: Bytes
  punctured: number
} {
  const { nodeKey, tree, choices, keys, corrections } = input
  const levelKey = (level: number) => seedAt(keys, tree * depth + level)
  /** -1 for side 1, 0 for side 0. */
  const side = (level: number) => bitMask(choices, tree * depth + level)
  let nodes: Bytes = new Uint8Array(2 * seedBytes)
  place(nodes, 2, side(0) & 1, levelKey(0))
  let punctured = 1 + side(0)
  for (let level = 1; level < depth; level++) {
    const count = 1 << level
    const chosen = side(level)
    const children = expandLevel(nodeKey, tree, level, nodes, count)
    for (let y = 0; y < count; y++) xorMasked(children, 2 * y * seedBytes, children, 2 * y * seedBytes, 2 * seedBytes, equalMask(y, punctured))
    const sums = sideSums(children)
    xorMasked(sums, 0, corrections, tree * TREE_CORRECTION_BYTES + (level - 1) * sums.length, sums.length, -1)
    const missing = levelKey(level).slice()
    xorMasked(missing, 0, sums, 0, seedBytes, ~chosen)
    xorMasked(missing, 0, sums, seedBytes, seedBytes, chosen)
    place(children, 2 * count, 2 * punctured + (chosen & 1), missing)
    punctured = 2 * punctured + 1 + chosen
    wipe(nodes, sums, missing)
    nodes = children
  }
  return { nodes, punctured }
}

/** The proofs of all leaves but one, and in its place what `proofSum` leaves over. */
function proofsOf(leafKey: Bytes, tree: number, nodes: Bytes, punctured: number, proofSum: Bytes): Bytes {
  const proofs = new Uint8Array(TREE_PROOF_BYTES)
  const rest = proofSum.slice()
  for (let y = 0; y < leafCount; y++) {
    const proof = leafProof(leafKey, tree, y, seedAt(nodes, y))
    const known = ~equalMask(y, punctured)
    xorMasked(rest, 0, proof, 0, PROOF_BYTES, known)
    xorMasked(proofs, y * PROOF_BYTES, proof, 0, PROOF_BYTES, known)
  }
  for (let y = 0; y < leafCount; y++) xorMasked(proofs, y * PROOF_BYTES, rest, 0, PROOF_BYTES, equalMask(y, punctured))
  return proofs
}

const evaluate: Trees['evaluate'] = ({ nodeKey, leafKey, choices, keys, corrections, proofSums }) => {
  const delta = new Uint8Array((treeCount * depth) / 8)
  const leaves = new Uint8Array(treeCount * TREE_LEAF_BYTES)
  const proofs = new Uint8Array(treeCount * TREE_PROOF_BYTES)
  for (let tree = 0; tree < treeCount; tree++) {
    const { nodes, punctured } = growPunctured({ nodeKey, tree, choices, keys, corrections })
    const proofSum = proofSums.subarray(tree * PROOF_BYTES, (tree + 1) * PROOF_BYTES)
    leaves.set(nodes, tree * TREE_LEAF_BYTES)
    proofs.set(proofsOf(leafKey, tree, nodes, punctured, proofSum), tree * TREE_PROOF_BYTES)
    // bit b of the position is row 4t+b, so two positions fill a byte, the even tree in the low half
    delta[tree >> 1] = (delta[tree >> 1] as number) | (punctured << (4 * (tree & 1)))
    wipe(nodes)
  }
  return { delta, leaves, proofs }
}

/** Seed trees of the reference kernel. */
export const trees: Trees = { build, evaluate }
