import { randomBytes } from 'node:crypto'
import { constants, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { encodePacked, keccak256 as viemKeccak } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, fromHex, hex } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import type { Hex } from '../ethereum.ts'
import { parseTransaction } from '../transaction/parse.ts'
import { genesisBlock, headOf } from './block.ts'
import { buildBlocks } from './builder.ts'
import { channelIdOf, contentCommitment, contentHex } from './content.ts'
import { checkBatches } from './follows.ts'
import { DEFAULT_LIMITS, MAX_CALLDATA_BYTES } from './limits.ts'
import { encodeCalldata } from './op-stack/calldata.ts'
import { encodeChannel } from './op-stack/channel.ts'
import { encodeSingular } from './op-stack/singular.ts'
import { type Deflate, pakoDeflate } from './op-stack/zlib.ts'
import { decodeBatch, decodePoolBatch, encodeBlocks } from './summary.ts'

const origin = { number: 100, hash: `0x${'ab'.repeat(32)}` as Hex, timestamp: 1000 }
const parent = headOf(genesisBlock({ l2ChainId: 901, timestamp: 1000, l1Origin: origin }))
const account = privateKeyToAccount(`0x${'22'.repeat(32)}`)
const id = new Uint8Array(16).fill(9)
const limits = { maxBytes: DEFAULT_LIMITS.maxBytes }

const signed = await Promise.all(
  [0, 1, 2].map(async nonce =>
    parseTransaction(
      fromHex(
        await account.signTransaction({ type: 'eip1559', chainId: 901, nonce, gas: 50_000n, to: account.address, maxFeePerGas: 1n, data: '0x0102' }),
      ),
    ),
  ),
)
const build = (transactions = signed, until = 1006) =>
  buildBlocks({ parent, nonceOf: () => 0, transactions, until, blockTime: 2, origins: [origin], maxSequencerDrift: 600, limits: DEFAULT_LIMITS })
const error = (run: () => unknown): string => {
  try {
    run()
  } catch (thrown) {
    return isPoolError(thrown)
      ? `${thrown.code}: ${thrown.context.reason ?? thrown.context.kind ?? thrown.context.title}`
      : `untyped: ${String(thrown)}`
  }
  return 'no error'
}

describe('whole batches', () => {
  const nodeDeflate: Deflate = { deflate: bytes => new Uint8Array(deflateSync(bytes, { level: 9 })) }
  const { blocks } = build()
  const { calldata, frames } = encodeBlocks(blocks, id, pakoDeflate)

  it('come back as the same blocks and transactions, and members accept them', () => {
    for (const port of [pakoDeflate, nodeDeflate]) {
      const summary = decodePoolBatch(encodeBlocks(blocks, id, port).calldata, limits)
      expect(summary).toMatchObject({ channelId: hex(id), end: 'complete', trailing: 0, compression: 'zlib' })
      expect(summary.transactions).toEqual(signed.map(tx => tx.raw))
      expect(summary.batches.length).toBe(3)
      const view = { chainId: 901, blockTime: 2, maxSequencerDrift: 600, latestTimestamp: 1006, limits: DEFAULT_LIMITS, nonceOf: () => 0 }
      expect(checkBatches(summary.batches, parent, { ...view, origin: number => (number === 100 ? origin : undefined) })).toBeUndefined()
      expect(decodeBatch(encodeBlocks(blocks, id, port).calldata)).toEqual(summary)
    }
  })

  it('are one frame, that the calldata holds as it is', () => {
    expect(frames.length).toBe(1)
    expect(hex(calldata)).toBe(hex(concat(Uint8Array.of(0), ...frames)))
  })

  it('stay below the bound of calldata even when nothing can be compressed', () => {
    // Filled to the limit with noise: the worst case of the builder's bound.
    const noise = Array.from({ length: 40 }, (_, nonce) => ({ ...signed[0], nonce, raw: new Uint8Array(randomBytes(3_000)) })) as typeof signed
    const full = build(noise)
    expect(full.included.length).toBe(39)
    const size = encodeBlocks(full.blocks, id, pakoDeflate).calldata.length
    expect(size).toBeGreaterThan(117_000)
    expect(size).toBeLessThan(MAX_CALLDATA_BYTES)
    const over = [{ ...(full.blocks[0] as (typeof blocks)[0]), transactions: [new Uint8Array(randomBytes(120_000))] }]
    expect(error(() => encodeBlocks(over, id, pakoDeflate))).toBe('invalid-argument: blocks')
  })

  const singular = (at: number): Bytes =>
    encodeSingular({ kind: 'singular', parentHash: origin.hash, epochNumber: 1, epochHash: origin.hash, timestamp: at, transactions: [] })
  const channel = encodeChannel([singular(1)], pakoDeflate)
  const frame = (data: Bytes, number = 0, isLast = true) => ({ channelId: id, number, data, isLast })
  const flushed = new Uint8Array(deflateSync(concat(fromHex('f8'), new Uint8Array()), { finishFlush: constants.Z_SYNC_FLUSH }))

  it.each<[string, Bytes, string]>([
    ['two frames', encodeCalldata([frame(channel.slice(0, 9), 0, false), frame(channel.slice(9), 1)]), 'malformed-batch: more than one frame'],
    ['a truncated stream', encodeCalldata([frame(flushed)]), 'malformed-batch: stream is truncated'],
    ['bytes after the stream', encodeCalldata([frame(concat(channel, id))]), 'malformed-batch: bytes after the stream'],
    ['no block', encodeCalldata([frame(encodeChannel([], pakoDeflate))]), 'malformed-batch: no batch'],
    ['a channel that goes on', encodeCalldata([frame(channel, 0, false)]), 'unsupported-batch: part of a channel'],
    ['a channel that began before', encodeCalldata([frame(channel, 1)]), 'unsupported-batch: part of a channel'],
    ['a span batch', encodeCalldata([frame(encodeChannel([Uint8Array.of(1)], pakoDeflate))]), 'malformed-batch: version byte'],
    [
      'more bytes than the bound',
      encodeCalldata([frame(encodeChannel(Array(2000).fill(singular(1)), pakoDeflate))]),
      'malformed-batch: stream is clipped',
    ],
    ['long calldata', new Uint8Array(MAX_CALLDATA_BYTES + 1), 'malformed-batch: too long'],
  ])('of a pool may not have %s', (_, input, expected) => {
    expect(error(() => decodePoolBatch(input, limits))).toBe(expected)
  })

  it('of others may have several frames, a cut stream, trailing bytes and unknown kinds with a name', () => {
    expect(decodeBatch(encodeCalldata([frame(channel.slice(0, 9), 0, false), frame(channel.slice(9), 1)])).batches.length).toBe(1)
    expect(decodeBatch(encodeCalldata([frame(flushed)]))).toMatchObject({ end: 'truncated', batches: [] })
    expect(decodeBatch(encodeCalldata([frame(concat(channel, id))]))).toMatchObject({ end: 'complete', trailing: 16 })
    const kind = (batch: Bytes) => error(() => decodeBatch(encodeCalldata([frame(encodeChannel([batch], pakoDeflate))])))
    expect(kind(Uint8Array.of(1, 2))).toBe('unsupported-batch: span batch without the L2 chain id')
    expect(kind(Uint8Array.of(2, 2))).toBe('unsupported-batch: batch version 2')
    expect(kind(new Uint8Array())).toBe('malformed-batch: empty batch')
  })

  it('answer mutated bytes with a typed error or a summary', () => {
    const total = (run: () => unknown) => /^(no error|malformed-batch|unsupported-batch)/.test(error(run))
    fc.assert(
      fc.property(fc.nat(calldata.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = calldata.slice()
        bytes[at] = (bytes[at] as number) ^ mask
        return total(() => decodeBatch(bytes)) && total(() => decodePoolBatch(bytes, limits))
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => total(() => decodeBatch(bytes))))
  })
})

describe('content commitment', () => {
  const content = {
    chainId: 31_337,
    account: '0x00000000000000000000000000000000000000aa',
    nonce: 7,
    inbox: '0xff00000000000000000000000000000000000010',
    channelId: id,
    frames: [Uint8Array.of(1, 2), Uint8Array.of(3)],
    l1OriginHash: origin.hash,
  } as const

  it('is the formula, computed here by another library', () => {
    const payload = viemKeccak(encodePacked(['bytes16', 'bytes', 'bytes'], [hex(id), '0x0102', '0x03']))
    const expected = viemKeccak(
      encodePacked(
        ['string', 'uint64', 'address', 'uint64', 'address', 'bytes32', 'bytes32'],
        ['sequorum/content/v1', 31_337n, content.account, 7n, content.inbox, payload, origin.hash],
      ),
    )
    expect(contentHex(content)).toBe(expected)
    expect(hex(contentCommitment(content))).toBe(expected)
  })

  it('changes with every field', () => {
    const other: `0x${string}` = '0x00000000000000000000000000000000000000bb'
    const changes = [
      { chainId: 1 },
      { account: other },
      { nonce: 8 },
      { inbox: other },
      { channelId: new Uint8Array(16) },
      { frames: [Uint8Array.of(1, 2)] },
      { l1OriginHash: `0x${'cd'.repeat(32)}` as const },
    ]
    expect(new Set([content, ...changes.map(change => ({ ...content, ...change }))].map(contentHex)).size).toBe(8)
  })

  it('refuses fields of a wrong size', () => {
    expect(error(() => contentHex({ ...content, account: '0xaa' }))).toBe('invalid-argument: account')
    expect(error(() => contentHex({ ...content, channelId: new Uint8Array(15) }))).toBe('invalid-argument: channel id')
    expect(error(() => contentHex({ ...content, nonce: -1 }))).toBe('invalid-argument: nonce')
    expect(error(() => contentHex({ ...content, l1OriginHash: '0x' }))).toBe('invalid-argument: L1 origin hash')
  })

  it('goes with a channel id that only the height decides', () => {
    const tag = viemKeccak(encodePacked(['string', 'uint64', 'address', 'uint64'], ['sequorum/channel/v1', 31_337n, content.account, 7n]))
    expect(hex(channelIdOf(content))).toBe(tag.slice(0, 34))
    expect(hex(channelIdOf({ ...content, nonce: 8 }))).not.toBe(tag.slice(0, 34))
  })
})
