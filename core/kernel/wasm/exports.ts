/**
 * What the engine calls in the module: names of the functions, in groups as the sources under `assembly/` have them.
 * @module
 */
import { PoolError } from '../../errors.ts'
import type { Export, Instance } from './instance.ts'

const NAMES = [
  'heap_base',
  // bytes
  'mem_copy',
  'mem_zero',
  'mem_equal',
  'mem_xor',
  'mem_strided',
  // scalars
  'sc_draw',
  'sc_from_be',
  'sc_to_be',
  'sc_add',
  'sc_sub',
  'sc_mul',
  'sc_neg',
  'sc_inv',
  'sc_reduce48',
  'sc_is_zero',
  'sc_is_canonical_be_public',
  'sc_horner',
  // group
  'ec_base',
  'ec_is_product',
  'ec_combine_public',
  'ec_sum_public',
  'ec_validate',
  'ec_negate',
  'ec_recover_public',
  'ec_hash_to_curve',
  // base transfers, seed trees
  'bot_receive',
  'bot_send',
  'bot_kdf_inputs',
  'tree_build',
  'tree_evaluate',
  'tree_proof_sums',
  // hashes
  'b3_hash',
  'b3_keyed',
  'b3_many',
  'b3_prefixed',
  'b3_stream',
  // extension
  'ext_receiver',
  'ext_sender',
  'ext_hash_rows',
  'ext_correlate',
  'ext_columns',
  // multiplication
  'vole_pads',
  'vole_corrections',
  'vole_row_products',
  'vole_apply',
  'vole_checked_products',
  'vole_gadget',
  'vole_weighted_sums',
  'vole_chosen_sum',
  // the last check
  'verify_signature',
] as const

/** The module's functions. Pointers are bytes from the start of its memory. */
export type Exports = Readonly<Record<(typeof NAMES)[number], Export>>

/** @throws {PoolError} `internal` when the module lacks one. */
export function exportsOf({ exports }: Instance): Exports {
  const missing = NAMES.filter(name => typeof exports[name] !== 'function')
  if (missing.length > 0) throw new PoolError('internal', { reason: 'the module lacks functions', missing })
  return exports as Exports
}
