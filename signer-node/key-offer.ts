/**
 * The public file that all members start with when an existing key is to be dealt among them: which key, and who has it.
 * @module
 */
import { fromHex, hex } from '../core/bytes.ts'
import { PoolError } from '../core/errors.ts'
import type { KeyOffer } from '../core/member/whole-key.ts'
import { type Pool, poolHash } from '../core/proposal/pool.ts'
import { accountAddress } from '../core/threshold/index.ts'

/** JSON of an offer. */
export interface KeyOfferJson {
  readonly version: 1
  /** Hash of the pool file. */
  readonly pool: `0x${string}`
  readonly account: `0x${string}`
  readonly importer: number
  readonly publicKey: `0x${string}`
  readonly chainCode: `0x${string}`
}

export const offerToJson = (pool: Pool, { importer, publicKey, chainCode }: KeyOffer): KeyOfferJson => ({
  version: 1,
  pool: hex(poolHash(pool)),
  account: accountAddress(publicKey),
  importer,
  publicKey: hex(publicKey),
  chainCode: hex(chainCode),
})

const isHex = (value: unknown, length: number): value is `0x${string}` =>
  typeof value === 'string' && new RegExp(`^0x[0-9a-f]{${2 * length}}$`).test(value)

/** The offer in a file, for this pool. @throws {PoolError} `bad-key-offer` */
export function parseOffer(value: unknown, pool: Pool): KeyOffer {
  const wrong = (problem: string): PoolError => new PoolError('bad-key-offer', { problem })
  if (typeof value !== 'object' || value === null) throw wrong('not an object')
  const { version, pool: forPool, account, importer, publicKey, chainCode } = value as Partial<Record<keyof KeyOfferJson, unknown>>
  if (version !== 1) throw wrong('another version')
  if (pool.parent !== undefined) throw wrong('the pool takes over an account, so it gets no other')
  if (forPool !== hex(poolHash(pool))) throw wrong('for another pool')
  const seat = pool.members.find(member => member.seat === importer)?.seat
  if (seat === undefined) throw wrong('importer is no member')
  if (!isHex(publicKey, 33) || !isHex(chainCode, 32)) throw wrong('key or chain code')
  let address: string
  try {
    address = accountAddress(fromHex(publicKey))
  } catch {
    throw wrong('public key')
  }
  if (address !== account) throw wrong('account and public key differ')
  return { importer: seat, publicKey: fromHex(publicKey), chainCode: fromHex(chainCode) }
}
