/**
 * The numbers of the protocol and the inequalities they must satisfy, checked when this module is loaded.
 * Sources: DKLs23 (ePrint 2023/765), its corrected multiplication (ePrint 2026/976, Variant II), SoftSpoken (ePrint 2022/192).
 * @module
 */
import { PoolError } from '../errors.ts'
import { LENGTHS, SHAPE } from '../kernel/index.ts'
import { CURVE_ORDER } from '../transcript.ts'

/** Every parameter of version 1. Changing one changes the protocol: it is not an option of the caller. */
export const PARAMETERS = {
  /** Bits of the curve order. */
  kappa: 256,
  /** Computational security, bits; also the number of base transfers. */
  computational: 128,
  /** Statistical security of the multiplication, bits. */
  statistical: 80,
  /** Oblivious transfers per multiplication (m). */
  transfers: 752,
  /** Columns with a payload: nonce share, key share. */
  payloads: 2,
  /** Mask columns (rho). */
  masks: 1,
  /** Scalars per transfer (W). */
  columns: 3,
  /** Base transfers per ordered pair; bits of the extension secret. */
  baseOts: 128,
  /** Depth of a seed tree (k). */
  treeDepth: 4,
  trees: 32,
  leavesPerTree: 16,
  /** Extra transfers sacrificed to the extension check (S). The check is Fiat-Shamir, so 80 would invite an offline search. */
  sacrificed: 128,
  seedBytes: 16,
  /** Session values: `otsid`, contexts, views, nonces. */
  hashBytes: 32,
} as const

/** The shape that `checkParameters` examines. */
export type Parameters = { readonly [K in keyof typeof PARAMETERS]: number }

/** Lengths in bytes of the four messages, one ordered pair. */
export interface MessageLengths {
  /** Base transfer receiver to sender: two points per transfer. */
  readonly baseOt: number
  /** Trees: corrections of all levels but the first, and two hashes, per tree. */
  readonly pprf: number
  /** Extension: nonce, u, x-hat, hash of t. */
  readonly extension: number
  /** Multiplication: nonce, Q, hash of U, v. */
  readonly vole: number
}

/** Message lengths that follow from parameters. */
export function messageLengths(p: Parameters): MessageLengths {
  const row = (p.transfers + p.sacrificed) / 8
  return {
    baseOt: p.baseOts * 2 * 33,
    pprf: p.trees * ((p.treeDepth - 1) * 2 * p.seedBytes + 2 * p.hashBytes),
    extension: p.hashBytes + p.trees * row + p.sacrificed / 8 + p.hashBytes,
    vole: p.hashBytes + p.transfers * p.columns * 32 + p.hashBytes + 32,
  }
}

/**
 * Asserts every inequality that the security argument needs.
 * @throws {PoolError} `internal` naming the first that fails.
 */
export function checkParameters(p: Parameters): void {
  const bits = CURVE_ORDER.toString(2).length
  const rules: readonly (readonly [rule: string, holds: boolean])[] = [
    ['kappa is the size of the curve order', p.kappa === bits],
    [
      'm >= kappa + 3s + 2 lambda: the bits of beta survive s leaked choices and a search over the hash',
      p.transfers >= p.kappa + 3 * p.statistical + 2 * p.computational,
    ],
    ['m is whole bytes', p.transfers % 8 === 0],
    ['one mask column suffices: kappa >= lambda + 2 log2 m', p.masks === 1 && p.kappa >= p.computational + 2 * Math.log2(p.transfers)],
    ['columns are payloads and masks', p.columns === p.payloads + p.masks && p.payloads === 2],
    ['the extension secret has lambda bits', p.baseOts === p.computational],
    ['trees cover the extension secret', p.trees * p.treeDepth === p.baseOts && p.leavesPerTree === 2 ** p.treeDepth],
    ['the extension check has lambda bits, one field element', p.sacrificed >= p.computational && p.sacrificed === 128],
    ['seeds have lambda bits', p.seedBytes * 8 === p.computational],
    ['hashes have 2 lambda bits', p.hashBytes * 8 === 2 * p.computational],
    ['statistical security of at least 80 bits', p.statistical >= 80],
  ]
  for (const [rule, holds] of rules) if (!holds) throw new PoolError('internal', { parameter: rule })
}

/** Asserts that the kernel was built for these parameters. @throws {PoolError} `internal`. */
export function checkShape(
  p: Parameters,
  shape: { readonly [K in keyof typeof SHAPE]: number },
  lengths: { readonly [K in keyof typeof LENGTHS]: number },
): void {
  const messages = messageLengths(p)
  const same =
    shape.baseOts === p.baseOts &&
    shape.depth === p.treeDepth &&
    shape.trees === p.trees &&
    shape.leaves === p.leavesPerTree &&
    shape.seedBytes === p.seedBytes &&
    shape.transfers === p.transfers &&
    shape.rowBytes === (p.transfers + p.sacrificed) / 8 &&
    shape.columns === p.columns &&
    lengths.baseOt === messages.baseOt &&
    lengths.trees === messages.pprf &&
    lengths.extension === messages.extension &&
    lengths.multiplication === messages.vole
  if (!same) throw new PoolError('internal', { parameter: 'the kernel was built for other sizes' })
}

/** Lengths in bytes of the messages of version 1: 8448, 5120, 3600, 72288. */
export const MESSAGE_LENGTHS: MessageLengths = messageLengths(PARAMETERS)

checkParameters(PARAMETERS)
checkShape(PARAMETERS, SHAPE, LENGTHS)
