/**
 * SoftSpoken oblivious-transfer extension (Roy, ePrint 2022/192): subspace VOLE over a repetition code with trees of 16 leaves.
 * @module
 */
import { type Bytes, concat, u16be, wipe } from '../../bytes.ts'
import { keyed } from '../../transcript.ts'
import { SHAPE } from '../shape.ts'
import type { Extension } from './arithmetic.ts'
import { bitMask, bitOf, xorMasked } from './bits.ts'
import { blockPowers, hashRow } from './gf128.ts'

const { baseOts, depth, trees: treeCount, leaves: leafCount, seedBytes, transfers } = SHAPE
const COLUMN_BYTES = baseOts / 8

/**
 * Per tree: the sum of all leaf streams, and for each bit b of the leaf number the sum of the streams whose number has that bit.
 * `sums` has 32 rows, `folded` 128 (row 4t+b).
 */
function foldTrees(key: Bytes, leaves: Bytes, rowBytes: number): { sums: Bytes; folded: Bytes } {
  const sums = new Uint8Array(treeCount * rowBytes)
  const folded = new Uint8Array(baseOts * rowBytes)
  for (let tree = 0; tree < treeCount; tree++) {
    for (let y = 0; y < leafCount; y++) {
      const seed = leaves.subarray((tree * leafCount + y) * seedBytes, (tree * leafCount + y + 1) * seedBytes)
      const stream = keyed(key, concat(seed, u16be(tree), u16be(y)), rowBytes)
      xorMasked(sums, tree * rowBytes, stream, 0, rowBytes, -1)
      for (let b = 0; b < depth; b++) if ((y >> b) & 1) xorMasked(folded, (tree * depth + b) * rowBytes, stream, 0, rowBytes, -1)
      wipe(stream)
    }
  }
  return { sums, folded }
}

const receiverRows: Extension['receiverRows'] = ({ key, leaves, x }) => {
  const { sums, folded } = foldTrees(key, leaves, x.length)
  for (let tree = 0; tree < treeCount; tree++) xorMasked(sums, tree * x.length, x, 0, x.length, -1)
  return { u: sums, v: folded }
}

/**
 * w_{t,b} = Σ_y [bit b of y ^ D]·R_y + [bit b of D]·u = (Σ_y [bit b of y]·R_y) + [bit b of D]·(Σ_y R_y + u). The stream of the
 * missing leaf is grown from zeros and cancels: it is in both sums exactly when bit b of its number is set.
 */
const senderRows: Extension['senderRows'] = ({ key, leaves, delta, u }) => {
  const rowBytes = u.length / treeCount
  const { sums, folded } = foldTrees(key, leaves, rowBytes)
  xorMasked(sums, 0, u, 0, u.length, -1)
  for (let row = 0; row < baseOts; row++) xorMasked(folded, row * rowBytes, sums, Math.floor(row / depth) * rowBytes, rowBytes, bitMask(delta, row))
  wipe(sums)
  return folded
}

const hashRows: Extension['hashRows'] = ({ rows, rowBytes, chi }) => {
  const count = rows.length / rowBytes
  const powers = blockPowers(chi, transfers)
  const out = new Uint8Array(count * COLUMN_BYTES)
  for (let row = 0; row < count; row++) out.set(hashRow(rows.subarray(row * rowBytes, (row + 1) * rowBytes), powers, transfers), row * COLUMN_BYTES)
  return out
}

const correlate: Extension['correlate'] = ({ hashes, delta, value }) => {
  const out = hashes.slice()
  for (let row = 0; row < baseOts; row++) xorMasked(out, row * COLUMN_BYTES, value, 0, COLUMN_BYTES, bitMask(delta, row))
  return out
}

const columns: Extension['columns'] = rows => {
  const rowBytes = rows.length / baseOts
  const out = new Uint8Array(transfers * COLUMN_BYTES)
  for (let row = 0; row < baseOts; row++) {
    const source = rows.subarray(row * rowBytes, (row + 1) * rowBytes)
    for (let j = 0; j < transfers; j++) {
      const at = j * COLUMN_BYTES + (row >> 3)
      out[at] = (out[at] as number) | (bitOf(source, j) << (row & 7))
    }
  }
  return out
}

/** Extension of the reference kernel. */
export const extension: Extension = { receiverRows, senderRows, hashRows, correlate, columns }
