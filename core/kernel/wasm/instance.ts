/**
 * One instance of the compiled kernel: its exports with their types, and its memory. It imports nothing.
 * @module
 */
import { MODULE } from './module.ts'

/** A place in the module's memory, bytes from its start. */
export type Pointer = number

/** A function of the module: numbers in, a number or nothing out. */
export type Export = (...args: number[]) => number

export interface Instance {
  readonly memory: Uint8Array
  readonly exports: Readonly<Record<string, Export>>
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function fromBase64(text: string): Uint8Array {
  const values = new Uint8Array(128)
  for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const out = new Uint8Array((text.length / 4) * 3 - padding)
  for (let i = 0, at = 0; i < text.length; i += 4) {
    let group = 0
    for (let j = 0; j < 4; j++) group = (group << 6) | (values[text.charCodeAt(i + j)] as number)
    for (let shift = 16; shift >= 0 && at < out.length; shift -= 8) out[at++] = (group >> shift) & 255
  }
  return out
}

/** The module's bytes. */
export const moduleBytes = (): Uint8Array => fromBase64(MODULE)

/** True when this platform runs the module: it needs 128-bit SIMD. */
export const isSupported = (): boolean => typeof WebAssembly === 'object' && WebAssembly.validate(moduleBytes())

/** A fresh instance with its own memory. Synchronous: not for a page's main thread, where compilation of this size is refused. */
export function instantiate(bytes: Uint8Array = moduleBytes()): Instance {
  const { memory, ...functions } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
  return {
    memory: new Uint8Array((memory as { readonly buffer: ArrayBuffer }).buffer),
    exports: functions as Readonly<Record<string, Export>>,
  }
}
