/**
 * What members agree on: the content commitment `C` of a height. Fees are not part of it, so a fee bump is the same content.
 * @module
 */
import { type Bytes, concat, fromHex, hex, u64be, utf8 } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { type Hex, keccak256 } from '../ethereum.ts'

export interface Content {
  /** L1 chain id. */
  readonly chainId: number
  /** The pool's account. */
  readonly account: Hex
  /** L1 nonce: height + offset. */
  readonly nonce: number
  readonly inbox: Hex
  /** 16 bytes. */
  readonly channelId: Bytes
  /** Encoded frames (header included), in order. */
  readonly frames: readonly Bytes[]
  /** Hash of the L1 origin of the last block. */
  readonly l1OriginHash: Hex
}

const CONTENT_TAG = utf8('sequorum/content/v1')
const CHANNEL_TAG = utf8('sequorum/channel/v1')

/**
 * keccak256("sequorum/content/v1" || u64 chainId || account20 || u64 nonce || inbox20 || keccak256(channelId16 || frames…) || l1OriginHash32)
 * (docs/batch.md, content commitment).
 * @throws {PoolError} `invalid-argument` when a field has the wrong size.
 */
export function contentCommitment(content: Content): Bytes {
  const { chainId, account, nonce, inbox, channelId, frames, l1OriginHash } = content
  if (channelId.length !== 16) throw new PoolError('invalid-argument', { title: 'channel id', expected: '16 bytes', got: channelId.length })
  const payload = keccak256(concat(channelId, ...frames))
  return keccak256(
    concat(
      CONTENT_TAG,
      u64(chainId, 'chain id'),
      sized(account, 20, 'account'),
      u64(nonce, 'nonce'),
      sized(inbox, 20, 'inbox'),
      payload,
      sized(l1OriginHash, 32, 'L1 origin hash'),
    ),
  )
}

/**
 * The id of a height's channel: the first 16 bytes of keccak256("sequorum/channel/v1" || u64 chainId || account20 || u64 nonce). No two heights
 * share one, and a proposer has nothing to choose.
 */
export const channelIdOf = ({ chainId, account, nonce }: Pick<Content, 'chainId' | 'account' | 'nonce'>): Bytes =>
  keccak256(concat(CHANNEL_TAG, u64(chainId, 'chain id'), sized(account, 20, 'account'), u64(nonce, 'nonce'))).slice(0, 16)

/** {@link contentCommitment} as text, for logs and records. */
export const contentHex = (content: Content): Hex => hex(contentCommitment(content))

function u64(value: number, title: string): Bytes {
  if (!Number.isSafeInteger(value) || value < 0) throw new PoolError('invalid-argument', { title, expected: 'integer in 0..2^53-1' })
  return u64be(value)
}

function sized(text: Hex, length: number, title: string): Bytes {
  const bytes = fromHex(text, title)
  if (bytes.length !== length) throw new PoolError('invalid-argument', { title, expected: `${length} bytes`, got: bytes.length })
  return bytes
}
