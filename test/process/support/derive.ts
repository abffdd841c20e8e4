/**
 * An OP Stack reader of its own: calldata → frames → channel → batches → L2 transactions, written from the specification with viem's RLP and Node's
 * zlib, and nothing of the project. Also the pool's header chain, from docs/batch.md.
 * @module
 */
import { inflateSync } from 'node:zlib'
import { bytesToHex, concatHex, fromRlp, type Hex, hexToBytes, keccak256, numberToHex, stringToHex } from 'viem'

export interface DerivedBlock {
  readonly parentHash: Hex
  readonly originNumber: number
  readonly originHash: Hex
  readonly timestamp: number
  readonly transactions: readonly Hex[]
}

interface Frame {
  readonly channel: string
  readonly number: number
  readonly data: Uint8Array
  readonly last: boolean
}

function framesOf(bytes: Uint8Array): Frame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes[0] !== 0) throw new Error(`derivation version ${bytes[0]}`)
  const frames: Frame[] = []
  for (let at = 1; at < bytes.length; ) {
    const length = view.getUint32(at + 18)
    const end = at + 22 + length
    if (end >= bytes.length || (bytes[end] ?? 2) > 1) throw new Error('malformed frame')
    frames.push({
      channel: bytesToHex(bytes.slice(at, at + 16)),
      number: view.getUint16(at + 16),
      data: bytes.slice(at + 22, end),
      last: bytes[end] === 1,
    })
    at = end + 1
  }
  return frames
}

/** Length of the RLP string that begins at `at`, its header included. */
function stringLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  if (first <= 0xb7) return 1 + first - 0x80
  if (first > 0xbf) throw new Error('a list in the channel')
  const width = first - 0xb7
  return 1 + width + bytes.slice(at + 1, at + 1 + width).reduce((sum, byte) => sum * 256 + byte, 0)
}

const number = (hex: Hex): number => (hex === '0x' ? 0 : Number(hex))

/** The L2 blocks of one channel that is whole in this calldata. */
export function deriveBlocks(calldata: Hex): DerivedBlock[] {
  const frames = framesOf(hexToBytes(calldata))
  const channels = new Set(frames.map(frame => frame.channel))
  if (channels.size !== 1 || frames.some((frame, i) => frame.number !== i || frame.last !== (i === frames.length - 1)))
    throw new Error('not one whole channel')
  const stream = new Uint8Array(inflateSync(Buffer.concat(frames.map(frame => frame.data))))
  const blocks: DerivedBlock[] = []
  for (let at = 0; at < stream.length; ) {
    const length = stringLength(stream, at)
    const batch = fromRlp(stream.slice(at, at + length), 'bytes') as Uint8Array
    at += length
    if (batch[0] !== 0) throw new Error(`batch version ${batch[0]}`)
    const [parentHash, originNumber, originHash, timestamp, transactions] = fromRlp(batch.slice(1), 'hex') as [Hex, Hex, Hex, Hex, Hex[]]
    blocks.push({ parentHash, originNumber: number(originNumber), originHash, timestamp: number(timestamp), transactions })
  }
  return blocks
}

const u64 = (value: number): Hex => numberToHex(value, { size: 8 })

function headerHash(height: number, block: DerivedBlock): Hex {
  const root = keccak256(concatHex([numberToHex(block.transactions.length, { size: 4 }), ...block.transactions.map(raw => keccak256(raw))]))
  return keccak256(
    concatHex([
      stringToHex('sequorum/block/v1'),
      u64(height),
      block.parentHash,
      u64(block.timestamp),
      u64(block.originNumber),
      block.originHash,
      root,
    ]),
  )
}

/** What of a pool file the chain depends on. */
export interface ChainStart {
  readonly l1: { readonly genesis: { readonly number: number; readonly hash: Hex; readonly timestamp: number } }
  readonly l2: { readonly chainId: number; readonly blockTime: number; readonly genesisTime: number }
}

/** What is wrong with these blocks as the pool's chain from block 1 on; empty when nothing is. */
export function chainFaults(pool: ChainStart, blocks: readonly DerivedBlock[]): string[] {
  const { number: originNumber, hash: originHash } = pool.l1.genesis
  const genesis: DerivedBlock = {
    parentHash: keccak256(concatHex([stringToHex('sequorum/genesis/v1'), u64(pool.l2.chainId)])),
    originNumber,
    originHash,
    timestamp: pool.l2.genesisTime,
    transactions: [],
  }
  const faults: string[] = []
  let parent = genesis
  for (const [i, block] of blocks.entries()) {
    if (block.parentHash !== headerHash(i, parent)) faults.push(`block ${i + 1} does not name its parent`)
    if (block.timestamp !== parent.timestamp + pool.l2.blockTime) faults.push(`block ${i + 1} has timestamp ${block.timestamp}`)
    if (block.originNumber - parent.originNumber !== 0 && block.originNumber - parent.originNumber !== 1)
      faults.push(`block ${i + 1} skips an origin`)
    parent = block
  }
  return faults
}
