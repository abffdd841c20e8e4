/**
 * Compression of channels by node:zlib. Same format as the portable one of core; members never compare compressed bytes.
 * @module
 */
import { deflateSync } from 'node:zlib'
import type { Deflate } from '../core/batch/op-stack/zlib.ts'

export const nodeDeflate: Deflate = { deflate: bytes => new Uint8Array(deflateSync(bytes, { level: 9 })) }
