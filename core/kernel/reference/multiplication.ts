/**
 * The vectors of the random VOLE (Variant II of ePrint 2026/976) on bigint. Sums of products are reduced once per row or column.
 * @module
 */
import { concat, u32be } from '../../bytes.ts'
import { CURVE_ORDER, keyed } from '../../transcript.ts'
import { SHAPE } from '../shape.ts'
import type { Multiplication } from './arithmetic.ts'
import { bitMask, bitOf, xorMasked } from './bits.ts'
import { readInteger, reduce, SCALAR_BYTES, viewOf, writeScalar } from './scalars.ts'

const { transfers, columns: width, baseOts } = SHAPE
const COLUMN_BYTES = baseOts / 8
const ROW_BYTES = width * SCALAR_BYTES
/** 384 bits per gadget scalar: the bias of the reduction stays below 2^-128. */
const WIDE_BYTES = 48

const pads: Multiplication['pads'] = ({ key, columns, shift = new Uint8Array(COLUMN_BYTES) }) => {
  const out: bigint[] = []
  for (let j = 0; j < transfers; j++) {
    const column = columns.slice(j * COLUMN_BYTES, (j + 1) * COLUMN_BYTES)
    xorMasked(column, 0, shift, 0, COLUMN_BYTES, -1)
    const view = viewOf(keyed(key, concat(u32be(j), column), ROW_BYTES))
    for (let c = 0; c < width; c++) out.push(readInteger(view, c * SCALAR_BYTES, SCALAR_BYTES) % CURVE_ORDER)
  }
  return out
}

const corrections: Multiplication['corrections'] = ({ zero, one, inputs }) => {
  const out = new Uint8Array(transfers * ROW_BYTES)
  const view = viewOf(out)
  for (let i = 0; i < transfers * width; i++) {
    const value = (zero[i] as bigint) - (one[i] as bigint) + (inputs[i % width] as bigint)
    writeScalar(view, i * SCALAR_BYTES, reduce(value))
  }
  return out
}

function product(rows: readonly bigint[], j: number, chi: readonly bigint[]): bigint {
  let sum = 0n
  for (let c = 0; c < width; c++) sum += (rows[j * width + c] as bigint) * (chi[c] as bigint)
  return sum
}

const rowProducts: Multiplication['rowProducts'] = ({ rows, chi }) => {
  const out = new Uint8Array(transfers * SCALAR_BYTES)
  const view = viewOf(out)
  for (let j = 0; j < transfers; j++) writeScalar(view, j * SCALAR_BYTES, product(rows, j, chi) % CURVE_ORDER)
  return out
}

const applyCorrections: Multiplication['applyCorrections'] = ({ pads, choices, corrections }) => {
  const out: bigint[] = []
  const chosen = new Uint8Array(ROW_BYTES)
  const view = viewOf(chosen)
  for (let j = 0; j < transfers; j++) {
    chosen.fill(0)
    xorMasked(chosen, 0, corrections, j * ROW_BYTES, ROW_BYTES, bitMask(choices, j))
    for (let c = 0; c < width; c++) out.push(((pads[j * width + c] as bigint) + readInteger(view, c * SCALAR_BYTES, SCALAR_BYTES)) % CURVE_ORDER)
  }
  return out
}

const checkedProducts: Multiplication['checkedProducts'] = ({ rows, chi, choices, v }) => {
  const out = new Uint8Array(transfers * SCALAR_BYTES)
  const view = viewOf(out)
  for (let j = 0; j < transfers; j++) writeScalar(view, j * SCALAR_BYTES, reduce(product(rows, j, chi) - BigInt(bitOf(choices, j)) * v))
  return out
}

/** The stream is keyed BLAKE3 of the empty string: the seed is already a hash of the whole transcript. */
const gadget: Multiplication['gadget'] = seed => {
  const view = viewOf(keyed(seed, new Uint8Array(0), transfers * WIDE_BYTES))
  return Array.from({ length: transfers }, (_, j) => readInteger(view, j * WIDE_BYTES, WIDE_BYTES) % CURVE_ORDER)
}

const weightedSums: Multiplication['weightedSums'] = ({ gadget, rows }) => {
  let k = 0n
  let x = 0n
  for (let j = 0; j < transfers; j++) {
    k += (gadget[j] as bigint) * (rows[j * width] as bigint)
    x += (gadget[j] as bigint) * (rows[j * width + 1] as bigint)
  }
  return { k: k % CURVE_ORDER, x: x % CURVE_ORDER }
}

const chosenSum: Multiplication['chosenSum'] = ({ gadget, choices }) => {
  let sum = 0n
  for (let j = 0; j < transfers; j++) sum += BigInt(bitOf(choices, j)) * (gadget[j] as bigint)
  return sum % CURVE_ORDER
}

/** Multiplication of the reference kernel. */
export const multiplication: Multiplication = {
  pads,
  corrections,
  rowProducts,
  applyCorrections,
  checkedProducts,
  gadget,
  weightedSums,
  chosenSum,
}
