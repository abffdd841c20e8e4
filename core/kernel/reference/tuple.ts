/**
 * One signature's secrets in the reference engine: multiplication with each peer, then the two online rounds.
 * @module
 */
import { assertBytes, type Bytes, equal } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import type { OnlineCorrections, PairState, SecretShare, SecretTuple, ZeroSeed } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import { own, ReferencePair, ReferenceShare, ReferenceZeroSeed } from './held.ts'
import { drawFrom } from './stream.ts'
import { twin } from './twin.ts'
import { type PayloadPair, type VoleBobState, voleAlice, voleBobFinish, voleBobStart } from './vole.ts'

const { scalars, points } = twin

/** Towards one peer: Bob's state until his check, then the products. */
interface Towards {
  bob?: VoleBobState
  alpha?: PayloadPair
  /** As Alice. */
  t?: PayloadPair
  /** As Bob: t + d = alpha·beta. */
  beta?: bigint
  d?: PayloadPair
  checked?: boolean
}

/** What the online rounds add up. */
interface Online {
  readonly x: bigint
  readonly phi: bigint
  psi: bigint
  u: bigint
  v: bigint
}

const disordered = (reason: string): PoolError => new PoolError('internal', { reason })

/** beta·P = c·G + Gamma, for secret beta and c. */
function isProduct(beta: bigint, point: Bytes, c: bigint, gamma: Bytes): boolean {
  if (beta === 0n) return false
  const right = c === 0n ? gamma : points.add(points.multiplyBase(c), gamma)
  return right !== undefined && equal(points.multiply(point, beta), right)
}

class ReferenceTuple implements SecretTuple {
  readonly noncePoint: Bytes
  #nonce: bigint | undefined
  readonly #peers = new Map<number, Towards>()
  #online: Online | undefined

  constructor(seed: Bytes) {
    this.#nonce = scalars.random(drawFrom(seed))
    this.noncePoint = points.multiplyBase(this.#nonce)
  }
  #live(): bigint {
    if (this.#nonce === undefined) throw new PoolError('secret-used', { label: 'tuple' })
    return this.#nonce
  }
  #towards(peer: number): Towards {
    this.#live()
    const towards = this.#peers.get(peer) ?? {}
    this.#peers.set(peer, towards)
    return towards
  }

  extend({ peer, pair, pairContext, seed }: { peer: number; pair: PairState; pairContext: Bytes; seed: Bytes }): Bytes {
    const towards = this.#towards(peer)
    if (towards.bob !== undefined || towards.beta !== undefined) throw disordered('extended twice')
    const { message, state } = voleBobStart({ pairContext, leaves: own(ReferencePair, pair, 'pair').bobLeaves, random: drawFrom(seed) })
    towards.bob = state
    return message
  }

  multiply(input: { peer: number; pair: PairState; pairContext: Bytes; view: Bytes; extension: Bytes; seed: Bytes }): Bytes {
    const towards = this.#towards(input.peer)
    if (towards.alpha !== undefined) throw disordered('multiplied twice')
    const { delta, aliceLeaves } = own(ReferencePair, input.pair, 'pair')
    const { pairContext, view, extension } = input
    const { message, alpha, t } = voleAlice({ pairContext, view, delta, leaves: aliceLeaves, extension, random: drawFrom(input.seed) })
    towards.alpha = alpha
    towards.t = t
    return message
  }

  accept({ peer, view, multiplication }: { peer: number; view: Bytes; multiplication: Bytes }): void {
    const towards = this.#towards(peer)
    const state = towards.bob
    if (state === undefined) throw disordered('accepted before it was extended, or twice')
    delete towards.bob
    const { beta, d } = voleBobFinish({ state, view, message: multiplication })
    towards.beta = beta
    towards.d = d
  }

  #products(peer: number): Required<Pick<Towards, 'alpha' | 't' | 'beta' | 'd'>> & Towards {
    const towards = this.#towards(peer)
    const { alpha, t, beta, d } = towards
    if (alpha === undefined || t === undefined || beta === undefined || d === undefined) throw disordered('no products with a peer')
    return Object.assign(towards, { alpha, t, beta, d })
  }

  open(input: {
    share: SecretShare
    weight: bigint
    tweak: bigint
    bind: Bytes
    zeroSeeds: readonly { readonly seed: ZeroSeed; readonly subtract: boolean }[]
    seed?: Bytes | undefined
  }): { keyPoint: Bytes; corrections: ReadonlyMap<number, OnlineCorrections> } {
    const nonce = this.#live()
    if (this.#online !== undefined || this.#peers.size === 0) throw disordered('opened twice, or with nobody')
    const two = input.seed === undefined
    if (two !== (this.#peers.size === 1)) throw disordered('a seed is for quorums of three and more')
    let x = scalars.multiply(input.weight, scalars.add(own(ReferenceShare, input.share, 'share').scalar(), input.tweak))
    for (const { seed, subtract } of input.zeroSeeds) {
      const value = own(ReferenceZeroSeed, seed, 'zero seed').value(input.bind)
      x = subtract ? scalars.subtract(x, value) : scalars.add(x, value)
    }
    if (x === 0n) throw disordered('a key share of zero')
    const peers = [...this.#peers.keys()]
    const phi = input.seed === undefined ? this.#products(peers[0] as number).beta : scalars.random(drawFrom(input.seed))
    const corrections = new Map(
      peers.map(peer => {
        const { alpha, t, beta } = this.#products(peer)
        const sent: OnlineCorrections = {
          gammaK: scalars.encode(scalars.subtract(nonce, alpha.k)),
          gammaX: scalars.encode(scalars.subtract(x, alpha.x)),
          gammaPointK: points.multiplyBase(t.k),
          gammaPointX: points.multiplyBase(t.x),
          ...(two ? {} : { psi: scalars.encode(scalars.subtract(phi, beta)) }),
        }
        return [peer, sent] as const
      }),
    )
    this.#online = { x, phi, psi: phi, u: 0n, v: 0n }
    return { keyPoint: points.multiplyBase(x), corrections }
  }

  check(peer: number, sent: OnlineCorrections & { readonly noncePoint: Bytes; readonly keyPoint: Bytes }): void {
    const { t, beta, d, checked } = this.#products(peer)
    const online = this.#online
    if (online === undefined || checked === true) throw disordered('checked before it was opened, or twice')
    for (const point of [sent.noncePoint, sent.gammaPointK, sent.gammaPointX, sent.keyPoint]) points.validate(point)
    const ck = scalars.add(scalars.multiply(scalars.decode(sent.gammaK), beta), d.k)
    const cx = scalars.add(scalars.multiply(scalars.decode(sent.gammaX), beta), d.x)
    const psi = sent.psi === undefined ? 0n : scalars.decode(sent.psi)
    if (!isProduct(beta, sent.noncePoint, ck, sent.gammaPointK)) throw new PoolError('gamma-k')
    if (!isProduct(beta, sent.keyPoint, cx, sent.gammaPointX)) throw new PoolError('gamma-x')
    online.psi = scalars.add(online.psi, psi)
    online.u = scalars.add(online.u, scalars.add(t.k, ck))
    online.v = scalars.add(online.v, scalars.add(t.x, cx))
    this.#towards(peer).checked = true
  }

  finish({ message, r }: { message: bigint; r: bigint }): { u: Bytes; w: Bytes } {
    const nonce = this.#live()
    const online = this.#online
    if (online === undefined || [...this.#peers.values()].some(towards => towards.checked !== true))
      throw disordered('finished before all were checked')
    const u = scalars.add(online.u, scalars.multiply(nonce, online.psi))
    const v = scalars.add(online.v, scalars.multiply(online.x, online.psi))
    const w = scalars.add(scalars.multiply(message, online.phi), scalars.multiply(r, v))
    this.wipe()
    return { u: scalars.encode(u), w: scalars.encode(w) }
  }

  wipe(): void {
    for (const { bob } of this.#peers.values()) {
      bob?.choices.wipe()
      bob?.columns.wipe()
    }
    this.#peers.clear()
    this.#nonce = undefined
    this.#online = undefined
  }
  toString(): string {
    return '[redacted tuple]'
  }
  toJSON(): string {
    return this.toString()
  }
}

/** Draws a nonce share. */
export function openTuple(seed: Bytes): SecretTuple {
  assertBytes(seed, 'seed', LENGTHS.seed)
  return new ReferenceTuple(seed)
}
