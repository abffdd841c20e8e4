/**
 * What `sequorum decode` does.
 * @module
 */
import { decodeBatch } from '../../core/batch/summary.ts'
import { type Bytes, fromHex } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import { createL1Client } from '../l1-client.ts'
import type { DecodeOptions } from './decode.ts'
import { describeBatch, printBatch } from './decode-view.ts'
import { readInput } from './files.ts'
import { printJson } from './output.ts'

/** @throws {PoolError} `usage`, `input-file`, `malformed-batch`, `unsupported-batch`, `l1-unreachable` */
export async function decode(batch: string | undefined, options: DecodeOptions): Promise<void> {
  const calldata = await calldataOf(batch, options)
  const description = describeBatch(decodeBatch(calldata, { chainId: options.l2ChainId }), calldata.length)
  if (options.json) printJson({ ok: true, ...description })
  else printBatch(description)
}

async function calldataOf(batch: string | undefined, { l1, tx }: DecodeOptions): Promise<Bytes> {
  if (batch === undefined && (l1 === undefined || tx === undefined))
    throw new PoolError('usage', { problem: 'give the batch as hex or file, or --l1 URL and --tx HASH' })
  if (batch !== undefined && tx !== undefined) throw new PoolError('usage', { problem: 'give either a batch or --tx, not both' })
  if (l1 !== undefined && tx !== undefined) {
    const found = await createL1Client({ url: l1, inbox: '0x' }).transaction(tx)
    if (found === undefined) throw new PoolError('input-file', { transaction: tx, problem: 'the L1 node does not know it' })
    return fromHex(found.input)
  }
  const text = batch ?? ''
  if (/^0x/i.test(text)) return fromHex(text, 'batch')
  const contents = readInput(text)
  const ascii = contents.toString('latin1').trim()
  return /^(0x)?([0-9a-fA-F]{2})+$/.test(ascii) ? fromHex(ascii, 'batch') : new Uint8Array(contents)
}
