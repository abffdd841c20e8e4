/**
 * The sizes that a kernel is built for. `core/threshold/parameters.ts` says why they are what they are and asserts that they fit.
 * @module
 */
export const SHAPE = {
  /** Base oblivious transfers per ordered pair; rows of the extension; bits of the correlation. */
  baseOts: 128,
  /** Depth of a seed tree. */
  depth: 4,
  trees: 32,
  /** Leaves of one tree. */
  leaves: 16,
  seedBytes: 16,
  /** Oblivious transfers of one multiplication. */
  transfers: 752,
  /** Bytes of one extension row: 752 bits, then 128 bits sacrificed to the check. */
  rowBytes: 110,
  /** Scalars per transfer: nonce, key, mask. */
  columns: 3,
} as const

/** Bytes of every message and secret that an engine makes or takes. */
export const LENGTHS = {
  seed: 32,
  point: 33,
  scalar: 32,
  /** Base transfers, receiver to sender: two points each. */
  baseOt: SHAPE.baseOts * 2 * 33,
  /** Trees: corrections of all levels but the first, the sum of the leaf proofs and their hash, per tree. */
  trees: SHAPE.trees * ((SHAPE.depth - 1) * 2 * SHAPE.seedBytes + 2 * 32),
  /** Extension: nonce, u, x-hat, hash of t. */
  extension: 32 + SHAPE.trees * SHAPE.rowBytes + 16 + 32,
  /** Multiplication: nonce, Q, hash of U, v. */
  multiplication: 32 + SHAPE.transfers * SHAPE.columns * 32 + 32 + 32,
  delta: SHAPE.baseOts / 8,
  leaves: SHAPE.trees * SHAPE.leaves * SHAPE.seedBytes,
  /** Delta, leaves as Alice, leaves as Bob. */
  pair: SHAPE.baseOts / 8 + 2 * SHAPE.trees * SHAPE.leaves * SHAPE.seedBytes,
  /** What sealing adds. */
  sealTag: 32,
} as const
