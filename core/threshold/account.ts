/**
 * The Ethereum account of a public key.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, hex } from '../bytes.ts'
import { type Hex, keccak256 } from '../ethereum.ts'

/** Lower-case hex address of a 33-byte compressed public key: the last 20 bytes of keccak256(x | y). */
export const accountAddress = (publicKey: Bytes): Hex => hex(keccak256(secp256k1.Point.fromBytes(publicKey).toBytes(false).subarray(1)).subarray(12))
