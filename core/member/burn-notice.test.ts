import { describe, expect, it } from 'vitest'
import { testIdentity } from '../../test/support/identity.ts'
import { testPool } from '../../test/support/pool.ts'
import { burnNoticeCodec, isBurnNotice, isSameBurn, signBurnNotice } from './burn-notice.ts'
import { identitiesOf } from './key-setup.ts'

const identities = identitiesOf(testPool(3))
const { verify } = testIdentity(1)
const unsigned = { keyId: new Uint8Array(32).fill(1), epoch: new Uint8Array(32).fill(2), seat: 1, peer: 2, reason: 'vole-check' }
const notice = signBurnNotice(unsigned, testIdentity(1).sign)
const isGood = (changed: Partial<typeof notice>): boolean => isBurnNotice({ ...notice, ...changed }, identities, verify)

describe('a burn notice', () => {
  it('is signed by one member about another; nothing in it can be changed', () => {
    expect(isGood({})).toBe(true)
    const changes = [
      { keyId: new Uint8Array(32) },
      { epoch: new Uint8Array(32) },
      { seat: 3 },
      { peer: 3 },
      { reason: 'ote-check' },
      { signature: notice.signature.map((byte, at) => (at === 7 ? byte ^ 1 : byte)) },
    ]
    for (const change of changes) expect(isGood(change)).toBe(false)
  })

  it('is of no stranger, about none, and not about oneself', () => {
    const sign = (change: Partial<typeof unsigned>, by: number) => signBurnNotice({ ...unsigned, ...change }, testIdentity(by).sign)
    expect(isBurnNotice(sign({ seat: 9 }, 9), identities, verify)).toBe(false)
    expect(isBurnNotice(sign({ peer: 9 }, 1), identities, verify)).toBe(false)
    expect(isBurnNotice(sign({ peer: 1 }, 1), identities, verify)).toBe(false)
    expect(isBurnNotice(sign({}, 2), identities, verify)).toBe(false)
  })

  it('counts once for a generation, whatever its reason', () => {
    expect(isSameBurn(notice, { ...notice, reason: 'gamma-x' })).toBe(true)
    expect(isSameBurn(notice, { ...notice, peer: 3 })).toBe(false)
    expect(isSameBurn(notice, { ...notice, epoch: new Uint8Array(32) })).toBe(false)
  })

  it('has one encoding with a version', () => {
    const bytes = burnNoticeCodec.encode(notice)
    expect(bytes[0]).toBe(1)
    expect(burnNoticeCodec.decode(bytes)).toEqual(notice)
    expect(() => burnNoticeCodec.decode(Uint8Array.of(2, ...bytes.subarray(1)))).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
  })
})
