import { describe, expect, it } from 'vitest'
import { testIdentity, testShares } from '../../test/support/index.ts'
import type { PoolError } from '../errors.ts'
import { type Erasure, type ErasureClaim, erasureCodec, proveErasure, verifyErasure } from './erasure.ts'
import { type KeyShare, publicOf } from './share.ts'

const key = publicOf(testShares(3, 2).get(1) as KeyShare)
const claim: ErasureClaim = { keyId: key.keyId, epoch: key.epoch, epochNo: 0, seat: 2, reason: 'destroyed', time: 1_795_000_000_000 }
const proof = proveErasure(claim, testIdentity(2).sign)
const { verify } = testIdentity(1)

function failure(erasure: Erasure, of = key): PoolError {
  try {
    verifyErasure(erasure, of, verify)
  } catch (error) {
    return error as PoolError
  }
  throw new Error('verified')
}

describe('erasure', () => {
  it('is signed by the member, and comes back from bytes', () => {
    verifyErasure(proof, key, verify)
    const bytes = erasureCodec.encode(proof)
    expect(erasureCodec.decode(bytes)).toEqual(proof)
    verifyErasure(proveErasure({ ...claim, reason: 'superseded' }, testIdentity(2).sign), key, verify)
  })

  it.each<[string, Partial<Erasure>]>([
    ['seat', { seat: 1 }],
    ['reason', { reason: 'superseded' }],
    ['time', { time: claim.time + 1 }],
    ['signature', { signature: new Uint8Array(64) }],
  ])('with another %s it does not verify, and says whose it would be', (_, change) => {
    const erasure = { ...proof, ...change }
    const error = failure(erasure)
    expect(error.code).toBe('bad-erasure')
    expect(error.culprits).toMatchObject([{ party: erasure.seat }])
  })

  it('for another key, another generation or somebody who is no member it accuses nobody', () => {
    const elsewhere = [{ keyId: new Uint8Array(32) }, { epoch: new Uint8Array(32) }, { epochNo: 1 }, { seat: 4 }]
    for (const change of elsewhere) {
      const error = failure(proveErasure({ ...claim, ...change }, testIdentity(2).sign))
      expect(error).toMatchObject({ code: 'bad-erasure', culprits: [] })
    }
  })

  it('has one encoding', () => {
    const bytes = erasureCodec.encode(proof)
    const reason = 1 + 32 + 32 + 4 + 2
    for (const change of [bytes.subarray(1), bytes.with(0, 2), bytes.with(reason, 0), bytes.with(reason, 3), Uint8Array.from([...bytes, 0])])
      expect(() => erasureCodec.decode(change)).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
  })
})
