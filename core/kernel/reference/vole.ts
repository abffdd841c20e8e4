/**
 * Random multiplication for an ordered pair Alice, Bob: Alice gets random (alpha_k, alpha_x) and (t_k, t_x), Bob gets random beta and (d_k, d_x),
 * with t_c + d_c = alpha_c·beta. Variant II of ePrint 2026/976: the gadget that makes beta of Bob's choice bits is drawn from a hash of Alice's whole
 * message, after she fixed which bits she gambles on. Challenge and gadget bind the extension message, both nonces and the view.
 * @module
 */
import { assertBytes, type Bytes, concat, equal, type Random, Secret, u32be, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { H, Hs } from '../../transcript.ts'
import { requireLength } from '../round-message.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import { acceptExtension, extend } from './ot-extension.ts'
import { twin } from './twin.ts'

const { transfers, columns: width } = SHAPE
const hashBytes = 32
const SCALAR = 32
const Q_BYTES = transfers * width * SCALAR

/** A value per payload: nonce share, key share. */
export interface PayloadPair {
  k: bigint
  x: bigint
}

/** What Bob keeps between his extension message and Alice's answer. Secret; used once and wiped by `voleBobFinish`. */
export interface VoleBobState {
  readonly pairContext: Bytes
  readonly salt: Bytes
  /** H("vole-E"; E). */
  readonly extensionHash: Bytes
  /** w, 94 bytes. */
  readonly choices: Secret
  /** 752 x 16 bytes. */
  readonly columns: Secret
}

const padKey = (salt: Bytes, nonceA: Bytes, view: Bytes): Bytes => H('pad-key', [salt, nonceA, view])
const contextOf = (pairContext: Bytes, view: Bytes, salt: Bytes, nonceA: Bytes): Bytes => H('vole-ctx', [pairContext, view, salt, nonceA])

/** chi = (c1, c2, 1), fixed only once E and Q are. */
function challenge(context: Bytes, extensionHash: Bytes, q: Bytes): bigint[] {
  const hashQ = H('vole-Q', [q])
  return [...[1, 2].map(i => Hs('vole-chi', [context, extensionHash, hashQ, u32be(i)])), 1n]
}

/** H("vole-u"; ctx, U_0, …, U_751). */
function productsHash(context: Bytes, products: Bytes): Bytes {
  return H('vole-u', [context, ...Array.from({ length: transfers }, (_, j) => products.subarray(j * SCALAR, (j + 1) * SCALAR))])
}

const gadgetOf = (context: Bytes, extensionHash: Bytes, message: Bytes): bigint[] =>
  twin.multiplication.gadget(H('vole-g', [context, extensionHash, H('vole-msg', [message])]))

/**
 * Bob's first half.
 * @param input.pairContext pairCtx of Alice -> Bob, 32 bytes. @param input.leaves all leaves of this direction, 8192 bytes.
 * @returns `message` E, 3600 bytes, and the state for `voleBobFinish`.
 */
export function voleBobStart(input: { pairContext: Bytes; leaves: Bytes; random: Random }): { message: Bytes; state: VoleBobState } {
  const { pairContext, leaves, random } = input
  assertBytes(pairContext, 'pairContext', hashBytes)
  assertBytes(leaves, 'leaves', LENGTHS.leaves)
  const { message, choices, columns, salt } = extend({ pairContext, leaves, random })
  return {
    message,
    state: {
      pairContext: pairContext.slice(),
      salt,
      extensionHash: H('vole-E', [message]),
      choices: new Secret('choice bits', choices),
      columns: new Secret('extension columns', columns),
    },
  }
}

/**
 * Alice's half: checks Bob's extension, then draws her inputs.
 * @param input.view V, 32 bytes, already compared with Bob's by the caller. @param input.extension E of Bob, 3600 bytes.
 * @returns `message` 72288 bytes: nonce 32 | Q 72192 | hash of U 32 | v 32; `alpha`; `t`.
 * @throws {PoolError} `malformed-round` for a wrong length; `ote-check` for a cheating Bob, which burns the pair.
 */
export function voleAlice(input: { pairContext: Bytes; view: Bytes; delta: Bytes; leaves: Bytes; extension: Bytes; random: Random }): {
  message: Bytes
  alpha: PayloadPair
  t: PayloadPair
} {
  const { pairContext, view, delta, leaves, extension, random } = input
  assertBytes(pairContext, 'pairContext', hashBytes)
  assertBytes(view, 'view', hashBytes)
  assertBytes(delta, 'delta', LENGTHS.delta)
  assertBytes(leaves, 'leaves', LENGTHS.leaves)
  const { columns, salt } = acceptExtension({ pairContext, delta, leaves, message: extension })
  const extensionHash = H('vole-E', [extension])

  const nonceA = random(hashBytes)
  const context = contextOf(pairContext, view, salt, nonceA)
  const key = padKey(salt, nonceA, view)
  const zero = twin.multiplication.pads({ key, columns })
  const one = twin.multiplication.pads({ key, columns, shift: delta })
  wipe(columns)
  const [k, x, mask] = [twin.scalars.random(random), twin.scalars.random(random), twin.scalars.random(random)]
  const q = twin.multiplication.corrections({ zero, one, inputs: [k, x, mask] })

  const chi = challenge(context, extensionHash, q)
  const products = twin.multiplication.rowProducts({ rows: zero, chi })
  const v = [k, x, mask].reduce((sum, value, c) => twin.scalars.add(sum, twin.scalars.multiply(value, chi[c] as bigint)), 0n)
  const message = concat(nonceA, q, productsHash(context, products), twin.scalars.encode(v))
  wipe(products)
  const sums = twin.multiplication.weightedSums({ gadget: gadgetOf(context, extensionHash, message), rows: zero })
  return { message, alpha: { k, x }, t: { k: twin.scalars.negate(sums.k), x: twin.scalars.negate(sums.x) } }
}

/**
 * Bob's second half: checks Alice's message. The state is wiped whatever the outcome, since a second try would be an oracle for his choices.
 * @param input.view V, 32 bytes, already compared with Alice's by the caller. @param input.message of Alice, 72288 bytes.
 * @returns `beta` and `d`, with t_c + d_c = alpha_c·beta.
 * @throws {PoolError} `secret-used` for a spent state; `malformed-round` for a wrong length; `invalid-scalar` for a value not below n (neither burns);
 * `vole-check` for a cheating Alice, which burns the pair.
 */
export function voleBobFinish(input: { state: VoleBobState; view: Bytes; message: Bytes }): { beta: bigint; d: PayloadPair } {
  const { state, view, message } = input
  assertBytes(view, 'view', hashBytes)
  try {
    return finish(state, state.choices.expose(), state.columns.expose(), view, message)
  } finally {
    state.choices.wipe()
    state.columns.wipe()
  }
}

function finish(state: VoleBobState, choices: Bytes, columns: Bytes, view: Bytes, message: Bytes): { beta: bigint; d: PayloadPair } {
  requireLength(message, LENGTHS.multiplication, 'multiplication')
  const nonceA = message.subarray(0, hashBytes)
  const q = message.subarray(hashBytes, hashBytes + Q_BYTES)
  const claimed = message.subarray(hashBytes + Q_BYTES, 2 * hashBytes + Q_BYTES)
  if (!twin.scalars.canonical(q)) throw new PoolError('invalid-scalar', { title: 'multiplication correction' })
  const v = twin.scalars.decode(message.subarray(2 * hashBytes + Q_BYTES), 'multiplication v')

  const context = contextOf(state.pairContext, view, state.salt, nonceA)
  const pads = twin.multiplication.pads({ key: padKey(state.salt, nonceA, view), columns })
  const rows = twin.multiplication.applyCorrections({ pads, choices, corrections: q })
  const chi = challenge(context, state.extensionHash, q)
  const products = twin.multiplication.checkedProducts({ rows, chi, choices, v })
  const consistent = equal(productsHash(context, products), claimed)
  wipe(products)
  // nothing that depends on beta exists before this line
  if (!consistent) throw new PoolError('vole-check')

  const gadget = gadgetOf(context, state.extensionHash, message)
  return { beta: twin.multiplication.chosenSum({ gadget, choices }), d: twin.multiplication.weightedSums({ gadget, rows }) }
}
