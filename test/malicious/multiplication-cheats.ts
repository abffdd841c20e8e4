/**
 * Parties that follow the multiplication but for one thing. They are written from the protocol over the kernel, so that a cheater can fit
 * the rest of its message to its cheat, as a real one would.
 * @module
 */
import { type Bytes, bytesToBigint, concat, type Random, Secret, u32be } from '../../core/bytes.ts'
import { twin } from '../../core/kernel/reference/twin.ts'
import type { PayloadPair, VoleBobState } from '../../core/kernel/reference/vole.ts'
import { CURVE_ORDER, H, type Tag } from '../../core/transcript.ts'

/** One input of one hash that the cheater replaces by zeros. */
export interface Omission {
  readonly tag: Tag
  readonly part: number
}

/** `H` with one input left out. */
const hashWithout =
  (omission: Omission | undefined): typeof H =>
  (tag, parts, length) =>
    H(
      tag,
      parts.map((part, i) => (tag === omission?.tag && i === omission.part ? new Uint8Array(part.length) : part)),
      length,
    )

const slices = (packed: Bytes, size: number): Bytes[] =>
  Array.from({ length: packed.length / size }, (_, i) => packed.subarray(i * size, (i + 1) * size))

/** Bob who flips bits of x in the `u` row of some trees, or leaves an input out of a hash; everything after the cheat is fitted to it. */
export function cheatingBob(input: {
  pairContext: Bytes
  leaves: Bytes
  random: Random
  /** In the u row of `tree`, bit `bit` is flipped. */
  flips?: readonly { readonly tree: number; readonly bit: number }[]
  omission?: Omission
}): { message: Bytes; state: VoleBobState } {
  const hash = hashWithout(input.omission)
  const nonce = input.random(32)
  const x = input.random(110)
  const salt = hash('ext-salt', [input.pairContext, nonce])
  const { u, v } = twin.extension.receiverRows({ key: hash('ext-key', [salt]), leaves: input.leaves, x })
  for (const { tree, bit } of input.flips ?? []) u[110 * tree + (bit >> 3)] = (u[110 * tree + (bit >> 3)] as number) ^ (1 << (bit & 7))
  const chi = hash('ext-chi', [salt, u], 96)
  const hashes = twin.extension.hashRows({ rows: v, rowBytes: 110, chi })
  const xHat = twin.extension.hashRows({ rows: x, rowBytes: 110, chi })
  const message = concat(nonce, u, xHat, hash('ext-t', [salt, ...slices(hashes, 16)]))
  const choices = new Secret('choices', x.slice(0, 94))
  const columns = new Secret('columns', twin.extension.columns(v))
  return { message, state: { pairContext: input.pairContext, salt, extensionHash: H('vole-E', [message]), choices, columns } }
}

/** Alice's message with all that went into it. */
export interface CraftedAlice {
  readonly message: Bytes
  readonly alpha: PayloadPair
  readonly t: PayloadPair
  readonly zero: readonly bigint[]
  readonly inputs: readonly bigint[]
  readonly q: Bytes
  readonly chi: readonly bigint[]
}

/** Alice who corrects some rows to another input, or leaves an input out of a hash; everything after the cheat is fitted to it. */
export function cheatingAlice(input: {
  pairContext: Bytes
  view: Bytes
  delta: Bytes
  leaves: Bytes
  extension: Bytes
  random: Random
  /** In these rows the inputs are `inputs + error`, and Alice bets that Bob's choice bit there is `bet`. */
  bad?: { readonly rows: readonly number[]; readonly error: readonly [bigint, bigint, bigint]; readonly bet: 0 | 1 }
  omission?: Omission
}): CraftedAlice {
  const { pairContext, view, delta, extension, random, bad } = input
  const { scalars, multiplication } = twin
  const hash = hashWithout(input.omission)
  const salt = hash('ext-salt', [pairContext, extension.subarray(0, 32)])
  const rows = twin.extension.senderRows({ key: hash('ext-key', [salt]), leaves: input.leaves, delta, u: extension.subarray(32, 32 + 3520) })
  const columns = twin.extension.columns(rows)
  const nonce = random(32)
  const context = hash('vole-ctx', [pairContext, view, salt, nonce])
  const key = hash('pad-key', [salt, nonce, view])
  const zero = multiplication.pads({ key, columns })
  const one = multiplication.pads({ key, columns, shift: delta })
  const inputs = [scalars.random(random), scalars.random(random), scalars.random(random)]
  const q = multiplication.corrections({ zero, one, inputs })
  for (const row of bad?.rows ?? []) {
    bad?.error.forEach((error, c) => {
      const at = (3 * row + c) * 32
      const shifted = scalars.add(bytesToBigint(q.subarray(at, at + 32)), error)
      q.set(scalars.encode(shifted), at)
    })
  }
  const hashE = hash('vole-E', [extension])
  const hashQ = hash('vole-Q', [q])
  const chi = [...[1, 2].map(i => bytesToBigint(hash('vole-chi', [context, hashE, hashQ, u32be(i)], 48)) % CURVE_ORDER), 1n]
  const dot = (values: readonly bigint[]) => values.reduce((sum, value, c) => (sum + value * (chi[c] as bigint)) % CURVE_ORDER, 0n)
  const products = multiplication.rowProducts({ rows: zero, chi })
  if (bad?.bet === 1) {
    for (const row of bad.rows) {
      const honest = bytesToBigint(products.subarray(32 * row, 32 * row + 32))
      products.set(scalars.encode((honest + dot(bad.error)) % CURVE_ORDER), 32 * row)
    }
  }
  const message = concat(nonce, q, hash('vole-u', [context, ...slices(products, 32)]), scalars.encode(dot(inputs)))
  const gadget = multiplication.gadget(hash('vole-g', [context, hashE, hash('vole-msg', [message])]))
  const sums = multiplication.weightedSums({ gadget, rows: zero })
  const [k, x] = inputs as [bigint, bigint, bigint]
  return { message, alpha: { k, x }, t: { k: scalars.negate(sums.k), x: scalars.negate(sums.x) }, zero, inputs, q, chi }
}
