/**
 * Single operations of the kernel, and the same of @noble/curves and @noble/hashes.
 * @module
 */
import { secp256k1, secp256k1_hasher } from '@noble/curves/secp256k1.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { type Bytes, bytesToBigint, utf8 } from '../core/bytes.ts'
import { H, kernel, LENGTHS } from '../core/kernel/index.ts'
import { instantiate } from '../core/kernel/wasm/instance.ts'
import { leafPair } from '../test/support/leaf-pair.ts'
import { labelled, seededRandom } from '../test/support/random.ts'
import type { Platform, Sample } from './jobs.ts'

/**
 * Operations through the engine's interface: `secret-base` k·G for a drawn secret k; `public` k·P; `hash-to-curve`; `verify` a signature;
 * `hash` of 72 kB; `base-transfers-receive` and `base-transfers-send`, 128 base transfers, the latter with the seed trees; `multiplication`, one
 * direction of one multiplication, both sides. `batch-base` and `batch-times`: 128 constant-time multiplications at once, by the module itself.
 */
export type KernelOperation =
  | 'secret-base'
  | 'public'
  | 'hash-to-curve'
  | 'verify'
  | 'hash'
  | 'base-transfers-receive'
  | 'base-transfers-send'
  | 'multiplication'
  | 'batch-base'
  | 'batch-times'
/** The same of noble: `base` and `times` in constant time as far as noble's is, `times-public` in variable time. */
export type NobleOperation = 'base' | 'times' | 'times-public' | 'hash-to-curve' | 'verify' | 'hash'

const BATCH = 128
const DOMAIN = utf8('SEQUORUM-BENCH_secp256k1_XMD:SHA-256_SSWU_RO_')
const LONG = new Uint8Array(LENGTHS.multiplication).fill(7)
const scalarOf = (index: number): bigint => (bytesToBigint(labelled('scalar', index)) % (secp256k1.Point.Fn.ORDER - 1n)) + 1n
const pointOf = (index: number): Bytes => secp256k1.Point.BASE.multiply(scalarOf(index)).toBytes()
const POINT = pointOf(1)
const SCALAR = scalarOf(2)

/** Runs `once` so many times under a watch, each time with 32 other bytes that were made before. */
function timed(platform: Platform, count: number, once: (bytes: Bytes, index: number) => void): Sample {
  const inputs = Array.from({ length: count }, (_, index) => labelled('input', index))
  const stop = platform.watch()
  for (const [index, bytes] of inputs.entries()) once(bytes, index)
  return { ms: stop() / count }
}

function signed(): { digest: Bytes; r: bigint; s: bigint; yParity: number; publicKey: Bytes; bytes: Bytes } {
  const secret = labelled('signer')
  const digest = labelled('digest')
  const bytes = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' })
  const signature = secp256k1.Signature.fromBytes(bytes, 'recovered')
  return {
    digest,
    r: signature.r,
    s: signature.s,
    yParity: signature.recovery ?? 0,
    publicKey: secp256k1.getPublicKey(secret),
    bytes: bytes.subarray(1),
  }
}

function baseTransfers(operation: string, count: number, platform: Platform): Sample {
  const otsid = labelled('otsid')
  const dealing = kernel.deal({ seed: labelled('deal'), threshold: 2 })
  const open = (seed: Bytes) => kernel.openPair({ seed, senderKey: dealing.otKey, otsid })
  if (operation === 'base-transfers-receive') return timed(platform, count, seed => open(seed).wipe())
  const setups = Array.from({ length: count }, (_, index) => open(labelled('pair', index)))
  const baseOt = setups[0]?.baseOt ?? new Uint8Array(0)
  const sample = timed(platform, count, (_, index) => void setups[index]?.send({ dealing, otsid, baseOt }))
  for (const setup of setups) setup.wipe()
  return sample
}

function multiplication(count: number, platform: Platform): Sample {
  const { alice, bob } = pairs()
  const [pairContext, view, other] = [labelled('pair context'), labelled('view'), labelled('other')]
  return timed(platform, count, seed => {
    const [a, b] = [kernel.openTuple(other), kernel.openTuple(seed)]
    const extension = b.extend({ peer: 1, pair: bob, pairContext, seed })
    const message = a.multiply({ peer: 2, pair: alice, pairContext, view, extension, seed })
    b.accept({ peer: 1, view, multiplication: message })
    a.wipe()
    b.wipe()
  })
}

let held: { readonly alice: ReturnType<typeof holdPair>; readonly bob: ReturnType<typeof holdPair> } | undefined

const holdPair = (delta: Bytes, aliceLeaves: Bytes, bobLeaves: Bytes) => {
  const bytes = new Uint8Array(LENGTHS.pair)
  bytes.set(delta)
  bytes.set(aliceLeaves, LENGTHS.delta)
  bytes.set(bobLeaves, LENGTHS.delta + LENGTHS.leaves)
  return kernel.hold('pair', bytes)
}

/** OT state of two parties, from a dealer. */
function pairs() {
  if (held === undefined) {
    const random = seededRandom('bench pair')
    const [there, back] = [leafPair(random), leafPair(random)]
    held = { alice: holdPair(there.delta, there.aliceLeaves, back.bobLeaves), bob: holdPair(back.delta, back.aliceLeaves, there.bobLeaves) }
  }
  return held
}

/** The module without the engine around it: what a batch costs when nothing is checked or copied. */
function batch(operation: 'batch-base' | 'batch-times', count: number, platform: Platform): Sample {
  const { exports, memory } = instantiate()
  const { heap_base: heapBase, ec_base: base, ec_times: times } = exports
  if (heapBase === undefined || base === undefined || times === undefined) return {}
  const start = (heapBase() + 63) & -64
  const [out, points, scalars] = [start, start + BATCH * 64, start + BATCH * 128]
  for (let i = 0; i < BATCH; i++) {
    memory.set(pointOf(i % 4), points + 33 * i)
    memory.set(labelled('batch', i).fill(0, 31), scalars + 32 * i)
  }
  const { ms = 0 } = timed(platform, count, () => {
    if (operation === 'batch-base') base(out, scalars, BATCH)
    else times(out, points, scalars, BATCH)
  })
  return { ms: ms / BATCH }
}

/** `count` operations; `ms` is for one. Empty when the engine in use does not have it. */
export function kernelOperation({ operation, count }: { operation: KernelOperation; count: number }, platform: Platform): Sample {
  switch (operation) {
    case 'secret-base':
      return timed(platform, count, seed => {
        const tuple = kernel.openTuple(seed)
        void tuple.noncePoint
        tuple.wipe()
      })
    case 'public':
      return timed(platform, count, () => void kernel.points.multiply(POINT, SCALAR))
    case 'hash-to-curve':
      return timed(platform, count, message => void kernel.points.hashToCurve(message, DOMAIN))
    case 'verify': {
      const { digest, publicKey, ...signature } = signed()
      return timed(platform, count, () => assertTrue(kernel.verify(signature, digest, publicKey)))
    }
    case 'hash':
      return timed(platform, count, () => void H('view', [LONG]))
    case 'base-transfers-receive':
    case 'base-transfers-send':
      return baseTransfers(operation, count, platform)
    case 'multiplication':
      return multiplication(count, platform)
    case 'batch-base':
    case 'batch-times':
      return kernel.name === 'wasm' ? batch(operation, count, platform) : {}
  }
}

/** `count` operations of noble; `ms` is for one. */
export function nobleOperation({ operation, count }: { operation: NobleOperation; count: number }, platform: Platform): Sample {
  const { BASE } = secp256k1.Point
  switch (operation) {
    case 'base':
      return timed(platform, count, () => void BASE.multiply(SCALAR).toBytes())
    case 'times':
      return timed(platform, count, () => void secp256k1.Point.fromBytes(POINT).multiply(SCALAR).toBytes())
    case 'times-public':
      return timed(platform, count, () => void secp256k1.Point.fromBytes(POINT).multiplyUnsafe(SCALAR).toBytes())
    case 'hash-to-curve':
      return timed(platform, count, message => void secp256k1_hasher.hashToCurve(message, { DST: DOMAIN }).toBytes())
    case 'verify': {
      const { digest, publicKey, bytes } = signed()
      return timed(platform, count, () => assertTrue(secp256k1.verify(bytes, digest, publicKey, { prehash: false })))
    }
    case 'hash':
      return timed(platform, count, () => void blake3(LONG))
  }
}

function assertTrue(good: boolean): void {
  if (!good) throw new Error('a good signature was refused')
}
