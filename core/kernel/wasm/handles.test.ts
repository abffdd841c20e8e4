import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, concat } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import { referenceKernel } from '../index.ts'
import type { Dealing, OnlineCorrections, PairState, SecretTuple } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import { kernelOn } from './engine.ts'
import { Machine } from './machine.ts'

const machine = new Machine()
const kernel = kernelOn(machine)
const other = kernelOn(new Machine())
const random = seededRandom('handles')
const [key, context, view, alone] = [random(32), random(20), random(32), random(32)] as [Bytes, Bytes, Bytes, Bytes]
const one = new Uint8Array(32)
one[31] = 1

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'accepted'
  } catch (error) {
    return isPoolError(error) ? error.code : String(error)
  }
}
const flipped = (bytes: Bytes, at: number): Bytes => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

/** Everything that a test holds, wiped after it: then the memory is as empty as before, or a test fails. */
const held: { wipe(): void }[] = []
const keep = <T extends { wipe(): void }>(handle: T): T => {
  held.push(handle)
  return handle
}
/** True when nothing is left between the engine's own hash buffer and the end. */
function isEmpty(): boolean {
  const zeros = Buffer.alloc(1024 * 1024)
  const from = (machine.call.heap_base() as number) + 40 * 1024
  for (let at = from; at < machine.memory.length; at += zeros.length) {
    const part = machine.memory.subarray(at, at + zeros.length)
    if (zeros.compare(part, 0, part.length, 0, part.length) !== 0) return false
  }
  return true
}
afterEach(() => {
  for (const handle of held.splice(0)) handle.wipe()
  expect(machine.heap.used).toBe(0)
  expect(isEmpty()).toBe(true)
})

/** OT state of a pair: the one member's and the other's. */
function pairs(): [PairState, PairState] {
  const [mine, theirs] = [leafPair(random), leafPair(random)]
  return [
    keep(kernel.hold('pair', concat(mine.delta, mine.aliceLeaves, theirs.bobLeaves))),
    keep(kernel.hold('pair', concat(theirs.delta, theirs.aliceLeaves, mine.bobLeaves))),
  ]
}
const [ab, ba] = [random(32), random(32)] as [Bytes, Bytes]

/** Two tuples up to a step. */
function twoTuples(upTo: 'extended' | 'multiplied' | 'accepted' | 'opened') {
  const [a, b] = [keep(kernel.openTuple(random(32))), keep(kernel.openTuple(random(32)))]
  const [pa, pb] = pairs()
  const ea = a.extend({ peer: 2, pair: pa, pairContext: ba, seed: random(32) })
  const eb = b.extend({ peer: 1, pair: pb, pairContext: ab, seed: random(32) })
  const result = {
    a,
    b,
    pa,
    pb,
    ea,
    eb,
    ma: new Uint8Array() as Bytes,
    mb: new Uint8Array() as Bytes,
    sent: undefined as Parameters<SecretTuple['check']>[1] | undefined,
  }
  if (upTo === 'extended') return result
  result.ma = a.multiply({ peer: 2, pair: pa, pairContext: ab, view, extension: eb, seed: random(32) })
  result.mb = b.multiply({ peer: 1, pair: pb, pairContext: ba, view, extension: ea, seed: random(32) })
  if (upTo === 'multiplied') return result
  a.accept({ peer: 2, view, multiplication: result.mb })
  b.accept({ peer: 1, view, multiplication: result.ma })
  if (upTo === 'accepted') return result
  open(a)
  const { keyPoint, corrections } = open(b)
  result.sent = { ...(corrections.get(1) as OnlineCorrections), keyPoint, noncePoint: b.noncePoint }
  return result
}
const open = (tuple: SecretTuple) => tuple.open({ share: keep(kernel.hold('share', alone)), weight: 1n, tweak: 0n, bind: view, zeroSeeds: [] })

describe('secrets that are kept', () => {
  const contents = { 'share': alone, 'zero-seed': random(32), 'pair': random(LENGTHS.pair) } as const

  test.each(['share', 'zero-seed', 'pair'] as const)('a %s is sealed as the reference does it, and opened', kind => {
    const handle = keep(kernel.hold(kind, contents[kind]))
    const sealed = handle.seal(key, context)
    expect(sealed).toEqual(referenceKernel.hold(kind, contents[kind]).seal(key, context))
    expect(sealed.length).toBe(contents[kind].length + LENGTHS.sealTag)
    const again = keep(kernel.unseal(kind, key, context, sealed))
    expect(again.kind).toBe(kind)
    expect(again.seal(key, view)).toEqual(referenceKernel.hold(kind, contents[kind]).seal(key, view))
  })

  test.each(['share', 'zero-seed', 'pair'] as const)('a sealed %s that was tampered with, or belongs elsewhere, does not open', kind => {
    const sealed = keep(kernel.hold(kind, contents[kind])).seal(key, context)
    const bad = [
      flipped(sealed, 0),
      flipped(sealed, 31),
      flipped(sealed, 32),
      flipped(sealed, sealed.length - 1),
      sealed.subarray(1),
      concat(sealed, one),
    ]
    for (const bytes of [...bad, new Uint8Array(0), sealed.subarray(0, 32), new Uint8Array(40_000)])
      expect(codeOf(() => kernel.unseal(kind, key, context, bytes))).toBe('seal-mismatch')
    expect(codeOf(() => kernel.unseal(kind, flipped(key, 3), context, sealed))).toBe('seal-mismatch')
    expect(codeOf(() => kernel.unseal(kind, key, flipped(context, 3), sealed))).toBe('seal-mismatch')
    expect(codeOf(() => kernel.unseal(kind, key.subarray(1), context, sealed))).toBe('invalid-argument')
    expect(codeOf(() => keep(kernel.hold(kind, contents[kind])).seal(key.subarray(1), context))).toBe('invalid-argument')
  })

  test('what is sealed as one kind does not open as a longer or shorter one', () => {
    const sealed = keep(kernel.hold('pair', contents.pair)).seal(key, context)
    expect(codeOf(() => kernel.unseal('share', key, context, sealed))).toBe('invalid-argument')
    const big = referenceKernel.hold('zero-seed', new Uint8Array(32).fill(255)).seal(key, context)
    expect(codeOf(() => kernel.unseal('share', key, context, big))).toBe('invalid-scalar')
  })

  test('only shares in [1, n) and secrets of the right length are taken in', () => {
    const n = new Uint8Array(32)
    let rest = CURVE_ORDER
    for (let i = 31; i >= 0; i--) {
      n[i] = Number(rest & 255n)
      rest >>= 8n
    }
    expect(keep(kernel.hold('share', one)).publicShare).toEqual(kernel.points.base)
    expect(keep(kernel.hold('share', flipped(n, 31))).publicShare).toEqual(kernel.points.negate(kernel.points.base))
    for (const bad of [new Uint8Array(32), n, new Uint8Array(32).fill(255)]) expect(codeOf(() => kernel.hold('share', bad))).toBe('invalid-scalar')
    for (const kind of ['share', 'zero-seed', 'pair'] as const)
      for (const length of [0, 31, 33, LENGTHS.pair - 1])
        expect(codeOf(() => kernel.hold(kind, new Uint8Array(length).fill(1)))).toBe('invalid-argument')
  })

  test('prints as redacted, and shows no secret to an inspector', () => {
    const { a } = twoTuples('extended')
    const dealing = keep(kernel.deal({ seed: random(32), threshold: 2 }))
    const setup = keep(kernel.openPair({ seed: random(32), senderKey: dealing.otKey, otsid: random(32) }))
    const handles = { ...Object.fromEntries((['share', 'zero-seed', 'pair'] as const).map(kind => [kind, keep(kernel.hold(kind, contents[kind]))])) }
    for (const handle of [...Object.values(handles), a, dealing, dealing.proof, setup]) {
      expect(String(handle)).toMatch(/^\[redacted .+\]$/)
      expect(JSON.stringify({ handle })).toContain('[redacted ')
      // what is enumerable is public: points, and this member's messages
      const shown = inspect(handle, { depth: 6, showHidden: true, maxArrayLength: null })
      expect(shown).not.toContain('Pointer')
      expect(shown).not.toContain('#')
    }
  })
})

describe('after wipe', () => {
  test('every use throws', () => {
    const share = kernel.hold('share', alone)
    const proof = share.prove(random(32))
    const zero = kernel.hold('zero-seed', random(32))
    const [pair] = pairs()
    for (const handle of [share, zero, pair]) {
      expect(handle.wiped).toBe(false)
      handle.wipe()
      handle.wipe()
      expect(handle.wiped).toBe(true)
      expect(codeOf(() => handle.seal(key, context))).toBe('secret-used')
    }
    expect(codeOf(() => share.prove(random(32)))).toBe('secret-used')
    expect(codeOf(() => proof.respond(1n))).toBe('secret-used')

    const tuple = keep(kernel.openTuple(random(32)))
    const [mine] = pairs()
    mine.wipe()
    expect(codeOf(() => tuple.extend({ peer: 2, pair: mine, pairContext: ab, seed: random(32) }))).toBe('secret-used')
    const { a, pa, eb, mb, sent } = twoTuples('opened')
    a.wipe()
    for (const run of [
      () => a.extend({ peer: 2, pair: pa, pairContext: ab, seed: random(32) }),
      () => a.multiply({ peer: 2, pair: pa, pairContext: ab, view, extension: eb, seed: random(32) }),
      () => a.accept({ peer: 2, view, multiplication: mb }),
      () => open(a),
      () => a.check(2, sent as NonNullable<typeof sent>),
      () => a.finish({ message: 1n, r: 1n }),
    ])
      expect(codeOf(run)).toBe('secret-used')

    const dealing = kernel.deal({ seed: random(32), threshold: 2 })
    const setup = kernel.openPair({ seed: random(32), senderKey: dealing.otKey, otsid: random(32) })
    dealing.wipe()
    for (const run of [
      () => dealing.shareFor(1),
      () => dealing.finish(1),
      () => dealing.accept(one, kernel.points.base),
      () => dealing.proof.respond(1n),
      () => setup.send({ dealing, otsid: random(32), baseOt: new Uint8Array(LENGTHS.baseOt) }),
    ])
      expect(codeOf(run)).toBe('secret-used')
    setup.wipe()
    expect(setup.zeroSeed).toEqual(new Uint8Array(32))
    for (const run of [() => setup.agreeZeroSeed({ view, self: 1, peer: 2, theirs: one }), () => setup.finish(new Uint8Array(LENGTHS.trees))])
      expect(codeOf(run)).toBe('secret-used')
  })

  test('a proof responds once', () => {
    const share = keep(kernel.hold('share', alone))
    const proof = share.prove(random(32))
    proof.respond(7n)
    expect(codeOf(() => proof.respond(7n))).toBe('secret-used')
    // a challenge out of range costs the nonce too
    const spoilt = share.prove(random(32))
    expect(codeOf(() => spoilt.respond(CURVE_ORDER))).toBe('invalid-scalar')
    expect(codeOf(() => spoilt.respond(7n))).toBe('secret-used')
  })

  test('forgotten handles are freed', async () => {
    const collect = (globalThis as { gc?: () => void }).gc
    const start = machine.heap.used
    const forget = (): void => {
      for (let i = 0; i < 50; i++) kernel.hold('pair', random(LENGTHS.pair))
    }
    forget()
    expect(machine.heap.used).toBe(start + 50 * LENGTHS.pair)
    if (collect === undefined) {
      const { setFlagsFromString } = await import('node:v8')
      const { runInNewContext } = await import('node:vm')
      setFlagsFromString('--expose-gc')
      const run = runInNewContext('gc') as () => void
      for (let i = 0; i < 50 && machine.heap.used > start; i++) {
        run()
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    expect(machine.heap.used).toBe(start)
  })
})

describe('arguments', () => {
  test('handles of another engine or instance are refused', () => {
    const tuple = keep(kernel.openTuple(random(32)))
    const dealing = keep(kernel.deal({ seed: random(32), threshold: 2 }))
    const setup = keep(kernel.openPair({ seed: random(32), senderKey: dealing.otKey, otsid: random(32) }))
    for (const engine of [other, referenceKernel]) {
      const pair = engine.hold('pair', random(LENGTHS.pair))
      expect(codeOf(() => tuple.extend({ peer: 2, pair, pairContext: ab, seed: random(32) }))).toBe('invalid-argument')
      const theirs = engine.deal({ seed: random(32), threshold: 2 })
      expect(codeOf(() => setup.send({ dealing: theirs, otsid: random(32), baseOt: new Uint8Array(LENGTHS.baseOt) }))).toBe('invalid-argument')
    }
    const share = keep(kernel.hold('share', alone)) as unknown as PairState
    expect(codeOf(() => tuple.extend({ peer: 2, pair: share, pairContext: ab, seed: random(32) }))).toBe('invalid-argument')
  })

  test('wrong lengths', () => {
    const short = random(31)
    for (const run of [
      () => kernel.openTuple(short),
      () => kernel.deal({ seed: short, threshold: 2 }),
      () => kernel.deal({ seed: one, threshold: 257 }),
      () => kernel.openPair({ seed: short, senderKey: kernel.points.base, otsid: one }),
      () => kernel.openPair({ seed: one, senderKey: kernel.points.base, otsid: short }),
      () => keep(kernel.deal({ seed: one, threshold: 2 })).shareFor(0),
      () => kernel.verify({ r: 1n, s: 1n, yParity: 0 }, short, kernel.points.base),
    ])
      expect(codeOf(run)).toBe('invalid-argument')
    const dealing = keep(kernel.deal({ seed: random(32), threshold: 2 }))
    expect(codeOf(() => kernel.openPair({ seed: one, senderKey: short, otsid: one }))).toBe('malformed-round')
    const setup = keep(kernel.openPair({ seed: random(32), senderKey: dealing.otKey, otsid: random(32) }))
    expect(codeOf(() => setup.send({ dealing, otsid: one, baseOt: new Uint8Array(LENGTHS.baseOt - 1) }))).toBe('malformed-round')
    expect(codeOf(() => setup.finish(new Uint8Array(LENGTHS.trees)))).toBe('internal')

    const { a, b, pa, eb, ma, mb } = twoTuples('multiplied')
    const c = keep(kernel.openTuple(random(32)))
    for (const [extension, code] of [
      [eb.subarray(1), 'malformed-round'],
      [concat(eb, one), 'malformed-round'],
    ] as const)
      expect(codeOf(() => c.multiply({ peer: 2, pair: pa, pairContext: ab, view, extension, seed: one }))).toBe(code)
    expect(codeOf(() => c.multiply({ peer: 2, pair: pa, pairContext: short, view, extension: eb, seed: one }))).toBe('invalid-argument')
    expect(codeOf(() => a.accept({ peer: 2, view, multiplication: mb.subarray(1) }))).toBe('malformed-round')
    // his state is gone, whatever the outcome was
    expect(codeOf(() => a.accept({ peer: 2, view, multiplication: mb }))).toBe('internal')
    expect(codeOf(() => b.accept({ peer: 1, view, multiplication: ma }))).toBe('accepted')
  })

  test('a share that is not the one expected', () => {
    const dealing = keep(kernel.deal({ seed: random(32), threshold: 2 }))
    const { base } = kernel.points
    expect(codeOf(() => dealing.accept(new Uint8Array(32).fill(255), base))).toBe('invalid-scalar')
    expect(codeOf(() => dealing.accept(one.subarray(1), base))).toBe('invalid-scalar')
    expect(codeOf(() => dealing.accept(new Uint8Array(32), base))).toBe('bad-share')
    expect(codeOf(() => dealing.accept(alone, base))).toBe('bad-share')
    expect(codeOf(() => dealing.accept(one, base))).toBe('accepted')
  })

  test('a share of zero is none', () => {
    const seed = random(32)
    const dealing = keep(kernel.deal({ seed, threshold: 1 }))
    const secret = dealing.shareFor(1)
    const twin = keep(kernel.hold('share', secret))
    const { scalars, points } = kernel
    const opposite = scalars.encode(scalars.negate(scalars.decode(secret)))
    dealing.accept(opposite, points.negate(twin.publicShare))
    expect(dealing.finish(1)).toBeUndefined()
  })
})

describe('steps out of order', () => {
  const disordered = (run: () => unknown): void => expect(codeOf(run)).toBe('internal')

  test('of a tuple', () => {
    const { a, b, pa, eb, ma, mb, sent } = twoTuples('opened')
    const at = sent as NonNullable<typeof sent>
    disordered(() => a.extend({ peer: 2, pair: pa, pairContext: ba, seed: one }))
    disordered(() => a.multiply({ peer: 2, pair: pa, pairContext: ab, view, extension: eb, seed: one }))
    disordered(() => a.accept({ peer: 2, view, multiplication: mb }))
    disordered(() => a.extend({ peer: 3, pair: pa, pairContext: ba, seed: one }))
    disordered(() => open(a))
    disordered(() => a.check(3, at))
    disordered(() => a.finish({ message: 1n, r: 1n }))
    a.check(2, at)
    disordered(() => a.check(2, at))
    expect(codeOf(() => a.finish({ message: CURVE_ORDER, r: 1n }))).toBe('invalid-scalar')
    a.finish({ message: 1n, r: 1n })
    expect(codeOf(() => a.finish({ message: 1n, r: 1n }))).toBe('secret-used')

    disordered(() => b.accept({ peer: 1, view, multiplication: ma }))
    const early = twoTuples('extended')
    disordered(() => early.a.extend({ peer: 2, pair: early.pa, pairContext: ba, seed: one }))
    disordered(() => open(early.a))
    disordered(() => early.a.check(2, at))
    disordered(() => keep(kernel.openTuple(one)).accept({ peer: 2, view, multiplication: mb }))
    disordered(() => open(keep(kernel.openTuple(one))))
    const ready = twoTuples('accepted')
    disordered(() => ready.a.check(2, at))
    // a seed is for quorums of three and more
    const share = keep(kernel.hold('share', alone))
    disordered(() => ready.a.open({ share, weight: 1n, tweak: 0n, bind: view, zeroSeeds: [], seed: one }))
    disordered(() => ready.a.open({ share, weight: 0n, tweak: 0n, bind: view, zeroSeeds: [] }))
    expect(codeOf(() => ready.a.open({ share, weight: CURVE_ORDER, tweak: 0n, bind: view, zeroSeeds: [] }))).toBe('invalid-scalar')
  })
})

describe('messages that were tampered with', () => {
  test('the extension', () => {
    const { a, pa, eb } = twoTuples('extended')
    for (const at of [0, 31, 32, 3551, 3552, 3567, 3568, 3599])
      expect(codeOf(() => a.multiply({ peer: 2, pair: pa, pairContext: ab, view, extension: flipped(eb, at), seed: one }))).toBe('ote-check')
    expect(codeOf(() => a.multiply({ peer: 2, pair: pa, pairContext: ba, view, extension: eb, seed: one }))).toBe('ote-check')
    expect(codeOf(() => a.multiply({ peer: 2, pair: pa, pairContext: ab, view, extension: eb, seed: one }))).toBe('accepted')
  })

  test.each([
    ['nonce', 0],
    ['Q', 32 + 31],
    ['Q, last', 72_223],
    ['hash of U', 72_224],
    ['v', 72_287],
  ])('the multiplication: %s', (_, at) => {
    const { a, mb } = twoTuples('multiplied')
    expect(codeOf(() => a.accept({ peer: 2, view, multiplication: flipped(mb, at) }))).toBe('vole-check')
    expect(codeOf(() => a.accept({ peer: 2, view, multiplication: mb }))).toBe('internal')
  })

  test('the multiplication: values not below n, another view', () => {
    for (const at of [32, 72_256]) {
      const { a, mb } = twoTuples('multiplied')
      expect(codeOf(() => a.accept({ peer: 2, view, multiplication: mb.slice().fill(255, at, at + 32) }))).toBe('invalid-scalar')
    }
    const { a, mb } = twoTuples('multiplied')
    expect(codeOf(() => a.accept({ peer: 2, view: alone, multiplication: mb }))).toBe('vole-check')
  })

  test('the online corrections, in the order of their checks', () => {
    const { a, sent } = twoTuples('opened')
    const good = sent as NonNullable<typeof sent>
    const { points, scalars } = kernel
    const above = new Uint8Array(32).fill(255)
    const next = (scalar: Bytes): Bytes => scalars.encode(scalars.add(scalars.decode(scalar), 1n))
    const noPoint = new Uint8Array(33).fill(9)
    for (const name of ['noncePoint', 'keyPoint', 'gammaPointK', 'gammaPointX'] as const) {
      for (const bad of [noPoint, good[name].subarray(1), concat(good[name], one)])
        expect(codeOf(() => a.check(2, { ...good, [name]: bad }))).toBe('invalid-point')
      // a bad point comes before anything else that is wrong
      expect(codeOf(() => a.check(2, { ...good, gammaK: above, [name]: noPoint }))).toBe('invalid-point')
      expect(codeOf(() => a.check(2, { ...good, gammaK: next(good.gammaK), [name]: noPoint }))).toBe('invalid-point')
    }
    for (const name of ['gammaK', 'gammaX', 'psi'] as const)
      for (const bad of [above, one.subarray(1)]) expect(codeOf(() => a.check(2, { ...good, [name]: bad }))).toBe('invalid-scalar')
    for (const change of [
      { noncePoint: points.base },
      { gammaPointK: points.base },
      { gammaK: next(good.gammaK) },
      { noncePoint: points.negate(good.noncePoint) },
    ])
      expect(codeOf(() => a.check(2, { ...good, ...change }))).toBe('gamma-k')
    for (const change of [{ keyPoint: points.base }, { gammaPointX: points.base }, { gammaX: next(good.gammaX) }])
      expect(codeOf(() => a.check(2, { ...good, ...change }))).toBe('gamma-x')
    expect(codeOf(() => a.check(2, { ...good, gammaX: next(good.gammaX), gammaK: next(good.gammaK) }))).toBe('gamma-k')
    // none of them was added
    expect(codeOf(() => a.check(2, good))).toBe('accepted')
  })

  test('base transfers and trees', () => {
    const start = (): { dealing: Dealing; mine: ReturnType<typeof kernel.openPair>; theirs: ReturnType<typeof kernel.openPair> } => {
      const [dealing, peer] = [keep(kernel.deal({ seed: random(32), threshold: 2 })), keep(kernel.deal({ seed: random(32), threshold: 2 }))]
      const mine = keep(kernel.openPair({ seed: random(32), senderKey: peer.otKey, otsid: ba }))
      const theirs = keep(kernel.openPair({ seed: random(32), senderKey: dealing.otKey, otsid: ab }))
      mine.send({ dealing, otsid: ab, baseOt: theirs.baseOt })
      return { dealing: peer, mine, theirs }
    }
    const { dealing, mine, theirs } = start()
    for (const at of [0, 33, 8447 - 32]) {
      const bad = mine.baseOt.slice().fill(0, at, at + 33)
      expect(codeOf(() => theirs.send({ dealing, otsid: ba, baseOt: bad }))).toBe('base-ot')
    }
    expect(codeOf(() => kernel.openPair({ seed: one, senderKey: new Uint8Array(33), otsid: one }))).toBe('base-ot')
    const trees = theirs.send({ dealing, otsid: ba, baseOt: mine.baseOt })
    // a correction that the receiver uses or not: the proofs of the leaves see it either way; sums and hashes
    const results = [96, 127, 128, 159, 5119, 5119 - 32].map(at => codeOf(() => mine.finish(flipped(trees, at))))
    expect(new Set(results)).toEqual(new Set(['pprf']))
    expect(codeOf(() => keep(mine.finish(trees)))).toBe('accepted')
    expect(codeOf(() => mine.finish(trees))).toBe('secret-used')
  })
})
