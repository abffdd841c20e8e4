/**
 * Fixed identities for tests: the key of a seat depends on the seat only, so shares, networks and pools of different helpers fit together.
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import type { Bytes } from '../../core/bytes.ts'
import type { Identity, Party } from '../../core/ceremony/context.ts'
import { labelled } from './random.ts'

/** 32-byte Ed25519 seed of a seat. */
export const testIdentitySeed = (index: number): Bytes => labelled('identity', index)

/** The party in a seat, with its public identity key. */
export const testParty = (index: number): Party => ({ index, identity: ed25519.getPublicKey(testIdentitySeed(index)) })

/** Parties 1..n. */
export const testParties = (n: number): Party[] => Array.from({ length: n }, (_, i) => testParty(i + 1))

/** Signs as the seat and verifies anybody. */
export const testIdentity = (index: number): Identity => ({
  sign: message => ed25519.sign(message, testIdentitySeed(index)),
  verify: (publicKey, message, signature) => ed25519.verify(signature, message, publicKey),
})
