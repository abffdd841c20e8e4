/**
 * The inner loops of the protocol as the twin has them: secrets are bigint and bytes here, so this is for the reference engine and for tests.
 *
 * Encodings: points are 33-byte SEC1 compressed and never the identity, packed arrays are joined without separators, bit i of a byte string is
 * `(b[i >> 3] >> (i & 7)) & 1`.
 * @module
 */
import type { Bytes, Random } from '../../bytes.ts'

/** Arithmetic mod the curve order. Arguments outside [0, n) are refused with `invalid-scalar`. */
export interface Scalars {
  add(a: bigint, b: bigint): bigint
  subtract(a: bigint, b: bigint): bigint
  multiply(a: bigint, b: bigint): bigint
  negate(a: bigint): bigint
  /** Variable time. @throws {PoolError} `invalid-scalar` for 0. */
  invert(a: bigint): bigint
  /** Uniform in [1, n), by rejection. */
  random(random: Random): bigint
  /** Exactly 32 big-endian bytes of a value below n. @throws {PoolError} `invalid-scalar`. */
  decode(bytes: Bytes, title?: string): bigint
  encode(scalar: bigint): Bytes
  /** True when a packed array of 32-byte scalars holds only values below n. Variable time: for what a peer sent. */
  canonical(packed: Bytes): boolean
}

/** The group secp256k1. Every point argument is decoded and validated: `invalid-point`. `undefined` stands for the identity, which has no encoding. */
export interface Points {
  /** k·G for a secret k in [1, n). @throws {PoolError} `invalid-scalar`. */
  multiplyBase(k: bigint): Bytes
  /** k·P for a secret k in [1, n). @throws {PoolError} `invalid-scalar`, `invalid-point`. */
  multiply(point: Bytes, k: bigint): Bytes
  /** k·P for public values, in variable time. */
  multiplyPublic(point: Bytes, k: bigint): Bytes | undefined
  /** Σ k·P for public values, in variable time; the empty sum is the identity. */
  combinePublic(terms: readonly { readonly point: Bytes; readonly scalar: bigint }[]): Bytes | undefined
  /** The sum of points. */
  add(...points: Bytes[]): Bytes | undefined
  negate(point: Bytes): Bytes
  /** @throws {PoolError} `invalid-point` unless the bytes are a compressed point of the curve. */
  validate(point: Bytes, title?: string): void
  /** RFC 9380, suite secp256k1_XMD:SHA-256_SSWU_RO_. */
  hashToCurve(message: Bytes, domain: Bytes): Bytes
  /** The generator G. */
  readonly base: Bytes
}

/** One batch of 128 base oblivious transfers (McQuoid, Rosulek, Roy 2021), the group part. The hash of instance i and side b has the domain `domain | u32be(i) | u8(b)`. */
export interface BaseOt {
  /**
   * For each i: φ_{1-c} = decoy·G, φ_c = blind·G - HP_{i,c}(φ_{1-c}), shared = blind·A.
   * `message` is φ_0 | φ_1 of each i (66 bytes each), `shared` 33 bytes each. @throws {PoolError} `invalid-point` for a bad sender key.
   */
  receive(input: { senderKey: Bytes; domain: Bytes; choices: Bytes; blinds: readonly bigint[]; decoys: readonly bigint[] }): {
    message: Bytes
    shared: Bytes
  }
  /** For each i and b: y·(φ_b + HP_{i,b}(φ_{1-b})), 33 bytes each. All points are validated first. @throws {PoolError} `invalid-point`. */
  send(input: { secret: bigint; domain: Bytes; message: Bytes }): Bytes
}

/** Puncturable seed trees: 32 trees of depth 4 over 128 base transfers; seeds of 16 bytes. */
export interface Trees {
  /**
   * Grows all trees from both base keys of each level (`keys`: 128 x 2 x 16 bytes).
   * `corrections`: 32 x 3 x (left 16 | right 16); `leaves`: 32 x 16 x 16; `proofs`: 32 x 16 x 32, one per leaf.
   */
  build(input: { nodeKey: Bytes; leafKey: Bytes; keys: Bytes }): { corrections: Bytes; leaves: Bytes; proofs: Bytes }
  /**
   * Grows all trees but for one leaf each, from one base key per level (`keys`: 128 x 16). The punctured leaf is zero; its proof is what
   * `proofSums` (32 x 32, the XOR of all proofs of a tree) leaves over. `delta`: 16 bytes, bit 4t+b is bit b of the punctured position of tree t.
   * Data-oblivious in `choices`.
   */
  evaluate(input: { nodeKey: Bytes; leafKey: Bytes; choices: Bytes; keys: Bytes; corrections: Bytes; proofSums: Bytes }): {
    delta: Bytes
    leaves: Bytes
    proofs: Bytes
  }
}

/** Subspace VOLE over a repetition code (SoftSpoken, ePrint 2022/192), 128 rows. */
export interface Extension {
  /** With all leaves: `u` (32 rows, the sum of each tree xor x) and `v` (128 rows), rows as long as `x`. */
  receiverRows(input: { key: Bytes; leaves: Bytes; x: Bytes }): { u: Bytes; v: Bytes }
  /** With all leaves but those at `delta`: w = v xor (bit of delta)·x, 128 rows. Data-oblivious in `delta`. */
  senderRows(input: { key: Bytes; leaves: Bytes; delta: Bytes; u: Bytes }): Bytes
  /** The universal hash over GF(2^128) of each row of `rowBytes` bytes: sacrifice block + Σ chi_j · block_j, 16 bytes each. `chi`: 6 x 16. */
  hashRows(input: { rows: Bytes; rowBytes: number; chi: Bytes }): Bytes
  /** Adds `value` (16 bytes) to each of the 128 hashes whose bit of `delta` is set. */
  correlate(input: { hashes: Bytes; delta: Bytes; value: Bytes }): Bytes
  /** The first 752 columns of 128 rows, 16 bytes each: bit i of column j is bit j of row i. */
  columns(rows: Bytes): Bytes
}

/** The vectors of the multiplication: 752 rows of 3 scalars (nonce, key, mask), row-major. */
export interface Multiplication {
  /** Three scalars from each column; `shift` (16 bytes) is added to every column first. */
  pads(input: { key: Bytes; columns: Bytes; shift?: Bytes }): bigint[]
  /** Q = zero - one + inputs in each row, packed. */
  corrections(input: { zero: readonly bigint[]; one: readonly bigint[]; inputs: readonly bigint[] }): Bytes
  /** The product of each row with `chi`, packed. */
  rowProducts(input: { rows: readonly bigint[]; chi: readonly bigint[] }): Bytes
  /** pad + w·Q in each row, w by mask. */
  applyCorrections(input: { pads: readonly bigint[]; choices: Bytes; corrections: Bytes }): bigint[]
  /** The product of each row with `chi`, less w·v, packed. */
  checkedProducts(input: { rows: readonly bigint[]; chi: readonly bigint[]; choices: Bytes; v: bigint }): Bytes
  /** 752 scalars by 384-bit reduction of one output stream. */
  gadget(seed: Bytes): bigint[]
  /** Σ g_j·row_j of the two payload columns. */
  weightedSums(input: { gadget: readonly bigint[]; rows: readonly bigint[] }): { k: bigint; x: bigint }
  /** Σ w_j·g_j, w by mask. */
  chosenSum(input: { gadget: readonly bigint[]; choices: Bytes }): bigint
}

/** All of it. */
export interface Arithmetic {
  readonly scalars: Scalars
  readonly points: Points
  readonly baseOt: BaseOt
  readonly trees: Trees
  readonly extension: Extension
  readonly multiplication: Multiplication
}
