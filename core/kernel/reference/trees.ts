/**
 * Seed trees (GGM) from base transfers, and their evaluation without one leaf. The level keys of the base transfers are the sums of
 * all left and all right nodes, so a receiver who took side c of each level lacks exactly the leaf that takes side 1-c at every level.
 * @module
 */
import { type Bytes, concat, u16be } from '../../bytes.ts'
import { keyed } from '../../transcript.ts'
import type { Trees } from '../kernel.ts'
import { SHAPE } from '../shape.ts'
import { bitMask, equalMask, xorMasked } from './bits.ts'

const { depth, trees: treeCount, leaves: leafCount, seedBytes } = SHAPE
const PROOF_BYTES = 32
const TREE_LEAF_BYTES = leafCount * seedBytes
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

const build: Trees['build'] = ({ nodeKey, leafKey, keys }) => {
  const corrections = new Uint8Array(treeCount * TREE_CORRECTION_BYTES)
  const leaves = new Uint8Array(treeCount * TREE_LEAF_BYTES)
  const proofs = new Uint8Array(treeCount * leafCount * PROOF_BYTES)
  /** Both base keys of a level, side 0 then side 1. */
  const levelKeys = (tree: number, level: number) => keys.subarray((tree * depth + level) * 2 * seedBytes, (tree * depth + level + 1) * 2 * seedBytes)
  for (let tree = 0; tree < treeCount; tree++) {
    let nodes: Bytes = levelKeys(tree, 0).slice()
    for (let level = 1; level < depth; level++) {
      nodes = expandLevel(nodeKey, tree, level, nodes, 1 << level)
      const correction = sideSums(nodes)
      xorMasked(correction, 0, levelKeys(tree, level), 0, correction.length, -1)
      corrections.set(correction, tree * TREE_CORRECTION_BYTES + (level - 1) * correction.length)
    }
    leaves.set(nodes, tree * TREE_LEAF_BYTES)
    for (let y = 0; y < leafCount; y++) proofs.set(leafProof(leafKey, tree, y, seedAt(nodes, y)), (tree * leafCount + y) * PROOF_BYTES)
  }
  return { corrections, leaves, proofs }
}

const evaluate: Trees['evaluate'] = ({ nodeKey, leafKey, choices, keys, corrections, proofSums }) => {
  const delta = new Uint8Array((treeCount * depth) / 8)
  const leaves = new Uint8Array(treeCount * TREE_LEAF_BYTES)
  const proofs = new Uint8Array(treeCount * leafCount * PROOF_BYTES)
  for (let tree = 0; tree < treeCount; tree++) {
    /** The key of side c of a level goes to the node where side c meets the punctured path; the sibling stays unknown (zero). */
    const place = (nodes: Bytes, count: number, at: number, seed: Bytes) => {
      for (let y = 0; y < count; y++) xorMasked(nodes, y * seedBytes, seed, 0, seedBytes, equalMask(y, at))
    }
    const levelKey = (level: number) => seedAt(keys, tree * depth + level)
    const first = bitMask(choices, tree * depth)
    let punctured = 1 + first
    let nodes: Bytes = new Uint8Array(2 * seedBytes)
    place(nodes, 2, first & 1, levelKey(0))
    for (let level = 1; level < depth; level++) {
      const count = 1 << level
      const choice = bitMask(choices, tree * depth + level)
      const children = expandLevel(nodeKey, tree, level, nodes, count)
      for (let y = 0; y < count; y++) {
        const hole = equalMask(y, punctured)
        xorMasked(children, 2 * y * seedBytes, children, 2 * y * seedBytes, 2 * seedBytes, hole)
      }
      const sums = sideSums(children)
      const correction = corrections.subarray(tree * TREE_CORRECTION_BYTES + (level - 1) * sums.length)
      xorMasked(sums, 0, correction, 0, sums.length, -1)
      const missing = levelKey(level).slice()
      xorMasked(missing, 0, sums, 0, seedBytes, ~choice)
      xorMasked(missing, 0, sums, seedBytes, seedBytes, choice)
      place(children, 2 * count, 2 * punctured + (choice & 1), missing)
      punctured = 2 * punctured + 1 + choice
      nodes = children
    }
    leaves.set(nodes, tree * TREE_LEAF_BYTES)
    const rest = proofSums.slice(tree * PROOF_BYTES, (tree + 1) * PROOF_BYTES)
    const base = tree * leafCount * PROOF_BYTES
    for (let y = 0; y < leafCount; y++) {
      const proof = leafProof(leafKey, tree, y, seedAt(nodes, y))
      const known = ~equalMask(y, punctured)
      xorMasked(rest, 0, proof, 0, PROOF_BYTES, known)
      xorMasked(proofs, base + y * PROOF_BYTES, proof, 0, PROOF_BYTES, known)
    }
    for (let y = 0; y < leafCount; y++) xorMasked(proofs, base + y * PROOF_BYTES, rest, 0, PROOF_BYTES, equalMask(y, punctured))
    // bit b of the position is row 4t+b, so two positions fill a byte, the even tree in the low half
    delta[tree >> 1] = (delta[tree >> 1] as number) | (punctured << (4 * (tree & 1)))
  }
  return { delta, leaves, proofs }
}

/** Seed trees of the reference kernel. */
export const trees: Trees = { build, evaluate }
