/**
 * One signature's secrets: multiplication with each peer, then the two online rounds.
 * @module
 */
import { assertBytes, assertInteger, type Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { OnlineCorrections, PairState, SecretShare, SecretTuple, ZeroSeed } from '../kernel.ts'
import { requireLength } from '../round-message.ts'
import { LENGTHS, SHAPE } from '../shape.ts'
import { type Block, type Blocks, ownedBy, withBlocks } from './block.ts'
import { secretAt } from './held.ts'
import type { Machine } from './machine.ts'
import { ALICE, BOB, begin, conclude, multiply, WAITING_BYTES } from './multiplication.ts'
import { addChecked, finishOnline, ONLINE, openOnline } from './online.ts'

const SCALAR = LENGTHS.scalar
const HASH = 32
/** Leaves as Bob, in the OT state of a pair. */
const BOB_LEAVES = LENGTHS.delta + LENGTHS.leaves

/** Towards one peer: Bob's state until his check, and the products, `ALICE` | `BOB`. */
interface Towards {
  readonly products: Block
  waiting: Block | undefined
  isAlice: boolean
  isBob: boolean
  isChecked: boolean
}

const disordered = (reason: string): PoolError => new PoolError('internal', { reason })

class WasmTuple implements SecretTuple {
  readonly noncePoint: Bytes
  readonly #machine: Machine
  readonly #blocks: Blocks
  /** `ONLINE`; r is there from the start. */
  readonly #online: Block
  readonly #peers = new Map<number, Towards>()
  #opened = false

  constructor(machine: Machine, blocks: Blocks, seed: Bytes) {
    this.#machine = machine
    this.#blocks = blocks
    this.#online = this.#blocks.add(machine, ONLINE.size, 'tuple')
    ownedBy(this, this.#blocks)
    const nonce = this.#online.at + ONLINE.nonce
    machine.drawFrom(seed, nonce, 1)
    const point = machine.take(LENGTHS.point)
    machine.call.ec_base(point, nonce, 1)
    this.noncePoint = machine.copyOut(point, LENGTHS.point)
  }

  /** State towards a peer, a new one at its first step. */
  #towards(peer: number): Towards {
    const known = this.#peers.get(peer)
    if (known !== undefined) return known
    if (this.#opened) throw disordered('another peer after it was opened')
    const products = this.#blocks.add(this.#machine, ALICE.size + BOB.size, 'tuple')
    const towards = { products, waiting: undefined, isAlice: false, isBob: false, isChecked: false }
    this.#peers.set(peer, towards)
    return towards
  }

  extend({ peer, pair, pairContext, seed }: { peer: number; pair: PairState; pairContext: Bytes; seed: Bytes }): Bytes {
    const machine = this.#machine
    return machine.step(() => {
      this.#live()
      assertPeer(peer)
      assertBytes(pairContext, 'pairContext', HASH)
      assertBytes(seed, 'seed', LENGTHS.seed)
      const leaves = secretAt(machine, pair, 'pair') + BOB_LEAVES
      const towards = this.#towards(peer)
      if (towards.waiting !== undefined || towards.isBob) throw disordered('extended twice')
      const waiting = this.#blocks.add(machine, WAITING_BYTES, 'tuple')
      const e = begin(machine, { pairContext, leaves, seed, waiting: waiting.at })
      towards.waiting = waiting
      return machine.copyOut(e, LENGTHS.extension)
    })
  }

  multiply(input: { peer: number; pair: PairState; pairContext: Bytes; view: Bytes; extension: Bytes; seed: Bytes }): Bytes {
    const machine = this.#machine
    return machine.step(() => {
      this.#live()
      assertPeer(input.peer)
      assertBytes(input.pairContext, 'pairContext', HASH)
      assertBytes(input.view, 'view', HASH)
      assertBytes(input.seed, 'seed', LENGTHS.seed)
      requireLength(input.extension, LENGTHS.extension, 'extension')
      const pair = secretAt(machine, input.pair, 'pair')
      const towards = this.#towards(input.peer)
      if (towards.isAlice) throw disordered('multiplied twice')
      const message = multiply(machine, { ...input, pair, out: towards.products.at })
      towards.isAlice = true
      return machine.copyOut(message, LENGTHS.multiplication)
    })
  }

  accept({ peer, view, multiplication }: { peer: number; view: Bytes; multiplication: Bytes }): void {
    const machine = this.#machine
    machine.step(() => {
      this.#live()
      const towards = this.#peers.get(peer)
      const waiting = towards?.waiting
      if (towards === undefined || waiting === undefined) throw disordered('accepted before it was extended, or twice')
      towards.waiting = undefined
      try {
        assertBytes(view, 'view', HASH)
        requireLength(multiplication, LENGTHS.multiplication, 'multiplication')
        conclude(machine, { waiting: waiting.at, view, multiplication, out: towards.products.at + ALICE.size })
        towards.isBob = true
      } finally {
        this.#blocks.free(waiting)
      }
    })
  }

  open(input: {
    share: SecretShare
    weight: bigint
    tweak: bigint
    bind: Bytes
    zeroSeeds: readonly { readonly seed: ZeroSeed; readonly subtract: boolean }[]
    seed?: Bytes | undefined
  }): { keyPoint: Bytes; corrections: ReadonlyMap<number, OnlineCorrections> } {
    const machine = this.#machine
    return machine.step(() => {
      this.#live()
      if (this.#opened || this.#peers.size === 0) throw disordered('opened twice, or with nobody')
      if ((input.seed === undefined) !== (this.#peers.size === 1)) throw disordered('a seed is for quorums of three and more')
      if (input.seed !== undefined) assertBytes(input.seed, 'seed', LENGTHS.seed)
      assertBytes(input.bind, 'bind', HASH)
      const products = new Map([...this.#peers.keys()].map(peer => [peer, this.#products(peer).products.at] as const))
      const opened = openOnline(machine, {
        ...input,
        online: this.#online.at,
        share: secretAt(machine, input.share, 'share'),
        zeroSeeds: input.zeroSeeds.map(({ seed, subtract }) => ({ at: secretAt(machine, seed, 'zero-seed'), subtract })),
        products,
      })
      this.#opened = true
      return opened
    })
  }

  check(peer: number, sent: OnlineCorrections & { readonly noncePoint: Bytes; readonly keyPoint: Bytes }): void {
    const machine = this.#machine
    machine.step(() => {
      this.#live()
      const towards = this.#products(peer)
      if (!this.#opened || towards.isChecked) throw disordered('checked before it was opened, or twice')
      addChecked(machine, this.#online.at, towards.products.at, sent)
      towards.isChecked = true
    })
  }

  finish({ message, r }: { message: bigint; r: bigint }): { u: Bytes; w: Bytes } {
    const machine = this.#machine
    return machine.step(() => {
      this.#live()
      if (!this.#opened || [...this.#peers.values()].some(towards => !towards.isChecked)) throw disordered('finished before all were checked')
      const result = finishOnline(machine, this.#online.at, message, r)
      this.wipe()
      return result
    })
  }

  /** @throws {PoolError} `secret-used` */
  #live(): void {
    void this.#online.at
  }

  #products(peer: number): Towards {
    const towards = this.#peers.get(peer)
    if (towards === undefined || !towards.isAlice || !towards.isBob) throw disordered('no products with a peer')
    return towards
  }

  wipe(): void {
    this.#blocks.freeAll()
    this.#peers.clear()
  }
  toString(): string {
    return '[redacted tuple]'
  }
  toJSON(): string {
    return this.toString()
  }
}

const assertPeer = (peer: number): void => assertInteger(peer, 'peer', 0, 0xffff_ffff)

/** Draws a nonce share. */
export function openTuple(machine: Machine, seed: Bytes): SecretTuple {
  assertBytes(seed, 'seed', LENGTHS.seed)
  return machine.step(() => withBlocks(blocks => new WasmTuple(machine, blocks, seed)))
}

/** Scalars per transfer are what the layout of the products is made for. */
if (SHAPE.columns !== 3 || BOB.size !== 3 * SCALAR) throw new PoolError('internal', { reason: 'layout of the products' })
