/**
 * `H` of core/transcript.ts for public inputs of any length.
 * @module
 */
import { assertInteger, type Bytes, utf8 } from '../../bytes.ts'
import { fullTag, type Tag, H as transcriptHash } from '../../transcript.ts'
import type { Kernel } from '../kernel.ts'
import { type Machine, SCRATCH_BYTES } from './machine.ts'

const MAX_OUTPUT = 64 * 1024

/** The hash of an instance. What does not fit into its scratch is hashed outside: slower, and as good. */
export function hashOf(machine: Machine): Kernel['H'] {
  const heads = new Map<Tag, Bytes>()
  function headOf(tag: Tag): Bytes {
    const known = heads.get(tag)
    if (known !== undefined) return known
    const name = utf8(fullTag(tag))
    const head = new Uint8Array(4 + name.length)
    new DataView(head.buffer).setUint32(0, name.length)
    head.set(name, 4)
    heads.set(tag, head)
    return head
  }
  return (tag, parts, length = 32) => {
    assertInteger(length, 'length', 1, MAX_OUTPUT)
    const head = headOf(tag)
    let size = head.length
    for (const part of parts) size += 4 + part.length
    if (size + length > SCRATCH_BYTES / 2) return transcriptHash(tag, parts, length)
    return machine.step(() => {
      const input = machine.take(size)
      machine.memory.set(head, input)
      let at = input + head.length
      for (const part of parts) {
        machine.view.setUint32(at, part.length)
        machine.memory.set(part, at + 4)
        at += 4 + part.length
      }
      const out = machine.take(length)
      machine.call.b3_hash(out, length, input, size)
      return machine.copyOut(out, length)
    })
  }
}
