/**
 * Base transfers and seed trees with one peer.
 * @module
 */
import { assertBytes, assertInteger, type Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { Dealing, PairSetup, PairState, ZeroSeed } from '../kernel.ts'
import { requireLength } from '../round-message.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import { type Block, type Blocks, ownedBy, withBlocks } from './block.ts'
import { senderKeyAt } from './dealing.ts'
import { heldAt } from './held.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'
import { buildTrees, evaluateTrees } from './seed-trees.ts'
import { RECEIVER_DRAWS, receive, send } from './transfer.ts'

const { baseOts, seedBytes } = SHAPE
const SCALAR = LENGTHS.scalar
/** In the block: zero seed's half 32 | choices 16 | keys 2048 | leaves as Bob 8192. */
const CHOICES = LENGTHS.seed
const KEYS = CHOICES + LENGTHS.delta
const LEAVES = KEYS + baseOts * seedBytes
const SIZE = LEAVES + LENGTHS.leaves

class WasmPairSetup implements PairSetup {
  readonly baseOt: Bytes
  readonly zeroSeed: Bytes
  readonly #otsid: Bytes
  readonly #block: Block
  /** True once the peer's base transfers gave the leaves as Bob. */
  #sent = false

  constructor(machine: Machine, blocks: Blocks, { seed, senderKey, otsid }: { seed: Bytes; senderKey: Bytes; otsid: Bytes }) {
    // choices 16 | blinds | decoys | zero seed's half, with candidates to spare
    const length = RECEIVER_DRAWS.choices + (RECEIVER_DRAWS.scalars + 2) * SCALAR + LENGTHS.seed
    const stream = machine.streamOf(seed, length)
    const blinds = machine.take(RECEIVER_DRAWS.scalars * SCALAR)
    const drawn =
      RECEIVER_DRAWS.choices +
      machine.draw(blinds, stream + RECEIVER_DRAWS.choices, length - LENGTHS.seed - RECEIVER_DRAWS.choices, RECEIVER_DRAWS.scalars)

    const block = blocks.add(machine, SIZE, 'pair setup')
    ownedBy(this, blocks)
    const { at } = block
    machine.call.mem_copy(at, stream + drawn, LENGTHS.seed)
    machine.call.mem_copy(at + CHOICES, stream, LENGTHS.delta)
    const message = machine.take(LENGTHS.baseOt)
    receive(machine, { senderKey: machine.put(senderKey), otsid, choices: at + CHOICES, blinds, message, keys: at + KEYS })
    this.baseOt = machine.copyOut(message, LENGTHS.baseOt)
    // half of a seed, for the peer
    this.zeroSeed = machine.copyOut(at, LENGTHS.seed)
    this.#otsid = otsid.slice()
    this.#block = block
  }

  agreeZeroSeed({ view, self, peer, theirs }: { view: Bytes; self: number; peer: number; theirs: Bytes }): ZeroSeed {
    assertBytes(view, 'view', 32)
    assertBytes(theirs, 'zero seed', LENGTHS.seed)
    assertInteger(self, 'self', 0, 0xffff_ffff)
    assertInteger(peer, 'peer', 0, 0xffff_ffff)
    const { machine } = this.#block
    return machine.step(() => {
      const mine = this.#block.at
      const other = machine.put(theirs)
      const isLow = self < peer
      const [low, high] = isLow ? [self, peer] : [peer, self]
      const [first, second] = isLow ? [mine, other] : [other, mine]
      const out = machine.take(LENGTHS.seed)
      machine.hasher.start('zero-seed').bytes(view).number(low).number(high).part(first, LENGTHS.seed).part(second, LENGTHS.seed).finish(out)
      return heldAt(machine, 'zero-seed', out)
    })
  }

  send({ dealing, otsid, baseOt }: { dealing: Dealing; otsid: Bytes; baseOt: Bytes }): Bytes {
    const { machine } = this.#block
    return machine.step(() => {
      const leaves = this.#block.at + LEAVES
      const { y, otKey } = senderKeyAt(machine, dealing)
      assertBytes(otsid, 'otsid', 32)
      requireLength(baseOt, LENGTHS.baseOt, 'base transfer')
      const keys = machine.take(2 * baseOts * seedBytes)
      send(machine, { y, senderKey: otKey, otsid, message: machine.put(baseOt), keys })
      const message = machine.take(LENGTHS.trees)
      buildTrees(machine, { otsid, keys, message, leaves })
      this.#sent = true
      return machine.copyOut(message, LENGTHS.trees)
    })
  }

  finish(trees: Bytes): PairState {
    const { machine } = this.#block
    return machine.step(() => {
      const { at } = this.#block
      if (!this.#sent) throw new PoolError('internal', { reason: 'trees before base transfers' })
      requireLength(trees, LENGTHS.trees, 'seed trees')
      const pair: Pointer = machine.take(LENGTHS.pair)
      const leaves = pair + LENGTHS.delta
      evaluateTrees(machine, { otsid: this.#otsid, choices: at + CHOICES, keys: at + KEYS, message: trees, delta: pair, leaves })
      machine.call.mem_copy(leaves + LENGTHS.leaves, at + LEAVES, LENGTHS.leaves)
      const state = heldAt(machine, 'pair', pair)
      this.wipe()
      return state
    })
  }

  wipe(): void {
    this.zeroSeed.fill(0)
    this.#block.free()
  }
  toString(): string {
    return '[redacted pair setup]'
  }
  toJSON(): string {
    return this.toString()
  }
}

/** Draws this member's half of a pair. @throws {PoolError} `base-ot`; `malformed-round` for a sender key of another length. */
export function openPair(machine: Machine, input: { seed: Bytes; senderKey: Bytes; otsid: Bytes }): PairSetup {
  assertBytes(input.seed, 'seed', LENGTHS.seed)
  assertBytes(input.otsid, 'otsid', 32)
  requireLength(input.senderKey, LENGTHS.point, 'base transfer sender key')
  return machine.step(() => withBlocks(blocks => new WasmPairSetup(machine, blocks, input)))
}
