/**
 * The peers, by id.
 * @module
 */
import { bitgo } from './bitgo.ts'
import { carbon } from './carbon.ts'
import type { Peer } from './peer.ts'
import { silence } from './silence.ts'
import { torus } from './torus.ts'

export const PEERS: readonly Peer[] = [silence, carbon, bitgo, torus]

/** How results name a peer. */
export const nameOf = ({ package: { name, version } }: Peer): string => `${name} ${version}`
