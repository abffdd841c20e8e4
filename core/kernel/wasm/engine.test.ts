import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, bigintToBytes, bytesToBigint, concat, equal, utf8 } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { CURVE_ORDER, H } from '../../transcript.ts'
import { referenceKernel } from '../index.ts'
import type { Kernel, OnlineCorrections, PairState, SecretShare, ZeroSeed } from '../kernel.ts'
import { createWasmKernel, kernelOn } from './engine.ts'
import { Machine } from './machine.ts'

const n = CURVE_ORDER
const wasm = createWasmKernel()
const { scalars, points } = referenceKernel

/** 32 bytes for a name. */
const named = (...parts: (string | number)[]): Bytes => H('frame', [utf8(parts.join('/'))])
const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'accepted'
  } catch (error) {
    return isPoolError(error) ? error.code : String(error)
  }
}

/** λ of a member of the quorum. */
function weightOf(quorum: readonly number[], index: number): bigint {
  return quorum
    .filter(j => j !== index)
    .reduce((weight, j) => scalars.multiply(weight, scalars.multiply(BigInt(j), scalars.invert((BigInt(j - index) + n) % n))), 1n)
}

interface Member {
  readonly kernel: Kernel
  readonly share: SecretShare
  readonly zeroSeeds: ReadonlyMap<number, ZeroSeed>
  readonly pairs: ReadonlyMap<number, PairState>
}

/** Key generation of all members in their steps, each by its own engine; every public value and message is recorded. */
function generate(engines: ReadonlyMap<number, Kernel>, threshold: number): { members: Map<number, Member>; publicKey: Bytes; record: Bytes[] } {
  const record: Bytes[] = []
  const seats = [...engines.keys()]
  const otsid = (sender: number, receiver: number): Bytes => named('otsid', sender, receiver)
  const dealings = new Map(seats.map(i => [i, engines.get(i)!.deal({ seed: named('deal', i), threshold })]))
  for (const [i, dealing] of dealings)
    record.push(...dealing.coefficients, dealing.otKey, dealing.proof.commitment, dealing.proof.respond(bytesToBigint(named('e', i)) % n))

  const setups = new Map(
    seats.map(i => [
      i,
      new Map(
        seats
          .filter(j => j !== i)
          .map(j => {
            const setup = engines.get(i)!.openPair({ seed: named('pair', i, j), senderKey: dealings.get(j)!.otKey, otsid: otsid(j, i) })
            record.push(setup.baseOt, setup.zeroSeed.slice())
            return [j, setup]
          }),
      ),
    ]),
  )
  const trees = new Map<string, Bytes>()
  for (const i of seats)
    for (const [j, setup] of setups.get(i)!) {
      const share = dealings.get(j)!.shareFor(i)
      const expected = points.combine(dealings.get(j)!.coefficients.map((point, c) => ({ point, scalar: BigInt(i) ** BigInt(c) })))!
      dealings.get(i)!.accept(share, expected)
      const message = setup.send({ dealing: dealings.get(i)!, otsid: otsid(i, j), baseOt: setups.get(j)!.get(i)!.baseOt })
      trees.set(`${i} to ${j}`, message)
      record.push(share, message)
    }
  const members = new Map(
    seats.map(i => {
      const share = dealings.get(i)!.finish(i)!
      record.push(share.publicShare, share.prove(named('prove', i)).respond(5n))
      const zeroSeeds = new Map(
        [...setups.get(i)!].map(([j, setup]) => {
          const theirs = setups.get(j)!.get(i)!.zeroSeed
          return [j, setup.agreeZeroSeed({ view: named('view'), self: i, peer: j, theirs })] as const
        }),
      )
      return [i, { kernel: engines.get(i)!, share, zeroSeeds, pairs: new Map<number, PairState>() }]
    }),
  )
  for (const i of seats) for (const [j, setup] of setups.get(i)!) members.get(i)!.pairs.set(j, setup.finish(trees.get(`${j} to ${i}`)!))
  for (const [i, { share, zeroSeeds, pairs }] of members)
    for (const held of [share, ...zeroSeeds.values(), ...pairs.values()]) record.push(held.seal(named('vault', i), named('place')))
  for (const dealing of dealings.values()) dealing.wipe()
  const publicKey = points.add(...[...dealings.values()].map(dealing => dealing.coefficients[0]!))!
  return { members, publicKey, record }
}

/** A signature by a quorum, each member by its own engine. */
function signWith(
  members: ReadonlyMap<number, Member>,
  quorum: readonly number[],
  tweak: bigint,
): { record: Bytes[]; r: bigint; s: bigint; yParity: 0 | 1; digest: Bytes } {
  const record: Bytes[] = []
  const view = named('view', ...quorum)
  const digest = named('digest', ...quorum)
  const context = (alice: number, bob: number): Bytes => named('context', alice, bob, ...quorum)
  const peersOf = (i: number): number[] => quorum.filter(j => j !== i)
  const tuples = new Map(quorum.map(i => [i, members.get(i)!.kernel.openTuple(named('nonce', i, ...quorum))]))
  const sent = new Map<string, Bytes>()
  for (const [i, tuple] of tuples)
    for (const j of peersOf(i)) {
      const pair = members.get(i)!.pairs.get(j)!
      sent.set(`E ${i} ${j}`, tuple.extend({ peer: j, pair, pairContext: context(j, i), seed: named('extend', i, j) }))
    }
  for (const [i, tuple] of tuples)
    for (const j of peersOf(i)) {
      const pair = members.get(i)!.pairs.get(j)!
      const extension = sent.get(`E ${j} ${i}`)!
      sent.set(`M ${i} ${j}`, tuple.multiply({ peer: j, pair, pairContext: context(i, j), view, extension, seed: named('multiply', i, j) }))
    }
  for (const [i, tuple] of tuples) for (const j of peersOf(i)) tuple.accept({ peer: j, view, multiplication: sent.get(`M ${j} ${i}`)! })
  record.push(...sent.values())

  const bind = named('bind', ...quorum)
  const opened = new Map(
    [...tuples].map(([i, tuple]) => {
      const { share, zeroSeeds } = members.get(i)!
      const isTwo = quorum.length === 2
      return [
        i,
        tuple.open({
          share,
          weight: weightOf(quorum, i),
          tweak,
          bind,
          zeroSeeds: isTwo ? [] : peersOf(i).map(j => ({ seed: zeroSeeds.get(j)!, subtract: i < j })),
          seed: isTwo ? undefined : named('phi', i),
        }),
      ]
    }),
  )
  const noncePoints = [...tuples.values()].map(tuple => tuple.noncePoint)
  for (const [i, { keyPoint, corrections }] of opened) {
    record.push(tuples.get(i)!.noncePoint, keyPoint)
    for (const { gammaK, gammaX, gammaPointK, gammaPointX, psi } of corrections.values())
      record.push(gammaK, gammaX, gammaPointK, gammaPointX, ...(psi === undefined ? [] : [psi]))
  }
  for (const [i, tuple] of tuples)
    for (const j of peersOf(i)) {
      const { keyPoint, corrections } = opened.get(j)!
      tuple.check(j, { ...(corrections.get(i) as OnlineCorrections), keyPoint, noncePoint: tuples.get(j)!.noncePoint })
    }
  const R = points.add(...noncePoints)!
  const r = bytesToBigint(R.subarray(1)) % n
  let [u, w] = [0n, 0n]
  for (const tuple of tuples.values()) {
    const partial = tuple.finish({ message: bytesToBigint(digest) % n, r })
    record.push(partial.u, partial.w)
    u = scalars.add(u, bytesToBigint(partial.u))
    w = scalars.add(w, bytesToBigint(partial.w))
  }
  const s = scalars.multiply(w, scalars.invert(u))
  const isHigh = s > n / 2n
  return { record, digest, r, s: isHigh ? n - s : s, yParity: (R[0] === 3) !== isHigh ? 1 : 0 }
}

describe('ceremonies with both engines', () => {
  const run = (engines: readonly Kernel[]) => {
    const { members, publicKey, record } = generate(new Map(engines.map((kernel, i) => [i + 1, kernel])), 2)
    const tweak = bytesToBigint(named('tweak')) % n
    const signatures = (
      [
        [1, 2],
        [2, 3],
        [1, 2, 3],
      ] as const
    ).map(quorum => signWith(members, quorum, tweak))
    const key = points.combine([
      { point: publicKey, scalar: 1n },
      { point: points.base, scalar: tweak },
    ])!
    return { key, signatures, record: [...record, ...signatures.flatMap(signature => signature.record)] }
  }
  let mixed: ReturnType<typeof run>
  let compiled: ReturnType<typeof run>
  beforeAll(() => {
    mixed = run([wasm, referenceKernel, wasm])
    compiled = run([wasm, wasm, wasm])
  })

  test('key generation of three and signatures of two and of three verify', () => {
    for (const { key, signatures } of [mixed, compiled])
      for (const { r, s, yParity, digest } of signatures) {
        const compact = concat(bigintToBytes(r, 32), bigintToBytes(s, 32))
        expect(secp256k1.verify(compact, digest, key, { prehash: false, lowS: true })).toBe(true)
        for (const kernel of [wasm, referenceKernel]) expect(kernel.verify({ r, s, yParity }, digest, key)).toBe(true)
      }
  })

  test('an engine in the middle changes no byte of any message, of any public value, of any sealed secret', () => {
    expect(mixed.record.length).toBe(compiled.record.length)
    mixed.record.forEach((bytes, i) => {
      if (!equal(bytes, compiled.record[i]!)) expect.fail(`entry ${i} of ${mixed.record.length}, ${bytes.length} bytes`)
    })
  })
})

test('a member that wiped everything holds nothing', () => {
  const machine = new Machine()
  const engines = new Map([1, 2].map(seat => [seat, seat === 1 ? kernelOn(machine) : wasm]))
  const { members } = generate(engines, 2)
  signWith(members, [1, 2], 0n)
  expect(machine.heap.used).toBeGreaterThan(0)
  const { share, zeroSeeds, pairs } = members.get(1) as Member
  for (const held of [share, ...zeroSeeds.values(), ...pairs.values()]) held.wipe()
  expect(machine.heap.used).toBe(0)
})

describe('public values', () => {
  const edge = [0n, 1n, 2n, n - 1n, n - 2n, 1n << 128n, (1n << 128n) - 1n, (n + 1n) / 2n]
  const scalar = fc.oneof(fc.constantFrom(...edge), fc.bigInt({ min: 0n, max: n - 1n }))
  const pointOf = (k: bigint): Bytes => points.multiply(points.base, k === 0n ? 1n : k)!
  const point = scalar.map(pointOf)

  test('scalars', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        for (const name of ['add', 'subtract', 'multiply'] as const) expect(wasm.scalars[name](a, b)).toBe(scalars[name](a, b))
        expect(wasm.scalars.negate(a)).toBe(scalars.negate(a))
        expect(wasm.scalars.encode(a)).toEqual(scalars.encode(a))
        expect(wasm.scalars.decode(scalars.encode(a))).toBe(a)
        if (a !== 0n) expect(wasm.scalars.invert(a)).toBe(scalars.invert(a))
      }),
    )
    for (const bad of [-1n, n, n + 1n, 1n << 256n]) {
      for (const { scalars: of } of [wasm, referenceKernel])
        for (const run of [() => of.add(bad, 1n), () => of.multiply(1n, bad), () => of.subtract(bad, 0n), () => of.negate(bad), () => of.encode(bad)])
          expect(codeOf(run)).toBe('invalid-scalar')
    }
    expect(codeOf(() => wasm.scalars.invert(0n))).toBe('invalid-scalar')
    expect(codeOf(() => wasm.scalars.decode(bigintToBytes(n, 32)))).toBe('invalid-scalar')
    expect(codeOf(() => wasm.scalars.decode(new Uint8Array(31)))).toBe('invalid-scalar')
    // a view into a larger buffer
    expect(wasm.scalars.decode(concat(new Uint8Array(5), scalars.encode(77n)).subarray(5))).toBe(77n)
  })

  test('points', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(point, fc.oneof(scalar, fc.bigInt({ min: -(1n << 256n), max: 1n << 257n }))), { maxLength: 5 }), terms => {
        const sum = terms.map(([of, k]) => ({ point: of, scalar: k }))
        expect(wasm.points.combine(sum)).toEqual(points.combine(sum))
        expect(wasm.points.add(...terms.map(([of]) => of))).toEqual(points.add(...terms.map(([of]) => of)))
        for (const { point: of, scalar: k } of sum) {
          expect(wasm.points.multiply(of, k)).toEqual(points.multiply(of, k))
          expect(wasm.points.negate(of)).toEqual(points.negate(of))
          wasm.points.validate(of)
        }
      }),
      { numRuns: 30 },
    )
    expect(wasm.points.base).toEqual(points.base)
    const G = points.base
    expect(wasm.points.add(G, points.negate(G))).toBeUndefined()
    expect(wasm.points.combine([])).toBeUndefined()
    expect(wasm.points.multiply(G, 0n)).toBeUndefined()
    for (const bad of [
      new Uint8Array(33),
      G.subarray(1),
      concat(Uint8Array.of(4), G.subarray(1)),
      concat(Uint8Array.of(2), bigintToBytes((1n << 256n) - 1n, 32)),
      concat(Uint8Array.of(2), bigintToBytes(5n, 32)),
    ])
      for (const of of [wasm.points, points])
        for (const run of [
          () => of.validate(bad),
          () => of.negate(bad),
          () => of.add(G, bad),
          () => of.multiply(bad, 2n),
          () => of.combine([{ point: bad, scalar: 0n }]),
        ])
          expect(codeOf(run)).toBe('invalid-point')
  })

  test('hash to the curve', () => {
    const random = seededRandom('engine hash to curve')
    for (const length of [0, 1, 33, 64, 1000]) {
      const [message, domain] = [random(length), random(1 + (length % 200))]
      expect(wasm.points.hashToCurve(message, domain)).toEqual(points.hashToCurve(message, domain))
    }
  })

  test('H', () => {
    const random = seededRandom('engine H')
    for (const sizes of [[], [0], [1, 0, 5], [32, 33], [1024], [1023, 1], [72_000, 3], [5_000_000]])
      for (const length of [16, 32, 96]) {
        const parts = sizes.map(random)
        expect(wasm.H('frame', parts, length)).toEqual(H('frame', parts, length))
      }
  })

  test('the last check', () => {
    const random = seededRandom('engine verify')
    for (let i = 0; i < 10; i++) {
      const [secret, digest] = [bytesToBigint(random(32)) % n, random(32)]
      const key = pointOf(secret)
      const signed = secp256k1.sign(digest, bigintToBytes(secret, 32), { prehash: false, lowS: true, format: 'recovered' })
      const [yParity, r, s] = [signed[0] as number, bytesToBigint(signed.subarray(1, 33)), bytesToBigint(signed.subarray(33))]
      const judge = (signature: { r: bigint; s: bigint; yParity: number }, of = digest, by = key): boolean => {
        const [one, other] = [wasm, referenceKernel].map(kernel => kernel.verify(signature, of, by)) as [boolean, boolean]
        expect(one).toBe(other)
        return one
      }
      expect(judge({ r, s, yParity })).toBe(true)
      const wrong = [
        { yParity: 1 - yParity },
        { yParity: 2 },
        { s: n - s },
        { s: 0n },
        { r: 0n },
        { r: n },
        { r: r + n },
        { s: s + n },
        { r: -r },
        { s: 1n << 300n },
        { r: r ^ 1n },
        { s: s ^ 1n },
      ]
      for (const change of wrong) expect(judge({ r, s, yParity, ...change })).toBe(false)
      expect(judge({ r, s, yParity }, random(32))).toBe(false)
      expect(judge({ r, s, yParity }, digest, points.base)).toBe(false)
      expect(judge({ r, s, yParity }, digest, new Uint8Array(33))).toBe(false)
    }
  })
})
