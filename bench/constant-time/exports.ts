/**
 * The module's functions that take secrets, each with a class of inputs that would provoke a leak: scalars with hardly a bit set, choices that are all taken,
 * correlations of zeros, values at the edge of a reduction.
 * @module
 */
import { type Bytes, bigintToBytes, concat, utf8 } from '../../core/bytes.ts'
import type { ModuleBench } from '../../test/support/module-bench.ts'
import { input, ORDER, ones, points, ROWS, randomBytes, scalars, zeros } from './inputs.ts'
import type { Subject } from './subject.ts'

const DOMAIN = utf8('SEQUORUM-BENCH_secp256k1_XMD:SHA-256_SSWU_RO_')
const STRIDE = 112

/** The secret places, and what else the export takes, in its order: a number as it is, bytes as the place of public bytes. */
type Argument = number | Bytes | { readonly secret: Bytes } | { readonly room: number }
const secret = (fixed: Bytes): Argument => ({ secret: fixed })
const room = (length: number): Argument => ({ room: length })

/** A subject that calls an export of the module. */
function hot(name: string, fixed: string, args: () => readonly Argument[]): Subject {
  const exported = name.split(' ')[0] as string
  return {
    name,
    role: 'hot',
    fixed,
    prepare(bench: ModuleBench) {
      const inputs: ReturnType<typeof input>[] = []
      const values = args().map(argument => {
        if (typeof argument === 'number') return argument
        if (argument instanceof Uint8Array) return bench.put(argument)
        if ('room' in argument) return bench.room(argument.room)
        const place = input(bench, argument.secret)
        inputs.push(place)
        return place.at
      })
      const call = bench.instance.exports[exported]
      if (call === undefined) throw new Error(`the module has no ${exported}`)
      return { inputs, run: () => call(...values) }
    },
  }
}

const GROUP: readonly Subject[] = [
  hot('ec_base', 'k = 1', () => [room(33), secret(scalars(1n)), 1]),
  hot('ec_base (2^200)', 'k = 2^200', () => [room(33), secret(scalars(1n << 200n)), 1]),
  hot('ec_base (32 at once)', 'all k = 1', () => [room(33 * 32), secret(scalars(1n, 32)), 32]),
  hot('ec_times', 'k = 1', () => [room(33 * 2), points(2), secret(scalars(1n, 2)), 2]),
  hot('ec_times (n - 1)', 'k = n - 1', () => [room(33 * 2), points(2), secret(scalars(ORDER - 1n, 2)), 2]),
  hot('ec_times_same', 'k = 1', () => [room(33 * 2), points(2), secret(scalars(1n)), 2]),
  hot('ec_is_product', 'β = 1, c = 1', () => [secret(scalars(1n)), points(1), secret(scalars(1n)), points(1)]),
  hot('ec_hash_to_curve', 'zeros', () => [room(33), secret(zeros(33)), 33, DOMAIN, DOMAIN.length]),
  hot('bot_receive (choices)', 'all choices 1', () => {
    const [blinds, decoys] = [randomBytes(32 * 4), randomBytes(32 * 4)]
    return [room(66 * 4), room(33 * 4), points(1), DOMAIN, DOMAIN.length, secret(ones(16)), blinds, decoys, 4]
  }),
  hot('bot_receive (blinds)', 'all blinds and decoys 1', () => {
    const [blinds, decoys] = [secret(scalars(1n, 4)), secret(scalars(1n, 4))]
    return [room(66 * 4), room(33 * 4), points(1), DOMAIN, DOMAIN.length, randomBytes(16), blinds, decoys, 4]
  }),
  hot('bot_send', 'y = 1', () => [room(66 * 2), points(4), DOMAIN, DOMAIN.length, secret(scalars(1n)), 2]),
  hot('bot_kdf_inputs', 'all choices 1', () => [
    room(171 * 128),
    randomBytes(44),
    44,
    secret(zeros(33 * 128)),
    randomBytes(66 * 128),
    secret(ones(16)),
    128,
  ]),
]

const SYMMETRIC: readonly Subject[] = [
  hot('tree_build', 'keys of zeros', () => [
    randomBytes(32),
    randomBytes(32),
    secret(zeros(128 * 2 * 16)),
    room(32 * 6 * 16),
    room(8192),
    room(32 * 512),
  ]),
  hot('tree_evaluate', 'all choices 1, keys of zeros', () => [
    randomBytes(32),
    randomBytes(32),
    secret(ones(16)),
    secret(zeros(128 * 16)),
    randomBytes(32 * 6 * 16),
    randomBytes(32 * 32),
    room(16),
    room(8192),
    room(32 * 512),
  ]),
  hot('tree_proof_sums', 'proofs of zeros', () => [room(32 * 32), 32, secret(zeros(32 * 512)), 32]),
  hot('ext_receiver', 'leaves of zeros, choices 1', () => [
    room(32 * 110),
    room(128 * STRIDE),
    randomBytes(32),
    secret(zeros(8192)),
    secret(ones(110)),
  ]),
  hot('ext_sender', 'leaves and Δ of zeros', () => [
    room(128 * STRIDE),
    randomBytes(32),
    secret(zeros(8192)),
    secret(zeros(16)),
    randomBytes(32 * 110),
  ]),
  hot('ext_hash_rows', 'rows of zeros', () => [room(128 * 16), secret(zeros(128 * STRIDE)), 128, STRIDE, randomBytes(96)]),
  hot('ext_hash_rows (one row)', 'a row of zeros', () => [room(16), secret(zeros(STRIDE)), 1, STRIDE, randomBytes(96)]),
  hot('ext_correlate', 'Δ of zeros', () => [secret(zeros(128 * 16)), secret(zeros(16)), randomBytes(16)]),
  hot('ext_columns', 'rows of zeros', () => [room(ROWS * 16), secret(zeros(128 * STRIDE))]),
  hot('b3_keyed', 'key and input of zeros', () => [room(32), 32, secret(zeros(32)), secret(zeros(128)), 128]),
  hot('b3_stream', 'a seed of zeros', () => [room(512), 512, secret(zeros(32))]),
]

const SCALARS: readonly Subject[] = [
  hot('sc_add', '(n - 1) + (n - 1)', () => [room(32), secret(scalars(ORDER - 1n)), secret(scalars(ORDER - 1n))]),
  hot('sc_sub', '0 - (n - 1)', () => [room(32), secret(scalars(0n)), secret(scalars(ORDER - 1n))]),
  hot('sc_neg', '0', () => [room(32), secret(scalars(0n))]),
  hot('sc_mul', '1·1', () => [room(32), secret(scalars(1n)), secret(scalars(1n))]),
  hot('sc_mul (n - 1)', '(n - 1)·(n - 1)', () => [room(32), secret(scalars(ORDER - 1n)), secret(scalars(ORDER - 1n))]),
  hot('sc_inv', '1', () => [room(32), secret(scalars(1n))]),
  hot('sc_inv (2^255)', '2^255', () => [room(32), secret(scalars(1n << 255n))]),
  hot('sc_is_zero', '0', () => [secret(scalars(0n))]),
  hot('sc_reduce48', 'ones', () => [room(32), secret(ones(48))]),
  hot('sc_horner', 'coefficients 0', () => [room(32), secret(scalars(0n, 5)), 5, 7]),
  hot('sc_from_be', '2^256 - 1', () => [room(32 * 8), secret(ones(32 * 8)), 8]),
  hot('sc_to_be', '0', () => [room(32 * 8), secret(scalars(0n, 8)), 8]),
  hot('sc_draw', 'ones of 8 scalars', () => {
    const drawn = concat(...Array.from({ length: 8 }, () => bigintToBytes(1n, 32)))
    return [room(32 * 8), secret(drawn), drawn.length, 8]
  }),
  hot('mem_equal', 'equal', () => [zeros(256), secret(zeros(256)), 256]),
  hot('mem_xor', 'zeros', () => [room(256), randomBytes(256), secret(zeros(256)), 256]),
]

const known = (count: number): Bytes => randomBytes(32 * count)
const rows = (value: bigint): Argument => secret(scalars(value, 3 * ROWS))
const choices = secret(ones(94))

const VECTORS: readonly Subject[] = [
  hot('vole_pads', 'columns and shift of zeros', () => [room(96 * ROWS), randomBytes(32), secret(zeros(16 * ROWS)), secret(zeros(16))]),
  hot('vole_corrections', '0 - (n - 1) + 0', () => [room(96 * ROWS), rows(0n), rows(ORDER - 1n), secret(scalars(0n, 3))]),
  hot('vole_apply', 'all choices 1, pads n - 1', () => [rows(ORDER - 1n), choices, known(3 * ROWS)]),
  hot('vole_row_products', 'rows of 0', () => [room(32 * ROWS), rows(0n), concat(known(2), scalars(1n))]),
  hot('vole_checked_products', 'all choices 1, rows of 0', () => [room(32 * ROWS), rows(0n), concat(known(2), scalars(1n)), choices, known(1)]),
  hot('vole_weighted_sums', 'rows of 0', () => [room(32), room(32), known(ROWS), rows(0n)]),
  hot('vole_chosen_sum', 'all choices 1', () => [room(32), known(ROWS), choices]),
]

/** All of them. */
export const EXPORTS: readonly Subject[] = [...GROUP, ...SYMMETRIC, ...SCALARS, ...VECTORS]
