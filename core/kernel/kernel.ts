/**
 * The boundary between orchestration and arithmetic. Protocols see public values and handles; what a handle stands for (shares, nonces, choice
 * bits, leaves, products) stays with the engine, which does each step of a protocol that touches a secret. There are two engines that give
 * the same bytes for the same input: the compiled one (`wasm/`), which keeps secrets in its own memory and computes on them in constant time, and its
 * readable twin (`reference/`) over @noble/curves.
 *
 * Randomness comes in as seeds: 32 fresh bytes for one step. An engine draws everything that the step needs, in a documented order, from the
 * stream `BLAKE3_key(seed)("")`. The caller wipes its copy of a seed.
 *
 * Encodings: points are 33-byte SEC1 compressed and never the identity; scalars in byte strings are 32 bytes big-endian below n; public scalars may
 * cross as bigint in [0, n). Packed arrays are joined without separators. Bit i of a byte string is `(b[i >> 3] >> (i & 7)) & 1`.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import type { Tag } from '../transcript.ts'

export type KernelName = 'wasm' | 'reference'

/** Arithmetic mod the curve order, for public values: variable time. Arguments outside [0, n) are refused with `invalid-scalar`. */
export interface Scalars {
  add(a: bigint, b: bigint): bigint
  subtract(a: bigint, b: bigint): bigint
  multiply(a: bigint, b: bigint): bigint
  negate(a: bigint): bigint
  /** @throws {PoolError} `invalid-scalar` for 0. */
  invert(a: bigint): bigint
  /** Exactly 32 big-endian bytes of a value below n. @throws {PoolError} `invalid-scalar`. */
  decode(bytes: Bytes, title?: string): bigint
  encode(scalar: bigint): Bytes
}

/**
 * The group secp256k1, for public values: variable time. Every point argument is decoded and validated: `invalid-point`. `undefined` stands for the
 * identity, which has no encoding.
 */
export interface Points {
  /** k·P. */
  multiply(point: Bytes, k: bigint): Bytes | undefined
  /** Σ k·P; the empty sum is the identity. */
  combine(terms: readonly { readonly point: Bytes; readonly scalar: bigint }[]): Bytes | undefined
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

/** Something secret that the engine holds. It prints as `[redacted …]`; after `wipe` every use throws `secret-used`. */
export interface Held {
  wipe(): void
  readonly wiped: boolean
  /**
   * The one way out, for the vault: encrypted and authenticated inside the engine, deterministic in (key, context, content), content + 32 bytes
   * (SIV of Rogaway and Shrimpton, Eurocrypt 2006, over keyed BLAKE3; docs/protocol.md).
   * @param key 32 bytes. @param context public bytes that `unseal` must repeat.
   */
  seal(key: Bytes, context: Bytes): Bytes
}

/** What the vault stores sealed: a scalar s (32 bytes), a zero seed (32), the OT state of a pair (16,400: Delta 16 | leaves as Alice 8192 | as Bob 8192). */
export type HeldKind = 'share' | 'zero-seed' | 'pair'

/** A proof of knowledge between its commitment and its response. */
export interface OpenProof {
  /** T = rho·G. */
  readonly commitment: Bytes
  /** z = rho + Σ s_c·e^{c+1}, once. @throws {PoolError} `secret-used` the second time. */
  respond(challenge: bigint): Bytes
}

/** A key share s, nonzero. */
export interface SecretShare extends Held {
  readonly kind: 'share'
  /** S = s·G. */
  readonly publicShare: Bytes
  /** Draws rho. */
  prove(seed: Bytes): OpenProof
  /**
   * weight·s, 32 bytes, for the ceremony that hands the whole key out, and for nothing else; the caller wipes it.
   * @param weight in [1, n). @throws {PoolError} `invalid-scalar`
   */
  weighted(weight: bigint): Bytes
}

/** The seed that two members share for pseudo-random shares of zero. */
export interface ZeroSeed extends Held {
  readonly kind: 'zero-seed'
}

/** OT state towards one peer: Delta and the punctured trees serve as Alice, the full trees as Bob. */
export interface PairState extends Held {
  readonly kind: 'pair'
}

export interface HeldOf {
  readonly share: SecretShare
  readonly 'zero-seed': ZeroSeed
  readonly pair: PairState
}

/** A dealer of key generation: its polynomial f, its base-transfer key y, and the sum of the shares that it received. */
export interface Dealing {
  /** f's coefficients times G, constant term first. */
  readonly coefficients: readonly Bytes[]
  /** A = y·G. */
  readonly otKey: Bytes
  /** Of all coefficients together. */
  readonly proof: OpenProof
  /** f(index) for another member, 32 bytes; the caller wipes it. */
  shareFor(index: number): Bytes
  /** Takes in the share of another dealer. @param expected its public value. @throws {PoolError} `invalid-scalar`, `bad-share` */
  accept(share: Bytes, expected: Bytes): void
  /** s = f(index) + Σ accepted. Undefined when it is zero. The dealing keeps its base-transfer key until it is wiped. */
  finish(index: number): SecretShare | undefined
  wipe(): void
}

/** Base transfers and seed trees with one peer, both directions. */
export interface PairSetup {
  /** This member as receiver of base transfers, 8448 bytes: for each i, φ_0 | φ_1. */
  readonly baseOt: Bytes
  /** This member's half of the zero seed, 32 bytes. */
  readonly zeroSeed: Bytes
  /** `H("zero-seed"; V2, i, j, z_ij, z_ji)` for i < j. */
  agreeZeroSeed(input: { view: Bytes; self: number; peer: number; theirs: Bytes }): ZeroSeed
  /**
   * As sender: takes the peer's base-transfer message and gives the trees' message, 5120 bytes.
   * @param input.otsid of this direction. @throws {PoolError} `base-ot`
   */
  send(input: { dealing: Dealing; otsid: Bytes; baseOt: Bytes }): Bytes
  /** As receiver: takes the peer's trees. All trees are evaluated before the result of any check is used. @throws {PoolError} `pprf` */
  finish(trees: Bytes): PairState
  wipe(): void
}

/** O1 for one peer. */
export interface OnlineCorrections {
  /** r - alpha_k and x - alpha_x, 32 bytes each. */
  readonly gammaK: Bytes
  readonly gammaX: Bytes
  /** t_k·G and t_x·G. */
  readonly gammaPointK: Bytes
  readonly gammaPointX: Bytes
  /** phi - beta, 32 bytes; for quorums of three and more. */
  readonly psi?: Bytes
}

/** One signature's secrets, from the nonce share to the partial signature. The steps come in this order; another order throws `internal`. */
export interface SecretTuple {
  /** R_i = r_i·G. Public only from O1 on. */
  readonly noncePoint: Bytes
  /** P1 as Bob towards `peer`: E, 3600 bytes. Draws nonce 32 | x 110. @param input.pairContext of the direction peer -> self. */
  extend(input: { peer: number; pair: PairState; pairContext: Bytes; seed: Bytes }): Bytes
  /**
   * P2 as Alice: 72,288 bytes, nonce 32 | Q | hash of U 32 | v 32. Draws nonce 32 | alpha_k | alpha_x | mask.
   * @param input.pairContext of the direction self -> peer. @param input.view V, compared with the peer's by the caller.
   * @throws {PoolError} `ote-check` for a cheating Bob, which burns the pair.
   */
  multiply(input: { peer: number; pair: PairState; pairContext: Bytes; view: Bytes; extension: Bytes; seed: Bytes }): Bytes
  /**
   * P2 as Bob: checks Alice's message. His state is gone afterwards, whatever the outcome: a second try would be an oracle for his choices.
   * @throws {PoolError} `invalid-scalar`; `vole-check` for a cheating Alice, which burns the pair.
   */
  accept(input: { peer: number; view: Bytes; multiplication: Bytes }): void
  /**
   * O1. x = weight·(s + tweak) + Σ ± Hs("zero"; seed, bind). `seed` draws phi, and is absent in a quorum of two, where phi is beta.
   * @returns `keyPoint` x·G and the corrections for each peer.
   */
  open(input: {
    share: SecretShare
    weight: bigint
    tweak: bigint
    bind: Bytes
    zeroSeeds: readonly { readonly seed: ZeroSeed; readonly subtract: boolean }[]
    seed?: Bytes | undefined
  }): { readonly keyPoint: Bytes; readonly corrections: ReadonlyMap<number, OnlineCorrections> }
  /**
   * Checks O1 of one peer and takes its corrections in.
   * @throws {PoolError} `invalid-point`, `invalid-scalar`; `gamma-k`, `gamma-x`, which burn the pair.
   */
  check(peer: number, sent: OnlineCorrections & { readonly noncePoint: Bytes; readonly keyPoint: Bytes }): void
  /** O2: u and w, 32 bytes each. Ends the tuple. */
  finish(input: { message: bigint; r: bigint }): { readonly u: Bytes; readonly w: Bytes }
  /** Ends it at any point. */
  wipe(): void
}

/** A low-s signature with the parity of its nonce point. */
export interface KernelSignature {
  readonly r: bigint
  readonly s: bigint
  readonly yParity: number
}

/** What an engine offers. */
export interface Kernel {
  readonly name: KernelName
  readonly scalars: Scalars
  readonly points: Points
  /** `H` of core/transcript.ts, for public inputs: long ones, and many. */
  H(tag: Tag, parts: readonly Bytes[], length?: number): Bytes
  /**
   * Draws coefficients, then y, then rho of the proof, each by rejection in [1, n). With `constant` f(0) is weight·s of a share instead of what was drawn for it.
   * A threshold of 0 makes a dealing that only receives. @param input.constant.weight in [1, n). @throws {PoolError} `invalid-scalar`
   */
  deal(input: { seed: Bytes; threshold: number; constant?: { share: SecretShare; weight: bigint } }): Dealing
  /**
   * Begins OT state with a peer, as receiver of base transfers. Draws 16 bytes of choices, 128 blinds, 128 decoys, the zero seed's half.
   * @param input.otsid of the direction peer -> self, 32 bytes. @param input.senderKey the peer's A. @throws {PoolError} `base-ot`
   */
  openPair(input: { seed: Bytes; senderKey: Bytes; otsid: Bytes }): PairSetup
  /** Draws the nonce share. */
  openTuple(seed: Bytes): SecretTuple
  /** Takes a secret in from plain bytes (an old vault, an imported key); the caller wipes them. @throws {PoolError} `invalid-scalar`, `invalid-argument` */
  hold<K extends HeldKind>(kind: K, bytes: Bytes): HeldOf[K]
  /** The reverse of `seal`. @throws {PoolError} `seal-mismatch` for another key, another context or changed bytes. */
  unseal<K extends HeldKind>(kind: K, key: Bytes, context: Bytes, sealed: Bytes): HeldOf[K]
  /**
   * True when the signature is right under this key and recovers it: 0 < r < n, 0 < s <= n/2, R' = (digest·G + r·P)/s has R'.x = r and the parity.
   * A path of its own that shares no code with signing. @param digest 32 bytes. @param publicKey 33 bytes.
   */
  verify(signature: KernelSignature, digest: Bytes, publicKey: Bytes): boolean
  /**
   * The public key that made the signature over a 32-byte digest (SEC 1, 4.1.6), x | y in 64 bytes; undefined when there is none. Any s in [1, n); x of the nonce
   * point is taken to be r.
   */
  recover(signature: KernelSignature, digest: Bytes): Bytes | undefined
  /**
   * ECDSA with a low s by a key that one member has whole, as vote keys are; the nonce is a function of key and digest, as in RFC 6979: the first
   * scalar of the stream of `H("nonce"; secret, digest mod n)`. The pool's account is never signed for in this way.
   * @param secret 32 bytes, which the caller keeps and wipes. @param digest 32 bytes. @throws {PoolError} `invalid-scalar`
   */
  signWith(secret: Bytes, digest: Bytes): KernelSignature
}
