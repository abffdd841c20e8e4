import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, hex, utf8 } from '../../../core/bytes.ts'
import { kernel } from '../../../core/kernel/index.ts'
import { certificateDigest } from '../../../core/threshold/certificate.ts'
import { exportKey, importKey, type KeyShare, keyCertificateOf, refresh, reshare } from '../../../core/threshold/index.ts'
import { H } from '../../../core/transcript.ts'
import { labelled, type MemoryNetwork, memoryNetwork, testShares, valuesOf } from '../../support/index.ts'
import { revealShare } from '../../support/reveal.ts'

// Runs with either engine, by project: what they send must be the same, to the byte.
const expected: Record<string, unknown> = JSON.parse(readFileSync(new URL('./moves-v1.json', import.meta.url), 'utf8'))

const digest = (parts: readonly Bytes[]): string => hex(H('frame', [concat(...parts)])).slice(2)

/** Every message, in order between any two parties, and what came out. */
function record(net: MemoryNetwork, shares: readonly (KeyShare | undefined)[]): Record<string, unknown> {
  const held = shares.filter(share => share !== undefined)
  const sent = [...net.sent].sort((a, b) => a.from - b.from || a.to - b.to)
  return {
    messages: sent.length,
    sent: digest(sent.flatMap(({ from, to, round, bytes }) => [utf8(`${from} ${to} ${round} `), bytes])),
    ...(held[0] === undefined ? {} : { certificate: hex(certificateDigest(held[0])).slice(2) }),
    shares: digest(held.map(share => revealShare(share))),
  }
}

const shareOf = (shares: ReadonlyMap<number, KeyShare>, seat: number) => shares.get(seat) as KeyShare

describe(`known answers of ceremonies that move a key, version 1, ${kernel.name}`, () => {
  it('refresh', async () => {
    const shares = testShares(2, 2, 'moves')
    const net = memoryNetwork([1, 2], { seed: 'refresh' })
    const fresh = valuesOf(await net.run((ctx, seat) => refresh(ctx, shareOf(shares, seat), { epochNo: 5 })))
    expect(record(net, [...fresh.values()])).toEqual(expected.refresh)
  })

  it('reshare of which one dealer leaves', async () => {
    const shares = testShares(3, 2, 'moves')
    const net = memoryNetwork([1, 2, 0x8003], { seed: 'reshare', identityOf: index => (index === 0x8003 ? 3 : index === 2 ? 22 : index) })
    const dealers = [
      { party: 1, index: 1 },
      { party: 0x8003, index: 3 },
    ]
    const input = { key: keyCertificateOf(shareOf(shares, 1)), dealers, members: [1, 2], threshold: 2, epochNo: 1 }
    const fresh = valuesOf(await net.run((ctx, seat) => reshare(ctx, shares.get(seat === 0x8003 ? 3 : seat), input)))
    expect(record(net, [...fresh.values()])).toEqual(expected.reshare)
  })

  it('import and export', async () => {
    const secret = labelled('a whole key')
    const publicKey = kernel.points.multiply(kernel.points.base, BigInt(hex(secret))) as Bytes
    const into = memoryNetwork([1, 2], { seed: 'import' })
    const input = { threshold: 2, importer: 2, publicKey, chainCode: labelled('its chain code') }
    const shares = valuesOf(await into.run((ctx, seat) => importKey(ctx, seat === 2 ? { ...input, secret: secret.slice() } : input)))
    expect(record(into, [...shares.values()])).toEqual(expected.import)
    const out = memoryNetwork([1, 2], { seed: 'export' })
    const keys = valuesOf(await out.run((ctx, seat) => exportKey(ctx, shareOf(shares, seat), { recipient: 1, signers: [1, 2] })))
    expect(keys.get(1)).toEqual(secret)
    expect(record(out, [])).toEqual(expected.export)
  })
})
