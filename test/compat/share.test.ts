import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, hex } from '../../core/bytes.ts'
import { decodeShare, encodeShare, keyCertificateCodec, sign, verifyCertificates } from '../../core/threshold/index.ts'
import { memoryNetwork, signRequest, testIdentity, valuesOf } from '../support/index.ts'

/** Files of released versions. They are never made anew: a change that cannot read them needs a migration. */
const stored = (name: string): Uint8Array => fromHex(readFileSync(new URL(name, import.meta.url), 'utf8').replaceAll('\n', ''))

describe('share-v1.hex', () => {
  const bytes = stored('share-v1.hex')
  it('loads, and encodes to the same bytes', () => {
    const share = decodeShare(bytes)
    expect(share).toMatchObject({ index: 1, threshold: 2, epochNo: 0, active: true, address: '0x56decd8b73e1fda2610714250c5015dab9c3d0f6' })
    expect(hex(share.keyId)).toBe('0xfbf0a3fb2239bef0887f0770d1943031c975e7f2b5dc834de2efdb167c92f1ea')
    expect([...share.burned]).toEqual([[3, 'ote-check']])
    expect(encodeShare(share)).toEqual(bytes)
  })
  it('signs with another of its kind', async () => {
    const quorum = [1, 2]
    const net = memoryNetwork(quorum)
    const peer = stored('share-v1-seat-2.hex')
    const outcomes = await net.run((ctx, index) => sign(ctx, decodeShare(index === 1 ? bytes : peer), { request: signRequest(), quorum }))
    expect(valuesOf(outcomes).size).toBe(2)
  })
})

describe('key-certificate-v1.hex', () => {
  const bytes = stored('key-certificate-v1.hex')
  it('loads, verifies, and encodes to the same bytes', () => {
    const certificate = keyCertificateCodec.decode(bytes)
    verifyCertificates(certificate, testIdentity(1).verify)
    expect(keyCertificateCodec.encode(certificate)).toEqual(bytes)
  })
})
