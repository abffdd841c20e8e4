/**
 * The group part of one batch of base oblivious transfers: a one-time programmable public function over hash-to-curve
 * (McQuoid, Rosulek, Roy, CCS 2021; shape of Masny, Rindal, CCS 2019), one sender key for the batch.
 * @module
 */
import { type Bytes, concat, u32be } from '../../bytes.ts'
import type { BaseOt } from './arithmetic.ts'
import { bitMask, select } from './bits.ts'
import { decodePoint, encodePoint, hashToPoint, notIdentity, POINT_BYTES, times, timesBase } from './points.ts'

const PAIR_BYTES = 2 * POINT_BYTES
/** Window of the table for the sender key: it is multiplied once per transfer. */
const SENDER_KEY_WINDOW = 6

/** HP_{i,b}(P): the index and the side are in the domain, so no two transfers of a batch share a function. */
const program = (domain: Bytes, index: number, side: number, encoded: Bytes) =>
  hashToPoint(encoded, concat(domain, u32be(index), Uint8Array.of(side)))

const receive: BaseOt['receive'] = ({ senderKey, domain, choices, blinds, decoys }) => {
  const A = decodePoint(senderKey, 'senderKey')
  A.precompute(SENDER_KEY_WINDOW)
  const message = new Uint8Array(blinds.length * PAIR_BYTES)
  const shared = new Uint8Array(blinds.length * POINT_BYTES)
  blinds.forEach((blind, i) => {
    const mask = bitMask(choices, i)
    // A multiple of G is as good as any random point: security against the receiver comes from the hash, not from an unknown logarithm.
    const decoy = encodePoint(timesBase(decoys[i] as bigint))
    const own = encodePoint(timesBase(blind).subtract(program(domain, i, mask & 1, decoy)))
    message.set(select(mask, own, decoy), i * PAIR_BYTES)
    message.set(select(mask, decoy, own), i * PAIR_BYTES + POINT_BYTES)
    shared.set(encodePoint(times(A, blind)), i * POINT_BYTES)
  })
  return { message, shared }
}

const send: BaseOt['send'] = ({ secret, domain, message }) => {
  const count = message.length / POINT_BYTES
  const encoded = Array.from({ length: count }, (_, j) => message.subarray(j * POINT_BYTES, (j + 1) * POINT_BYTES))
  const decoded = encoded.map((point, j) => decodePoint(point, `base transfer ${j >> 1}`))
  const shared = new Uint8Array(message.length)
  decoded.forEach((point, j) => {
    const sum = point.add(program(domain, j >> 1, j & 1, encoded[j ^ 1] as Bytes))
    shared.set(encodePoint(times(notIdentity(sum, `base transfer ${j >> 1}`), secret)), j * POINT_BYTES)
  })
  return shared
}

/** Base transfers of the reference kernel. */
export const baseOt: BaseOt = { receive, send }
