/**
 * Conformance with OP Stack data that others made. `SEQUORUM_VECTORS` names the folder; each block prints how many vectors it checked.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseTransaction as parseWithViem, recoverTransactionAddress, serializeTransaction, type TransactionSerialized } from 'viem'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeCalldata, encodeCalldata } from '../../core/batch/op-stack/calldata.ts'
import { decodeChannel } from '../../core/batch/op-stack/channel.ts'
import { forceClose } from '../../core/batch/op-stack/force-close.ts'
import { joinFrames } from '../../core/batch/op-stack/frame.ts'
import { decodeSingular, encodeSingular } from '../../core/batch/op-stack/singular.ts'
import { decodeSpan } from '../../core/batch/op-stack/span.ts'
import { decodeBatch } from '../../core/batch/summary.ts'
import { concat, fromHex, hex } from '../../core/bytes.ts'
import { isPoolError } from '../../core/errors.ts'
import { decodeSignedTransaction } from '../../core/l1/transaction.ts'
import { parseTransaction } from '../../core/transaction/parse.ts'
import { encodeSpan } from './span-columns.ts'

const folder = process.env.SEQUORUM_VECTORS
if (folder === undefined || folder === '') throw new Error('SEQUORUM_VECTORS is not set: run these tests with the folder of vectors')
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, 'op-stack', name)))
const json = (name: string) => JSON.parse(readFileSync(join(folder, 'op-stack', name), 'utf8'))

let checked = 0
afterAll(() => {
  console.log(`op-stack vectors checked: ${checked}`)
  expect(checked).toBeGreaterThan(0)
})

/** Every rebuilt transaction is one that viem reads, writes back to the same bytes, and recovers to the same sender. */
async function agreeOn(transactions: readonly Uint8Array[]): Promise<Set<string>> {
  const types = new Set<string>()
  for (const raw of transactions) {
    const own = parseTransaction(raw)
    const serializedTransaction = hex(raw) as TransactionSerialized
    const { r, s, v, yParity, ...fields } = parseWithViem(serializedTransaction)
    expect(hex(raw)).toBe(serializeTransaction(fields as Parameters<typeof serializeTransaction>[0], { r, s, v, yParity } as never))
    expect(own.from).toBe((await recoverTransactionAddress({ serializedTransaction })).toLowerCase())
    types.add(own.type)
    checked++
  }
  return types
}

describe('real batcher transaction of a main network (truncated zlib, one span batch)', () => {
  const signed = decodeSignedTransaction(file('kona_raw_batcher_tx.bin'))

  it('is a signed type-2 transaction from the batcher to the inbox', () => {
    checked++
    expect(signed.transaction).toMatchObject({ type: 2, chainId: 1, nonce: 1_104_454, to: '0xff00000000000000000000000000000000000010', value: 0n })
    expect(signed.from).toBe('0x6887246668a3b87f54deb3b94ba47a6f63f32985')
  })

  it('holds one frame with a whole channel, whose stream has neither final block nor checksum', () => {
    checked++
    const frames = decodeCalldata(signed.transaction.data)
    expect(frames.map(({ number, isLast }) => ({ number, isLast }))).toEqual([{ number: 0, isLast: true }])
    expect(hex(encodeCalldata(frames))).toBe(hex(signed.transaction.data))
    const channel = decodeChannel(joinFrames(frames).data)
    expect(channel.end).toBe('truncated')
    expect(channel.batches.map(batch => batch[0])).toEqual([1])
  })

  it('decodes to 27 blocks with 209 valid transactions of chain 10', async () => {
    checked++
    const summary = decodeBatch(signed.transaction.data, { chainId: 10 })
    const [batch] = summary.batches
    if (batch?.kind !== 'span') throw new Error('not a span batch')
    expect(batch.blocks.length).toBe(27)
    expect(summary.transactions.length).toBe(209)
    const [plain] = decodeChannel(joinFrames(decodeCalldata(signed.transaction.data)).data).batches
    expect([true, false].map(first => hex(encodeSpan(batch, first)))).toContain(hex(plain ?? new Uint8Array()))
    await agreeOn(summary.transactions)
    const nonces = new Map<string, number>()
    for (const raw of summary.transactions) {
      const { from, nonce } = parseTransaction(raw)
      expect(nonce).toBe(nonces.get(from) ?? nonce)
      nonces.set(from, nonce + 1)
    }
  })

  it('is refused, with a typed error, when its chain id is not told', () => {
    checked++
    expect(() => decodeBatch(signed.transaction.data)).toThrowError(expect.objectContaining({ code: 'unsupported-batch' }))
  })
})

describe('raw span batch (legacy, access list and fee market transactions, random fields)', () => {
  it('decodes to 4 blocks with 39 transactions of three types, and its columns come back byte for byte', () => {
    checked++
    const bytes = concat(Uint8Array.of(1), file('kona_raw_span_batch.bin'))
    const batch = decodeSpan(bytes, 10)
    expect(batch.blocks.length).toBe(4)
    const transactions = batch.blocks.flatMap(block => block.transactions)
    expect(transactions.length).toBe(39)
    expect(new Set(transactions.map(raw => Math.min(raw[0] as number, 0xc0)))).toEqual(new Set([0xc0, 1, 2]))
    expect([true, false].map(first => hex(encodeSpan(batch, first)))).toContain(hex(bytes))
    checked += transactions.length
  })
})

describe('frames that close a channel', () => {
  interface Vector {
    readonly frames: readonly { readonly id: string; readonly n: number; readonly last: boolean }[]
    readonly error?: true
    readonly outputHex?: string
  }
  it.each<Vector>(json('force_close_vectors.json').vectors)('%j', ({ frames, error, outputHex }) => {
    checked++
    const close = () => forceClose(frames.map(({ id, n, last }) => ({ channelId: fromHex(id), number: n, isLast: last })))
    if (error) expect(close).toThrowError(expect.objectContaining({ code: 'malformed-batch' }))
    else expect(hex(close())).toBe(`0x${outputHex}`)
  })
})

describe('brotli channel in three frames', () => {
  const { batchesHex, channelHex, frames, calldataHex } = json('own_vectors.json').brotliChannel

  it('has frames that join to the channel', () => {
    checked++
    const decoded = decodeCalldata(fromHex(calldataHex))
    expect(
      decoded.map(frame => ({ id: hex(frame.channelId).slice(2), n: frame.number, dataHex: hex(frame.data).slice(2), last: frame.isLast })),
    ).toEqual(frames)
    expect(hex(joinFrames(decoded).data)).toBe(`0x${channelHex.replace(/^0x/, '')}`)
    expect(hex(encodeCalldata(decoded))).toBe(`0x${calldataHex}`)
  })

  it('is refused as an encoding that is known but not read', () => {
    checked++
    try {
      decodeBatch(fromHex(calldataHex))
      expect.unreachable()
    } catch (error) {
      expect(isPoolError(error, 'unsupported-batch') && error.context.kind).toBe('brotli channel')
    }
  })

  it('has singular batches that re-encode to the same bytes, with valid transactions', async () => {
    for (const text of batchesHex) {
      checked++
      const batch = decodeSingular(fromHex(text))
      expect(hex(encodeSingular(batch))).toBe(`0x${text}`)
      await agreeOn(batch.transactions)
    }
  })
})
