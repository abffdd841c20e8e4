/**
 * Seed trees (GGM) of depth 4 over 128 base transfers, 32 of them, and their evaluation without one leaf. Same layouts as core/kernel/reference/trees.ts.
 * Constant time in keys, choices and seeds: every node is expanded and every candidate touched, whatever the choices are.
 */
import { expand4 } from './blake3'
import { fromLanes, setChain, wipeCompression } from './compression'

const TREES: usize = 32
const LEAVES: usize = 16
const SEED: usize = 16
const PROOF: usize = 32
const LEVELS: usize = 4
const CORRECTION: usize = 2 * SEED
const TREE_CORRECTIONS: usize = (LEVELS - 1) * CORRECTION
const NODE_BYTES: i32 = 19
const LEAF_BYTES: i32 = 20

const OUT = memory.data(256, 16)
/** Nodes of one tree, and their children. */
const NODES = memory.data(256, 16)
const CHILDREN = memory.data(256, 16)
const PROOFS = memory.data(512, 16)

function wipe(): void {
  memory.fill(OUT, 0, 256)
  memory.fill(NODES, 0, 256)
  memory.fill(CHILDREN, 0, 256)
  memory.fill(PROOFS, 0, 512)
  wipeCompression()
}

/** All ones when a equals b, else 0; both below 2^31. */
// @ts-ignore: decorator
@inline
function equal_mask(a: i32, b: i32): i32 {
  return ((a ^ b) - 1) >> 31
}

/** `u16 tree | u8 level` after a seed, in all lanes. */
// @ts-ignore: decorator
@inline
function node_words(tree: usize, level: usize): v128 {
  return i32x4.splat(<i32>((tree >> 8) | ((tree & 255) << 8) | (level << 16)))
}

/** `u16 tree | u16 leaf` after a seed, for the leaves first … first + 3. */
// @ts-ignore: decorator
@inline
function leaf_words(tree: usize, first: usize): v128 {
  const base = <i32>((tree >> 8) | ((tree & 255) << 8))
  return v128.or(i32x4.splat(base), i32x4.shl(i32x4.add(i32x4.splat(<i32>first), i32x4(0, 1, 2, 3)), 24))
}

/** The children of `count` nodes (2, 4 or 8): child 2y is left of node y, child 2y + 1 right. NODES holds 4 whenever there are 2. */
function expand_level(nodeKey: usize, tree: usize, level: usize, count: usize): void {
  setChain(nodeKey)
  for (let y: usize = 0; y < count; y += 4) {
    expand4(OUT, NODES + y * SEED, node_words(tree, level), NODE_BYTES, 0)
    const to = CHILDREN + y * 32
    fromLanes(to, to + 32, to + 64, to + 96, OUT, 32)
  }
}

/** XOR of all left children and of all right children, of `count` nodes. */
// @ts-ignore: decorator
@inline
function side_sum(side: usize, count: usize): v128 {
  let sum = v128.load(CHILDREN + side * SEED)
  for (let y: usize = 1; y < count; y++) sum = v128.xor(sum, v128.load(CHILDREN + y * 32 + side * SEED))
  return sum
}

/** The proofs of 16 leaves. */
function prove_leaves(out: usize, leafKey: usize, tree: usize, leaves: usize): void {
  setChain(leafKey)
  for (let y: usize = 0; y < LEAVES; y += 4) {
    expand4(OUT, leaves + y * SEED, leaf_words(tree, y), LEAF_BYTES, 0)
    const to = out + y * PROOF
    fromLanes(to, to + 32, to + 64, to + 96, OUT, 32)
  }
}

/** Grows all trees from both base keys of each level; see the reference. */
export function tree_build(nodeKey: usize, leafKey: usize, keys: usize, corrections: usize, leaves: usize, proofs: usize): void {
  for (let tree: usize = 0; tree < TREES; tree++) {
    const own = keys + tree * LEVELS * CORRECTION
    memory.copy(NODES, own, CORRECTION)
    for (let level: usize = 1; level < LEVELS; level++) {
      const count = <usize>1 << level
      expand_level(nodeKey, tree, level, count)
      const key = own + level * CORRECTION
      const to = corrections + tree * TREE_CORRECTIONS + (level - 1) * CORRECTION
      v128.store(to, v128.xor(side_sum(0, count), v128.load(key)))
      v128.store(to, v128.xor(side_sum(1, count), v128.load(key, 16)), 16)
      memory.copy(NODES, CHILDREN, 2 * count * SEED)
    }
    memory.copy(leaves + tree * LEAVES * SEED, NODES, LEAVES * SEED)
    prove_leaves(proofs + tree * LEAVES * PROOF, leafKey, tree, NODES)
  }
  wipe()
}

/** -1 when choice `i` is 1, else 0. */
// @ts-ignore: decorator
@inline
function choice_mask(choices: usize, i: usize): i32 {
  return -((<i32>load<u8>(choices + (i >> 3)) >> <i32>(i & 7)) & 1)
}

/**
 * Grows all trees but for one leaf each, from one base key per level; see the reference. Secret: choices, keys, and everything that comes out but for what a
 * caller checks with the proofs.
 */
export function tree_evaluate(
  nodeKey: usize,
  leafKey: usize,
  choices: usize,
  keys: usize,
  corrections: usize,
  proofSums: usize,
  delta: usize,
  leaves: usize,
  proofs: usize,
): void {
  memory.fill(delta, 0, TREES / 2)
  for (let tree: usize = 0; tree < TREES; tree++) {
    const own = keys + tree * LEVELS * SEED
    const first = choice_mask(choices, tree * LEVELS)
    const key = v128.load(own)
    v128.store(NODES, v128.and(key, i32x4.splat(~first)))
    v128.store(NODES, v128.and(key, i32x4.splat(first)), 16)
    let punctured = 1 + first
    for (let level: usize = 1; level < LEVELS; level++) {
      const count = <usize>1 << level
      const side = choice_mask(choices, tree * LEVELS + level)
      expand_level(nodeKey, tree, level, count)
      for (let y: usize = 0; y < count; y++) {
        const keep = i32x4.splat(~equal_mask(<i32>y, punctured))
        const at = CHILDREN + y * 32
        v128.store(at, v128.and(v128.load(at), keep))
        v128.store(at, v128.and(v128.load(at, 16), keep), 16)
      }
      const given = corrections + tree * TREE_CORRECTIONS + (level - 1) * CORRECTION
      const left = v128.xor(side_sum(0, count), v128.load(given))
      const right = v128.xor(side_sum(1, count), v128.load(given, 16))
      const missing = v128.xor(v128.load(own + level * SEED), v128.bitselect(right, left, i32x4.splat(side)))
      const place = 2 * punctured + (side & 1)
      for (let y: usize = 0; y < 2 * count; y++) {
        const at = CHILDREN + y * SEED
        v128.store(at, v128.xor(v128.load(at), v128.and(missing, i32x4.splat(equal_mask(<i32>y, place)))))
      }
      punctured = 2 * punctured + 1 + side
      memory.copy(NODES, CHILDREN, 2 * count * SEED)
    }
    memory.copy(leaves + tree * LEAVES * SEED, NODES, LEAVES * SEED)
    prove_leaves(PROOFS, leafKey, tree, NODES)
    let low = v128.load(proofSums + tree * PROOF)
    let high = v128.load(proofSums + tree * PROOF, 16)
    for (let y: usize = 0; y < LEAVES; y++) {
      const known = i32x4.splat(~equal_mask(<i32>y, punctured))
      low = v128.xor(low, v128.and(v128.load(PROOFS + y * PROOF), known))
      high = v128.xor(high, v128.and(v128.load(PROOFS + y * PROOF, 16), known))
    }
    for (let y: usize = 0; y < LEAVES; y++) {
      const known = i32x4.splat(~equal_mask(<i32>y, punctured))
      const to = proofs + (tree * LEAVES + y) * PROOF
      v128.store(to, v128.bitselect(v128.load(PROOFS + y * PROOF), low, known))
      v128.store(to, v128.bitselect(v128.load(PROOFS + y * PROOF, 16), high, known), 16)
    }
    const byte = delta + (tree >> 1)
    store<u8>(byte, load<u8>(byte) | (<u8>punctured << <u8>(4 * (tree & 1))))
  }
  wipe()
}
