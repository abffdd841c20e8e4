import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flip, labelled, memoryNetwork, signRequest, testIdentity, testShares, valuesOf } from '../../test/support/index.ts'
import { isPoolError } from '../errors.ts'
import { activate, type KeyCertificate, keyCertificateCodec, keyCertificateOf, verifyCertificates } from './certificate.ts'
import { type KeyShare, withCertificates } from './share.ts'
import { sign } from './sign.ts'

const { verify } = testIdentity(1)
const shareOf = (index: number): KeyShare => testShares(3, 2).get(index) as KeyShare
/** As a member has it that certified, but heard nobody. */
const pendingOf = (index: number): KeyShare => {
  const share = shareOf(index)
  return withCertificates(share, new Map([...share.certificates].filter(([seat]) => seat === index)))
}
const fails = (code: string) => expect.objectContaining({ code })
const certificate = keyCertificateOf(shareOf(1))

describe('verifyCertificates', () => {
  it('accepts the signatures of all members', () => {
    expect(() => verifyCertificates(certificate, verify)).not.toThrow()
  })
  it('names who did not sign', () => {
    const some = new Map([...certificate.certificates].filter(([seat]) => seat === 2))
    expect(() => verifyCertificates({ ...certificate, certificates: some }, verify)).toThrow(
      expect.objectContaining({
        code: 'certificates-missing',
        context: { missing: [1, 3] },
        culprits: [1, 3].map(party => expect.objectContaining({ party, certainty: 'suspected' })),
      }),
    )
  })
  it('names whose signature is wrong', () => {
    const signature = certificate.certificates.get(2) as Uint8Array
    for (const wrong of [flip(signature, 5), certificate.certificates.get(3) as Uint8Array]) {
      const certificates = new Map([...certificate.certificates, [2, wrong]])
      expect(() => verifyCertificates({ ...certificate, certificates }, verify)).toThrow(
        expect.objectContaining({ code: 'bad-certificate', culprits: [expect.objectContaining({ party: 2, certainty: 'confirmed' })] }),
      )
    }
  })
  it.each<[string, Partial<KeyCertificate>]>([
    ['public key', { publicKey: shareOf(1).publicShares.get(1) as Uint8Array }],
    ['chain code', { chainCode: labelled('x') }],
    ['key id', { keyId: labelled('x') }],
    ['epoch', { epoch: labelled('x') }],
    ['epoch number', { epochNo: 1 }],
    ['parent epoch', { parentEpoch: labelled('x') }],
    ['view', { view: labelled('x') }],
    ['threshold', { threshold: 3 }],
    ['public shares', { publicShares: new Map([...certificate.publicShares, [1, certificate.publicShares.get(2) as Uint8Array]]) }],
  ])('covers the %s', (_, change) => {
    expect(() => verifyCertificates({ ...certificate, ...change }, verify)).toThrow(fails('bad-certificate'))
  })
})

describe('activate', () => {
  it('makes the pending share of a lagging member sign', async () => {
    const pending = pendingOf(3)
    expect(pending.active).toBe(false)
    const quorum = [1, 3]
    const refused = sign(memoryNetwork(quorum).context(3), pending, { request: signRequest(), quorum })
    await expect(refused).rejects.toMatchObject({ code: 'certificates-missing', context: { missing: [1, 2] } })
    const handedOver = keyCertificateCodec.decode(keyCertificateCodec.encode(certificate))
    const share = activate(pending, handedOver, verify)
    expect(share.active).toBe(true)
    const net = memoryNetwork(quorum)
    const outcomes = await net.run((ctx, index) => sign(ctx, index === 3 ? share : shareOf(1), { request: signRequest(), quorum }))
    expect(valuesOf(outcomes).size).toBe(2)
  })
  it('refuses a certificate of another epoch or key, and an incomplete one', () => {
    const other = keyCertificateOf(testShares(3, 2, 'other').get(1) as KeyShare)
    expect(() => activate(pendingOf(3), other, verify)).toThrow(fails('wrong-epoch'))
    expect(() => activate(pendingOf(3), { ...certificate, chainCode: labelled('x') }, verify)).toThrow(fails('bad-certificate'))
    const incomplete = new Map([...certificate.certificates].filter(([seat]) => seat !== 1))
    expect(() => activate(pendingOf(3), { ...certificate, certificates: incomplete }, verify)).toThrow(fails('certificates-missing'))
    const forged = new Map([...certificate.certificates, [1, new Uint8Array(64)]])
    expect(() => activate(pendingOf(3), { ...certificate, certificates: forged }, verify)).toThrow(fails('bad-certificate'))
  })
})

describe('key certificate codec', () => {
  it('round-trips and refuses truncated, trailing and random bytes', () => {
    const bytes = keyCertificateCodec.encode(certificate)
    expect(keyCertificateCodec.decode(bytes)).toEqual(certificate)
    expect(() => keyCertificateCodec.decode(bytes.subarray(1))).toThrow(fails('malformed-bytes'))
    expect(() => keyCertificateCodec.decode(Uint8Array.of(...bytes, 0))).toThrow(fails('malformed-bytes'))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), tail => {
        try {
          keyCertificateCodec.decode(Uint8Array.of(1, 0, 2, 0, 0, 0, 1, ...tail))
        } catch (error) {
          expect(isPoolError(error, 'malformed-bytes')).toBe(true)
        }
      }),
    )
  })
})
