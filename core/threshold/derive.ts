/**
 * Child accounts by non-hardened BIP-32. The tweak is added to every Shamir share, so children need no ceremony. Whoever holds a child's
 * secret and the chain code can compute the parent: hand out neither.
 * @module
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { assertInteger, type Bytes, bytesToBigint, concat, u32be } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import { CURVE_ORDER } from '../transcript.ts'
import { accountAddress } from './account.ts'
import type { KeyPublic } from './share.ts'

export interface DerivedAccount {
  /** 33 bytes, compressed. */
  readonly publicKey: Bytes
  /** 32 bytes. */
  readonly chainCode: Bytes
  /** Lower-case hex. */
  readonly address: `0x${string}`
  /** tau: child secret = secret + tau. 0 for the empty path. */
  readonly tweak: bigint
}

const HARDENED = 0x8000_0000
/** Longer paths serve nobody (BIP-32 stores the depth in one byte). */
export const MAX_PATH = 16

/**
 * The accounts that a pool is likely to want, by name: what posts batches is the account itself, the others are its first children, numbered as Metis
 * numbers the types of its keys (batch 0, state 1, reward 2, blob 3).
 */
export const ACCOUNTS = { batch: [], state: [1], reward: [2], blob: [3] } as const satisfies Record<string, readonly number[]>
export type AccountName = keyof typeof ACCOUNTS

/** The number of one step, without leading zeros. */
const STEP = /^(?:0|[1-9][0-9]{0,9})$/
const HARDENED_STEP = /^[0-9]{1,10}['hH]$/

/**
 * A path as people write it: a name of {@link ACCOUNTS}, or `m` and child numbers, as in `m/0/1`.
 * @throws {PoolError} `hardened-path` for a child at 2^31 or above or with a mark (`'`, `h`), `invalid-argument` for anything else that is not a path.
 */
export function parsePath(text: string): readonly number[] {
  if (Object.hasOwn(ACCOUNTS, text)) return ACCOUNTS[text as AccountName]
  const [root, ...steps] = text.split('/')
  const wrong = (): PoolError =>
    new PoolError('invalid-argument', {
      title: 'path',
      expected: `m, m/0, m/0/1 and so on with at most ${MAX_PATH} steps, or ${Object.keys(ACCOUNTS).join(', ')}`,
    })
  if (root !== 'm' || steps.length > MAX_PATH) throw wrong()
  return steps.map(step => {
    if (HARDENED_STEP.test(step)) throw new PoolError('hardened-path', { step })
    if (!STEP.test(step) || Number(step) > 0xffff_ffff) throw wrong()
    const child = Number(step)
    if (child >= HARDENED) throw new PoolError('hardened-path', { step })
    return child
  })
}

/** The reverse of {@link parsePath}, never a name. */
export const pathText = (path: readonly number[]): string => ['m', ...path].join('/')

/**
 * The account at `path`, child numbers below 2^31; the empty path is the account itself (BIP-32, public parent to public child).
 * @throws {PoolError} `invalid-argument` for a hardened or malformed path, and in the 2^-127 case that a child does not exist.
 */
export function derive(key: Pick<KeyPublic, 'publicKey' | 'chainCode'>, path: readonly number[]): DerivedAccount {
  if (path.length > MAX_PATH) throw new PoolError('invalid-argument', { title: 'path', expected: `at most ${MAX_PATH} steps` })
  let { publicKey, chainCode } = key
  let tweak = 0n
  for (const child of path) {
    assertInteger(child, 'path step', 0, HARDENED - 1)
    const output = hmac(sha512, chainCode, concat(publicKey, u32be(child)))
    const left = bytesToBigint(output.subarray(0, 32))
    if (left === 0n || left >= CURVE_ORDER) throw new PoolError('invalid-argument', { title: 'path', expected: 'a path whose child exists' })
    const next = kernel.points.combine([
      { point: publicKey, scalar: 1n },
      { point: kernel.points.base, scalar: left },
    ])
    if (next === undefined) throw new PoolError('invalid-argument', { title: 'path', expected: 'a path whose child exists' })
    publicKey = next
    chainCode = output.slice(32)
    tweak = kernel.scalars.add(tweak, left)
  }
  return {
    publicKey,
    chainCode,
    tweak,
    // a square root and a hash that signing has no use for
    get address() {
      return accountAddress(publicKey)
    },
  }
}
