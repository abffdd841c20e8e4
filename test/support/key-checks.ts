/**
 * What a set of shares is worth: the secret that they make together, and the signatures. For tests of the life of a key.
 * @module
 */
import { recoverAddress } from 'viem'
import { type Bytes, bigintToBytes, bytesToBigint, hex } from '../../core/bytes.ts'
import { sighash } from '../../core/l1/transaction.ts'
import { type KeyShare, serializeSignature, sign } from '../../core/threshold/index.ts'
import { CURVE_ORDER } from '../../core/transcript.ts'
import { memoryNetwork, type NetworkOptions } from './network.ts'
import { signRequest } from './request.ts'
import { revealShare } from './reveal.ts'

const mod = (value: bigint): bigint => ((value % CURVE_ORDER) + CURVE_ORDER) % CURVE_ORDER

function inverse(value: bigint): bigint {
  let [a, b, x, y] = [mod(value), CURVE_ORDER, 1n, 0n]
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  return mod(x)
}

/** f(0) through the secrets of these shares, in plain arithmetic; the key when they are t of one generation. */
export function secretOf(shares: readonly KeyShare[]): Bytes {
  const terms = shares.map(({ index: i }, at) => {
    const others = shares.map(share => share.index).filter(j => j !== i)
    const weight = others.reduce((product, j) => mod(product * BigInt(j) * inverse(BigInt(j - i))), 1n)
    return weight * bytesToBigint(revealShare(shares[at] as KeyShare))
  })
  return bigintToBytes(mod(terms.reduce((sum, term) => sum + term, 0n)), 32)
}

/** Signs with a quorum; the address that viem recovers from the signature of each. */
export async function signersOf(shares: ReadonlyMap<number, KeyShare>, quorum: readonly number[], options: NetworkOptions = {}): Promise<string[]> {
  const request = signRequest()
  const net = memoryNetwork(quorum, { seed: `quorum ${quorum}`, ...options })
  const outcomes = await net.run((ctx, seat) => sign(ctx, shares.get(seat) as KeyShare, { request, quorum }))
  const addresses = [...outcomes.values()].map(async ({ value, error }) => {
    if (value === undefined) return error.code
    const bytes = serializeSignature(value)
    const signature = { r: hex(bytes.subarray(0, 32)), s: hex(bytes.subarray(32, 64)), yParity: value.yParity }
    return (await recoverAddress({ hash: hex(sighash(request.transaction)), signature })).toLowerCase()
  })
  return [...new Set(await Promise.all(addresses))]
}
