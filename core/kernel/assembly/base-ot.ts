/**
 * The group part of base oblivious transfer (McQuoid, Rosulek, Roy, CCS 2021), a whole batch at a time, and the hash to the curve (RFC 9380). Points are
 * 33 bytes, SEC1 compressed; scalars 32 bytes, little-endian, in [1, n). Message of transfer i: φ_0 | φ_1.
 */
import { ladder } from './complete'
import { base_table, ec_wipe } from './ec'
import { FE, fe_from_be } from './field'
import { glv_wipe, split } from './glv'
import { comb4_build, comb4_products, comb4_recode, setLane, wipeComb } from './lane-comb'
import {
  BETA, F4, f4_add, f4_canonical, f4_carry, f4_copy, f4_get_be, f4_init, f4_is_odd, f4_is_zero, f4_mul, f4_negate, f4_root, f4_select, f4_set_be, f4_sqr,
  f4_sub, ONE, SEVEN,
} from './lane-field'
import { a4_doubles, a4_from_jacobian, a4_sums, AFFINE4, j4_add, j4_double, JACOBIAN4, R, wipePoints } from './lane-points'
import { mapExpanded, mapGiven, wipeMap } from './map'
import { decode, encode, ENCODED } from './point'
import { beginExpand, expand, numberDomain, tailOf } from './sha256'
import { halve_and_add, window_at } from './windows'

/** Transfers of a batch at most. */
const TRANSFERS: usize = 128
/** Bytes of index and side at the end of a domain. */
const NUMBER: usize = 5

// Multiplication by the sender's secret: tables of odd multiples for half a batch, the entries of all windows for a few groups.
const WINDOW: i32 = 4
const WINDOWS: usize = 33
const ENTRIES: usize = 8
const TABLE_GROUPS: usize = 32
const LOOP_GROUPS: usize = 4

const WORKSPACE: usize = memory.data(259936, 16)
const WORKSPACE_BYTES: usize = 259936
/** For one group, and what is smaller. */
const SMALL: usize = memory.data(480, 16)
const SLOW: usize = SMALL + 400
const SMALL_BYTES: usize = 480
/** Four points of each group of the batch, affine and Jacobian. */
const POINTS: usize = WORKSPACE
const SUMS: usize = POINTS + 64 * 320
const PREFIXES: usize = SUMS + 64 * 480
const DIFFERENCES: usize = PREFIXES + 132 * 160
const HALVES: usize = DIFFERENCES + 132 * 160
const TABLES: usize = HALVES + 96
const FIRST: usize = TABLES + 32 * 8 * 320
const SECOND: usize = FIRST + 132 * 320
// The receiver needs another shape of the same memory: a comb for the sender's key, products, encodings.
const KEY_TABLE: usize = WORKSPACE
const PRODUCTS: usize = KEY_TABLE + 66560
const SELECTED: usize = PRODUCTS + 96 * 320
const PRODUCT_DIFFERENCES: usize = SELECTED + 96 * 320
const PRODUCT_PREFIXES: usize = PRODUCT_DIFFERENCES + 96 * 160
const BLINDS: usize = PRODUCT_PREFIXES + 96 * 160
const DECOYS: usize = BLINDS + 128 * 40
// What comes after the products, over the key's table.
const ENCODED_DECOYS: usize = KEY_TABLE
const ENCODED_OWN: usize = ENCODED_DECOYS + 128 * 33 + 128
const OWN_SUMS: usize = ENCODED_OWN + 128 * 33 + 128
const OWN_PREFIXES: usize = OWN_SUMS + 32 * 480
/** Multiples of G, made at the first use. */
const BASE4: usize = memory.data(66560, 16)

/** Domain of a batch: its bytes, then room for index and side. */
const DOMAIN: usize = memory.data(256, 16)

function wipe(): void {
  memory.fill(WORKSPACE, 0, WORKSPACE_BYTES)
  memory.fill(SMALL, 0, SMALL_BYTES)
  wipeComb()
  wipePoints()
  wipeMap()
  glv_wipe()
  ec_wipe()
}

/** Decodes four points by their addresses. @returns the mask of valid ones. Public. */
function decodeGroup(out: usize, p0: usize, p1: usize, p2: usize, p3: usize): v128 {
  let valid = i32x4.splat(0)
  let prefixes = i32x4.splat(0)
  valid = i32x4.replace_lane(valid, 0, fe_from_be(SMALL, p0 + 1))
  valid = i32x4.replace_lane(valid, 1, fe_from_be(SMALL, p1 + 1))
  valid = i32x4.replace_lane(valid, 2, fe_from_be(SMALL, p2 + 1))
  valid = i32x4.replace_lane(valid, 3, fe_from_be(SMALL, p3 + 1))
  prefixes = i32x4.replace_lane(prefixes, 0, load<u8>(p0))
  prefixes = i32x4.replace_lane(prefixes, 1, load<u8>(p1))
  prefixes = i32x4.replace_lane(prefixes, 2, load<u8>(p2))
  prefixes = i32x4.replace_lane(prefixes, 3, load<u8>(p3))
  const y = out + F4
  f4_set_be(out, 0, p0 + 1)
  f4_set_be(out, 1, p1 + 1)
  f4_set_be(out, 2, p2 + 1)
  f4_set_be(out, 3, p3 + 1)
  f4_carry(out, out)
  f4_sqr(SMALL, out)
  f4_mul(SMALL, SMALL, out)
  f4_add(SMALL, SMALL, SEVEN)
  f4_root(y, SMALL)
  f4_mul(y, y, SMALL)
  f4_sqr(SMALL + F4, y)
  f4_sub(SMALL, SMALL, SMALL + F4)
  valid = v128.and(valid, f4_is_zero(SMALL))
  const odd = i32x4.neg(v128.and(prefixes, i32x4.splat(1)))
  f4_negate(y, y, v128.xor(odd, f4_is_odd(y)))
  return v128.and(valid, i32x4.eq(v128.and(prefixes, i32x4.splat(0xfe)), i32x4.splat(2)))
}

/** Encodes the first `count` (at most 4) points of an affine group, packed. */
function encodeGroup(out: usize, group: usize, count: usize): void {
  v128.store(SMALL, v128.and(f4_is_odd(group + F4), i32x4.splat(1)))
  f4_canonical(group)
  for (let lane: usize = 0; lane < count; lane++) {
    store<u8>(out + lane * ENCODED, <u8>(load<u32>(SMALL + 4 * lane) + 2))
    f4_get_be(out + lane * ENCODED + 1, lane)
  }
}

/**
 * sum = sum + p for a Jacobian and an affine group, every case; `identities`: lanes where sum is the identity before. @returns the mask of identities after.
 * The branch is taken for points that are equal or opposite: a peer can force that on the sender, where all is public; on the receiver it would take the
 * logarithm of a hash.
 */
function addComplete(sum: usize, p: usize, identities: v128): v128 {
  j4_add(sum, sum, p)
  const zero = f4_is_zero(sum + 2 * F4)
  if (!v128.any_true(zero)) return zero
  const opposite = v128.andnot(v128.andnot(zero, identities), f4_is_zero(R))
  // 2p, or p itself where nothing was to be added to
  f4_copy(SECOND, p)
  f4_copy(SECOND + F4, p + F4)
  f4_copy(SECOND + 2 * F4, ONE)
  j4_double(FIRST, SECOND)
  for (let i: usize = 0; i < JACOBIAN4; i += F4) {
    f4_select(FIRST + i, SECOND + i, FIRST + i, identities)
    f4_select(sum + i, FIRST + i, sum + i, zero)
  }
  // so that the others can be normalised with it
  f4_select(sum + 2 * F4, ONE, sum + 2 * F4, opposite)
  return opposite
}

/** The address of item `index` of `count`, the last one for what lies beyond. */
// @ts-ignore: decorator
@inline
function item(base: usize, size: usize, index: usize, count: usize): usize {
  return base + size * min<usize>(index, count - 1)
}

function beginBatch(domain: usize, domainLen: usize): void {
  if (domainLen > 255 - NUMBER) unreachable()
  memory.copy(DOMAIN, domain, domainLen)
  memory.fill(DOMAIN + domainLen, 0, NUMBER)
  beginExpand(0, ENCODED, DOMAIN, domainLen + NUMBER)
}

/**
 * RFC 9380, secp256k1_XMD:SHA-256_SSWU_RO_; dstLen <= 255. The message may be secret, its length is public.
 * @returns 1; 0 for the identity, which no known message gives, and then nothing is written.
 */
export function ec_hash_to_curve(out: usize, msg: usize, msgLen: usize, dst: usize, dstLen: usize): i32 {
  f4_init()
  const before = msgLen & ~63
  const tail = msgLen - before
  for (let lane: usize = 0; lane < 4; lane++) memory.copy(tailOf(lane), msg + before, tail)
  beginExpand(before, tail, dst, dstLen)
  expand(msg, before)
  const identities = mapExpanded(SUMS)
  const found = i32x4.extract_lane(identities, 0) + 1
  if (found) finishOne(out)
  wipe()
  return found
}

/** As ec_hash_to_curve, from what its expand_message gives (96 bytes): for tests of cases that no known message reaches. */
export function ec_map_to_curve(out: usize, uniform: usize): i32 {
  f4_init()
  for (let lane: usize = 0; lane < 4; lane++) memory.copy(SMALL + 96 * lane, uniform, 96)
  const identities = mapGiven(SUMS, SMALL)
  const found = i32x4.extract_lane(identities, 0) + 1
  if (found) finishOne(out)
  wipe()
  return found
}

function finishOne(out: usize): void {
  a4_from_jacobian(POINTS, SUMS, 1, PREFIXES)
  encodeGroup(out, POINTS, 1)
}

/**
 * The receiver of `count` <= 128 transfers: φ_{1-c} = decoy·G, φ_c = blind·G - HP_{i,c}(φ_{1-c}), shared = blind·A.
 * message: count x 66 bytes, shared: count x 33. choices (bits), blinds, decoys and `shared` are secret: constant time.
 * @returns 0; -1 when A is not a point, and then nothing is written.
 */
export function bot_receive(
  message: usize, shared: usize, a33: usize, domain: usize, domainLen: usize, choices: usize, blinds: usize, decoys: usize, count: usize,
): i32 {
  if (count == 0) return 0
  if (count > TRANSFERS) unreachable()
  if (!decode(SMALL, a33)) return -1
  f4_init()
  if (load<u32>(BASE4) == 0) comb4_build(BASE4, base_table(), PRODUCTS)
  comb4_build(KEY_TABLE, SMALL, PRODUCTS)
  comb4_recode(BLINDS, blinds, count)
  comb4_recode(DECOYS, decoys, count)
  const groups = (count + 3) >> 2
  const own = PRODUCTS + groups * AFFINE4
  const decoy = own + groups * AFFINE4
  // A branch on secrets, taken for scalars that nobody draws.
  if (comb4_products(PRODUCTS, KEY_TABLE, BASE4, BLINDS, DECOYS, count, SELECTED, PRODUCT_DIFFERENCES, PRODUCT_PREFIXES)) {
    productsSlowly(PRODUCTS, SMALL, blinds, count)
    productsSlowly(own, base_table(), blinds, count)
    productsSlowly(decoy, base_table(), decoys, count)
  }
  for (let g: usize = 0; g < groups; g++) {
    encodeGroup(shared + 4 * g * ENCODED, PRODUCTS + g * AFFINE4, min<usize>(4, count - 4 * g))
    // A multiple of G is as good as any random point: security against the receiver comes from the hash, not from an unknown logarithm.
    encodeGroup(ENCODED_DECOYS + 4 * g * ENCODED, decoy + g * AFFINE4, 4)
  }
  beginBatch(domain, domainLen)
  for (let g: usize = 0; g < groups; g++) {
    const sum = OWN_SUMS + g * JACOBIAN4
    for (let lane: usize = 0; lane < 4; lane++) {
      const i = min<usize>(4 * g + lane, count - 1)
      memory.copy(tailOf(lane), ENCODED_DECOYS + i * ENCODED, ENCODED)
      numberDomain(lane, ENCODED, domainLen, <u32>i, bit(choices, i))
    }
    expand(0, 0)
    const identities = mapExpanded(sum)
    f4_negate(sum + F4, sum + F4, i32x4.splat(-1))
    // No blind makes the identity here unless it is the logarithm of a hash.
    addComplete(sum, own + g * AFFINE4, identities)
  }
  a4_from_jacobian(own, OWN_SUMS, groups, OWN_PREFIXES)
  for (let g: usize = 0; g < groups; g++) encodeGroup(ENCODED_OWN + 4 * g * ENCODED, own + g * AFFINE4, 4)
  for (let i: usize = 0; i < count; i++) {
    const chosen = <u8>(0 - bit(choices, i))
    const to = message + 2 * i * ENCODED
    for (let at: usize = 0; at < ENCODED; at++) {
      const own = load<u8>(ENCODED_OWN + i * ENCODED + at)
      const decoy = load<u8>(ENCODED_DECOYS + i * ENCODED + at)
      const swap = (own ^ decoy) & chosen
      store<u8>(to + at, own ^ swap)
      store<u8>(to + ENCODED + at, decoy ^ swap)
    }
  }
  wipe()
  return 0
}

/** scalars[i]·P by complete formulas, to groups. */
function productsSlowly(out: usize, affine: usize, scalars: usize, count: usize): void {
  for (let i: usize = 0; i < ((count + 3) & ~3); i++) {
    ladder(SLOW, affine, scalars + min<usize>(i, count - 1) * 32)
    setLane(out + (i >> 2) * AFFINE4, i & 3, SLOW)
  }
  for (let at = out; at < out + ((count + 3) >> 2) * AFFINE4; at += F4) f4_carry(at, at)
}

// @ts-ignore: decorator
@inline
function bit(bytes: usize, i: usize): u32 {
  return (load<u8>(bytes + (i >> 3)) >> <u8>(i & 7)) & 1
}

/**
 * The sender of `count` <= 128 transfers: shared_{i,b} = y·(φ_b + HP_{i,b}(φ_{1-b})). shared: count x 66 bytes; y and `shared` are secret: constant time in y.
 * All points are validated before anything else. @returns -1; or the index of the first transfer with an invalid point or else with a sum that is the
 * identity, and then nothing is written.
 */
export function bot_send(shared: usize, message: usize, domain: usize, domainLen: usize, y: usize, count: usize): i32 {
  if (count == 0) return -1
  if (count > TRANSFERS) unreachable()
  f4_init()
  const points: usize = 2 * count
  const groups = (points + 3) >> 2
  for (let g: usize = 0; g < groups; g++) {
    const at: usize = 4 * g
    const valid = decodeGroup(
      POINTS + g * AFFINE4,
      item(message, ENCODED, at, points), item(message, ENCODED, at + 1, points), item(message, ENCODED, at + 2, points), item(message, ENCODED, at + 3, points),
    )
    if (!i32x4.all_true(valid)) return firstOf(v128.not(valid), at)
  }
  beginBatch(domain, domainLen)
  for (let g: usize = 0; g < groups; g++) {
    for (let lane: usize = 0; lane < 4; lane++) {
      const j = min<usize>(4 * g + lane, points - 1)
      memory.copy(tailOf(lane), message + (j ^ 1) * ENCODED, ENCODED)
      numberDomain(lane, ENCODED, domainLen, <u32>(j >> 1), <u32>(j & 1))
    }
    expand(0, 0)
    const sum = SUMS + g * JACOBIAN4
    const identities = addComplete(sum, POINTS + g * AFFINE4, mapExpanded(sum))
    if (v128.any_true(identities)) return firstOf(identities, 4 * g)
  }
  a4_from_jacobian(POINTS, SUMS, groups, PREFIXES)
  recode(y)
  let failed: i32 = 0
  for (let g: usize = 0; g < groups; g += TABLE_GROUPS) failed |= multiplyTable(g, min<usize>(TABLE_GROUPS, groups - g))
  // A branch on a secret, taken for secrets that nobody draws.
  if (failed | a4_from_jacobian(TABLES, SUMS, groups, PREFIXES)) sendSlowly(shared, y, points)
  else for (let g: usize = 0; g < groups; g++) encodeGroup(shared + 4 * g * ENCODED, TABLES + g * AFFINE4, min<usize>(4, points - 4 * g))
  wipe()
  return -1
}

/** The transfer of the first lane of a mask, lane 0 being point `at`. */
function firstOf(mask: v128, at: usize): i32 {
  const lane = ctz(i32x4.bitmask(mask))
  return (<i32>at + lane) >> 1
}

/** The digits of both halves of y at HALVES, as variable.ts cuts them: y = Σ (d_j + λ·d'_j)·16^j, all digits odd. */
function recode(y: usize): void {
  // (k + (2^132 - 2^129 - 1)(1 + λ))/2 mod n
  halve_and_add(SMALL, y, 0xb9a37d9953f62c2e, 0x19f36d7a32da3575, 0x990ac3a5ca749c09, 0xbb58ec9e87d71e35)
  split(HALVES, SMALL)
}

/** y·P for groups first … first + count - 1 of POINTS, Jacobian, to SUMS. @returns -1 where complete formulas are needed, else 0. */
function multiplyTable(first: usize, count: usize): i32 {
  const stride = ENTRIES * AFFINE4
  const from = POINTS + first * AFFINE4
  a4_doubles(SECOND, AFFINE4, from, AFFINE4, count, DIFFERENCES, PREFIXES)
  for (let g: usize = 0; g < count; g++) {
    f4_copy(TABLES + g * stride, from + g * AFFINE4)
    f4_copy(TABLES + g * stride + F4, from + g * AFFINE4 + F4)
  }
  for (let e: usize = 1; e < ENTRIES; e++) {
    const entry = TABLES + e * AFFINE4
    a4_sums(entry, stride, entry - AFFINE4, stride, SECOND, AFFINE4, count, DIFFERENCES, PREFIXES)
  }
  let failed: i32 = 0
  for (let g: usize = 0; g < count; g += LOOP_GROUPS) {
    failed |= multiplyGroups(SUMS + (first + g) * JACOBIAN4, TABLES + g * stride, min<usize>(LOOP_GROUPS, count - g))
  }
  return failed
}

/** The same for a few groups with their tables: the two entries of each window are added first, all with one inversion. */
function multiplyGroups(out: usize, tables: usize, count: usize): i32 {
  for (let g: usize = 0; g < count; g++) {
    const table = tables + g * ENTRIES * AFFINE4
    for (let j: usize = 0; j < WINDOWS; j++) {
      const at = (g * WINDOWS + j) * AFFINE4
      select(FIRST + at, table, window_at(HALVES, WINDOW * <i32>j, WINDOW))
      select(SECOND + at, table, window_at(HALVES + 24, WINDOW * <i32>j, WINDOW))
      f4_mul(SECOND + at, SECOND + at, BETA)
    }
  }
  const failed = a4_sums(FIRST, AFFINE4, FIRST, AFFINE4, SECOND, AFFINE4, count * WINDOWS, DIFFERENCES, PREFIXES)
  for (let g: usize = 0; g < count; g++) {
    const sum = out + g * JACOBIAN4
    const windows = FIRST + g * WINDOWS * AFFINE4
    const last = windows + (WINDOWS - 1) * AFFINE4
    f4_copy(sum, last)
    f4_copy(sum + F4, last + F4)
    f4_copy(sum + 2 * F4, ONE)
    for (let j: usize = WINDOWS - 1; j > 0; j--) {
      for (let d = 0; d < WINDOW; d++) j4_double(sum, sum)
      j4_add(sum, sum, windows + (j - 1) * AFFINE4)
    }
  }
  return failed
}

/** out = the entry of a group's table that a secret digit selects, negated below the middle; every entry is read. */
function select(out: usize, table: usize, digit: i32): void {
  const negative = (digit >> 3) - 1
  const index = (digit ^ negative) & 7
  const sign = i32x4.splat(negative)
  for (let c: usize = 0; c < AFFINE4; c += 16) {
    let word = i32x4.splat(0)
    for (let e: i32 = 0; e < <i32>ENTRIES; e++) {
      word = v128.or(word, v128.and(v128.load(table + (e as usize) * AFFINE4 + c), i32x4.eq(i32x4.splat(e), i32x4.splat(index))))
    }
    if (c >= F4) word = i16x8.sub(v128.xor(word, sign), sign)
    v128.store(out + c, word)
  }
}

/** y·P for every point of POINTS by complete formulas, encoded. */
function sendSlowly(shared: usize, y: usize, points: usize): void {
  for (let j: usize = 0; j < points; j++) {
    for (let c: usize = 0; c < 2; c++) {
      f4_canonical(POINTS + (j >> 2) * AFFINE4 + c * F4)
      f4_get_be(SMALL, j & 3)
      fe_from_be(SMALL + 80 + c * FE, SMALL)
    }
    ladder(SLOW, SMALL + 80, y)
    encode(shared + j * ENCODED, SLOW)
  }
}
