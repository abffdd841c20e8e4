/**
 * What preprocessing leaves in memory: one use, no message in it yet. Two signatures from one tuple would reveal the key, so its secrets
 * are moved out before the first online message is handed over, and there is no way back.
 * @module
 */
import { type Bytes, equal, hex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import type { SecretTuple } from '../kernel/index.ts'
import { refuseBurned } from './burn.ts'
import type { KeyShare } from './share.ts'

/** Secret content of a tuple. */
export interface TupleSecrets {
  /** pcfg of the session that made it. */
  readonly session: Bytes
  /** V. */
  readonly view: Bytes
  /** Nonce share and products, a handle of the kernel. */
  readonly held: SecretTuple
  /** Opens the commitment to the nonce point. */
  readonly blind: Bytes
  /** What each peer committed to. */
  readonly commitments: ReadonlyMap<number, { readonly nonce: Bytes; readonly commitment: Bytes }>
}

let consume: (tuple: Tuple, share: KeyShare, quorum: readonly number[]) => TupleSecrets

/** A preprocessed tuple. It lives in memory only and belongs to one quorum and one key epoch. */
export class Tuple {
  /** 32 bytes, the same for all parties of its session: members name a tuple by it. */
  readonly id: Bytes
  readonly quorum: readonly number[]
  readonly keyId: Bytes
  readonly epoch: Bytes
  #secrets: TupleSecrets | undefined

  constructor(share: KeyShare, quorum: readonly number[], secrets: TupleSecrets) {
    this.id = secrets.view
    this.quorum = quorum
    this.keyId = share.keyId
    this.epoch = share.epoch
    this.#secrets = secrets
  }

  static {
    consume = (tuple, share, quorum) => {
      // a clone or a record of a tuple has its public fields and nothing else
      if (!(#secrets in tuple))
        throw new PoolError('invalid-argument', { title: 'tuple', expected: 'a tuple that preprocessing gave', got: 'a copy' })
      const secrets = tuple.#secrets
      if (secrets === undefined) throw new PoolError('tuple-used', { tuple: hex(tuple.id) })
      if (!equal(tuple.epoch, share.epoch) || !equal(tuple.keyId, share.keyId)) {
        tuple.wipe()
        throw new PoolError('wrong-epoch', { title: 'tuple', tuple: hex(tuple.id) })
      }
      if (tuple.quorum.length !== quorum.length || tuple.quorum.some((seat, i) => seat !== quorum[i]))
        throw new PoolError('bad-quorum', { reason: 'the tuple is of another quorum', quorum, tuple: tuple.quorum })
      tuple.#secrets = undefined
      try {
        refuseBurned(share, quorum)
      } catch (error) {
        secrets.held.wipe()
        throw error
      }
      return secrets
    }
  }

  /** True until it is used or wiped. */
  get ready(): boolean {
    return this.#secrets !== undefined
  }
  /** Gives it up: after a refresh, a burn, or when it got old. */
  wipe(): void {
    this.#secrets?.blind.fill(0)
    this.#secrets?.held.wipe()
    this.#secrets = undefined
  }
  toString(): string {
    return `Tuple ${hex(this.id)} of ${this.quorum.join(',')} [redacted]`
  }
  toJSON(): Record<string, unknown> {
    return { id: hex(this.id), quorum: this.quorum, epoch: hex(this.epoch), ready: this.ready }
  }
}

/**
 * Moves the secrets out, synchronously and for ever; whoever gets them ends them (`held.wipe`).
 * @throws {PoolError} `tuple-used`, `wrong-epoch`, `bad-quorum`, `peer-burned`, `invalid-argument` for a copy
 */
export const consumeTuple = (tuple: Tuple, share: KeyShare, quorum: readonly number[]): TupleSecrets => consume(tuple, share, quorum)
