/**
 * What all parties of a ceremony must agree on before its first round. Its hash is the echo of that round.
 * @module
 */

import type { Bytes } from '../bytes.ts'
import { MAX_PARTIES } from '../ceremony/context.ts'
import { fixed, type Infer, list, struct, u8, u16, u32, version } from '../codec.ts'
import { H } from '../kernel/index.ts'
import { PARAMETERS } from './parameters.ts'

/** Ceremonies by their number in the configuration. */
export const OPERATIONS = { keygen: 1, sign: 2 } as const

/** 32 zero bytes: key id and epoch before there is a key. */
export const NONE: Bytes = new Uint8Array(32)

const configCodec = struct({
  version: version(1),
  operation: u8,
  poolHash: fixed(32),
  keyId: fixed(32),
  /** Epoch of the share that is used. */
  epoch: fixed(32),
  epochNo: u32,
  threshold: u16,
  members: list(struct({ index: u16, identity: fixed(32) }), MAX_PARTIES),
  /** Who signs; empty in key generation. */
  quorum: list(u16, MAX_PARTIES),
  /** m, s, k, S of the multiplication. */
  transfers: u16,
  statistical: u16,
  treeDepth: u8,
  sacrificed: u16,
})
export type Config = Omit<Infer<typeof configCodec>, 'version' | 'transfers' | 'statistical' | 'treeDepth' | 'sacrificed'>

/** `H("cfg"; fields in fixed order)`. Members and quorum are sorted by the caller. */
export function configHash(config: Config): Bytes {
  const { transfers, statistical, treeDepth, sacrificed } = PARAMETERS
  return H('cfg', [configCodec.encode({ version: 1, ...config, transfers, statistical, treeDepth, sacrificed })])
}

/** `H("pcfg"; cfgHash, sid0)`: configuration and session in one value. */
export const sessionConfig = (cfgHash: Bytes, sessionId: Bytes): Bytes => H('pcfg', [cfgHash, sessionId])
