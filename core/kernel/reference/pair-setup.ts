/**
 * Base transfers and seed trees with one peer.
 * @module
 */
import { assertBytes, type Bytes, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { Dealing, PairSetup, PairState, ZeroSeed } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import { ReferenceDealing } from './dealing.ts'
import { own, pairOf, zeroSeed } from './held.ts'
import { pprfBuild, pprfEvaluate } from './pprf.ts'
import { drawFrom } from './stream.ts'
import { baseOtReceive, baseOtSend } from './transfer.ts'

class ReferencePairSetup implements PairSetup {
  readonly baseOt: Bytes
  readonly zeroSeed: Bytes
  readonly #otsid: Bytes
  readonly #choices: Bytes
  readonly #keys: readonly Bytes[]
  #bobLeaves: Bytes | undefined
  #ended = false

  constructor({ seed, senderKey, otsid }: { seed: Bytes; senderKey: Bytes; otsid: Bytes }) {
    const random = drawFrom(seed)
    const { message, choices, keys } = baseOtReceive({ senderKey, otsid, random })
    this.baseOt = message
    this.zeroSeed = random(LENGTHS.seed)
    this.#otsid = otsid.slice()
    this.#choices = choices
    this.#keys = keys
  }
  #live(): void {
    if (this.#ended) throw new PoolError('secret-used', { label: 'pair setup' })
  }
  agreeZeroSeed({ view, self, peer, theirs }: { view: Bytes; self: number; peer: number; theirs: Bytes }): ZeroSeed {
    this.#live()
    return zeroSeed(view, self, peer, this.zeroSeed, theirs)
  }
  send({ dealing, otsid, baseOt }: { dealing: Dealing; otsid: Bytes; baseOt: Bytes }): Bytes {
    this.#live()
    const sender = own(ReferenceDealing, dealing, 'dealing')
    const { keys } = baseOtSend({ secret: sender.otSecret(), senderKey: sender.otKey, otsid, message: baseOt })
    const { message, leaves } = pprfBuild({ otsid, keys })
    wipe(...keys.flat(), this.#bobLeaves)
    this.#bobLeaves = leaves
    return message
  }
  finish(trees: Bytes): PairState {
    this.#live()
    const bobLeaves = this.#bobLeaves
    if (bobLeaves === undefined) throw new PoolError('internal', { reason: 'trees before base transfers' })
    const { delta, leaves } = pprfEvaluate({ otsid: this.#otsid, choices: this.#choices, keys: this.#keys, message: trees })
    const pair = pairOf(delta, leaves, bobLeaves)
    this.wipe()
    return pair
  }
  wipe(): void {
    wipe(this.#choices, ...this.#keys, this.zeroSeed, this.#bobLeaves)
    this.#ended = true
  }
  toString(): string {
    return '[redacted pair setup]'
  }
  toJSON(): string {
    return this.toString()
  }
}

/** Draws this member's half of a pair. @throws {PoolError} `base-ot` */
export function openPair(input: { seed: Bytes; senderKey: Bytes; otsid: Bytes }): PairSetup {
  assertBytes(input.seed, 'seed', LENGTHS.seed)
  return new ReferencePairSetup(input)
}
