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
