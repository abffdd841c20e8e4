import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, hex } from '../../core/bytes.ts'
import { decodeShare, encodeShare, keyCertificateCodec, sign, verifyCertificates } from '../../core/threshold/index.ts'
import { memoryNetwork, signRequest, testIdentity, valuesOf } from '../support/index.ts'
import { revealShare } from '../support/reveal.ts'

/** Seals share-v2.hex. */
const KEY = new Uint8Array(32).fill(0x42)
/** Where share-v1.hex has its secret in clear: after head, three members, public values and three certificates. */
const SECRET = 9 + 3 * 67 + 33 + 32 * 3 + 4 + 64 + 4 + 3 * 66

/** Files of released versions. They are never made anew: a change that cannot read them needs a migration. */
const stored = (name: string): Uint8Array => fromHex(readFileSync(new URL(name, import.meta.url), 'utf8').replaceAll('\n', ''))

describe('share-v1.hex', () => {
  const bytes = stored('share-v1.hex')
  it('loads, and is stored anew with its secrets sealed', () => {
    const share = decodeShare(bytes, KEY)
    expect(share).toMatchObject({ index: 1, threshold: 2, epochNo: 0, active: true, address: '0x56decd8b73e1fda2610714250c5015dab9c3d0f6' })
    expect(hex(share.keyId)).toBe('0xfbf0a3fb2239bef0887f0770d1943031c975e7f2b5dc834de2efdb167c92f1ea')
    expect([...share.burned]).toEqual([[3, 'ote-check']])
    expect(hex(revealShare(share))).toBe(hex(bytes.subarray(SECRET, SECRET + 32)))
    expect(encodeShare(share, KEY)).toEqual(stored('share-v2.hex'))
  })
  it('signs with another of its kind', async () => {
    const quorum = [1, 2]
    const net = memoryNetwork(quorum)
    const peer = stored('share-v1-seat-2.hex')
    const outcomes = await net.run((ctx, index) => sign(ctx, decodeShare(index === 1 ? bytes : peer, KEY), { request: signRequest(), quorum }))
    expect(valuesOf(outcomes).size).toBe(2)
  })
})

describe('share-v2.hex', () => {
  const bytes = stored('share-v2.hex')
  it('loads under its key, and encodes to the same bytes', () => {
    const share = decodeShare(bytes, KEY)
    expect(share).toMatchObject({ index: 1, threshold: 2, epochNo: 0, active: true, address: '0x56decd8b73e1fda2610714250c5015dab9c3d0f6' })
    expect([...share.burned]).toEqual([[3, 'ote-check']])
    expect(encodeShare(share, KEY)).toEqual(bytes)
    expect(() => decodeShare(bytes, new Uint8Array(32))).toThrow(expect.objectContaining({ code: 'seal-mismatch' }))
  })
  it('signs with a share of version 1', async () => {
    const quorum = [1, 2]
    const peer = stored('share-v1-seat-2.hex')
    const outcomes = await memoryNetwork(quorum).run((ctx, index) =>
      sign(ctx, decodeShare(index === 1 ? bytes : peer, KEY), { request: signRequest(), quorum }),
    )
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
