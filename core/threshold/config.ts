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
export const OPERATIONS = { keygen: 1, sign: 2, refresh: 3, reshare: 4, import: 5, export: 6 } as const

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

const transferCodec = struct({
  version: version(2),
  operation: u8,
  poolHash: fixed(32),
  /** Key and generation that the dealers hold shares of; zeros for an import. */
  keyId: fixed(32),
  epoch: fixed(32),
  /** What the members of that generation certified: its public shares, identities, threshold. Zeros for an import. */
  certified: fixed(32),
  publicKey: fixed(33),
  chainCode: fixed(32),
  oldThreshold: u16,
  /** Of the new generation; in an export the one whose shares are sent. */
  epochNo: u32,
  threshold: u16,
  members: list(struct({ index: u16, identity: fixed(32) }), MAX_PARTIES),
  /** Who deals or sends: index in the ceremony, index of the share (0 for an import), identity. */
  dealers: list(struct({ party: u16, index: u16, identity: fixed(32) }), MAX_PARTIES),
  /** Who gets the key in an export; 0 in all else. */
  recipient: u16,
  transfers: u16,
  statistical: u16,
  treeDepth: u8,
  sacrificed: u16,
})
/** What the parties of a refresh, reshare, import or export agree on. */
export type TransferConfig = Omit<Infer<typeof transferCodec>, 'version' | 'transfers' | 'statistical' | 'treeDepth' | 'sacrificed'>

/** As `configHash`, for ceremonies that move a key: version 2 of the encoding, so that no configuration of one kind has the bytes of the other. */
export function transferConfigHash(config: TransferConfig): Bytes {
  const { transfers, statistical, treeDepth, sacrificed } = PARAMETERS
  return H('cfg', [transferCodec.encode({ version: 2, ...config, transfers, statistical, treeDepth, sacrificed })])
}

/** `H("pcfg"; cfgHash, sid0)`: configuration and session in one value. */
export const sessionConfig = (cfgHash: Bytes, sessionId: Bytes): Bytes => H('pcfg', [cfgHash, sessionId])
