/**
 * What a key share takes: in the vault, and in memory.
 * @module
 */
import { kernel, LENGTHS } from '../core/kernel/index.ts'
import { kernelOn } from '../core/kernel/wasm/engine.ts'
import { Machine } from '../core/kernel/wasm/machine.ts'
import { encodeShare, type KeyShare } from '../core/threshold/index.ts'
import { testShares } from '../test/support/shares.ts'
import type { Platform, Sample } from './jobs.ts'

/** Facts: `bytesPerPeer`, by how much a stored share grows with one more member; `bytes`, of a stored share of 2-of-3. */
export function shareSize(): Sample {
  const key = new Uint8Array(32).fill(1)
  const size = (members: number): number => encodeShare(testShares(members, 2).get(1) as KeyShare, key).length
  return { facts: { bytesPerPeer: size(4) - size(3), bytes: size(3) } }
}

/** Keys whose shares are held while the memory is read. */
const KEYS = 12

/** Bytes of the compiled kernel's memory that the secrets of one share of 2-of-3 take: the share, a zero seed and OT state with each of two peers. */
function kernelBytes(): number {
  const machine = new Machine()
  const engine = kernelOn(machine)
  const scalar = new Uint8Array(LENGTHS.scalar).fill(1)
  const seed = new Uint8Array(LENGTHS.seed)
  const pair = new Uint8Array(LENGTHS.pair)
  const before = machine.heap.used
  const held = [engine.hold('share', scalar), ...[1, 2].flatMap(() => [engine.hold('zero-seed', seed), engine.hold('pair', pair)])]
  const used = machine.heap.used - before
  for (const one of held) one.wipe()
  return used
}

/**
 * Facts: `bytes`, memory of one share of 2-of-3 in the JavaScript heap and its buffers; `kernelBytes`, with the compiled engine, in the module's memory.
 */
export function shareMemory({ memory }: Platform): Sample {
  if (memory === undefined) return {}
  testShares(3, 2, 'warm')
  const before = memory()
  const held = Array.from({ length: KEYS }, (_, i) => [...testShares(3, 2, `memory ${i}`).values()])
  const bytes = (memory() - before) / (3 * KEYS)
  for (const share of held.flat()) share.wipe()
  return { facts: { bytes, ...(kernel.name === 'wasm' ? { kernelBytes: kernelBytes() } : {}) } }
}
