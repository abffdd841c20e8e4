/**
 * What is measured: a call and two classes of inputs for it.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { ModuleBench } from '../../test/support/module-bench.ts'

/** `hot` may not leak; a `leaky` control has to, and a `constant` one may not, or the measurement itself is wrong. */
export type Role = 'hot' | 'leaky' | 'constant'

/** Where an input goes, and what is put there: both kinds are made in the same way and have the same length. */
export interface Input {
  readonly target: Uint8Array
  /** Made to provoke a leak, always the same. */
  readonly fixed: Bytes
  /** A new one each time it is called. */
  readonly random: () => Bytes
}

export interface Prepared {
  readonly inputs: readonly Input[]
  readonly run: () => number
}

export interface Subject {
  /** The export, and in brackets how it is used. */
  readonly name: string
  readonly role: Role
  /** What the fixed class is. */
  readonly fixed: string
  readonly prepare: (bench: ModuleBench) => Prepared
}
