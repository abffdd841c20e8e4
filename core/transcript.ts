/**
 * The only place that hashes for agreement. BLAKE3 over length-prefixed parts, one tag per use:
 * `H(tag; p1,…,pk; L) = BLAKE3(u32be(|tag|) | tag | u32be(|p1|) | p1 | …)`, an injective map (threshold-ECDSA reference 1.1).
 * @module
 */
import { blake3 } from '@noble/hashes/blake3.js'
import { type Bytes, bytesToBigint, concat, u32be, utf8 } from './bytes.ts'

/** Order of secp256k1 (SEC 2). */
export const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** Every tag of the project, each for one use; the full tag is `sequorum/v1/<name>`. A test asserts that none repeats. */
export const TAGS = [
  // keygen, certificates
  'cfg',
  'view1',
  'view2',
  'com',
  'pok',
  'chain',
  'zero-seed',
  'keyid',
  'epoch',
  'cert',
  'act',
  'share-pok',
  'cfg-member',
  'frame',
  // base OT, trees, extension
  'otsid',
  'bot/popf',
  'bot/kdf',
  'ggm-key',
  'leaf-key',
  'ggm-check',
  'ext-key',
  'ext-salt',
  'ext-chi',
  'ext-t',
  'pad-key',
  // multiplication
  'vole-ctx',
  'vole-chi',
  'vole-u',
  'vole-g',
  'vole-E',
  'vole-Q',
  'vole-msg',
  // signing
  'pcfg',
  'pair',
  'R-com',
  'view',
  'bind',
  'zero',
  'R-view',
  'request',
  'rng-key',
  'nonce',
  // sealing
  'seal-tag',
  'seal-stream',
  'seal-key',
  'link-identity',
  'link-vote',
  // envelope, relay
  'ctx',
  'hello',
  'transcript',
  'envelope',
  'message-id',
  'auth',
  'ceremony-id',
  'room',
  // pool, blocks
  'pool',
  'invite',
  'cert-set',
  'burn',
  'erasure',
  'export-view',
  'export',
  'import-offer',
  'export-request',
] as const
export type Tag = (typeof TAGS)[number]

const PREFIX = 'sequorum/v1/'

/** The whole name of a tag, for domains that are not made by `H` (RFC 9380 DST). */
export const fullTag = (tag: Tag): string => PREFIX + tag

/** `H(tag; parts; length)`; 32 bytes unless told otherwise. */
export function H(tag: Tag, parts: readonly Bytes[], length = 32): Bytes {
  const name = utf8(fullTag(tag))
  const pieces: Bytes[] = [u32be(name.length), name]
  for (const part of parts) pieces.push(u32be(part.length), part)
  return blake3(concat(...pieces), { dkLen: length })
}

/** A scalar: 48 bytes of `H` as a big-endian integer, reduced mod the curve order (bias below 2^-128). */
export const Hs = (tag: Tag, parts: readonly Bytes[]): bigint => bytesToBigint(H(tag, parts, 48)) % CURVE_ORDER

/** Keyed BLAKE3, for the inner loops whose key is itself an `H` of the full context. */
export const keyed = (key: Bytes, input: Bytes, length = 32): Bytes => blake3(input, { key, dkLen: length })
