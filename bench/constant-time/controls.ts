/**
 * Calls of which the result is known before: the leaky ones have to be told apart, the others not. They show that the measurement sees what it should.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { ModuleBench } from '../../test/support/module-bench.ts'
import { input, points, randomBytes, scalars, zeros } from './inputs.ts'
import type { Prepared, Subject } from './subject.ts'

/** Leaky on purpose: stops at the first byte that differs. */
function equalUntilDifferent(a: Bytes, b: Bytes): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return 0
  return 1
}

/** Leaky on purpose: 3^exponent mod a prime by squaring and multiplying, where bits of zero save the multiplication. */
function powerSkippingZeros(exponent: Bytes): number {
  let power = 1
  for (const byte of exponent) {
    for (let bit = 7; bit >= 0; bit--) {
      power = (power * power) % 94_906_249
      if ((byte >> bit) & 1) power = (power * 3) % 94_906_249
    }
  }
  return power
}

function inScript(bytes: Bytes, run: (bytes: Bytes) => number): Prepared {
  const target = new Uint8Array(bytes.length)
  return { inputs: [{ target, fixed: bytes, random: () => randomBytes(bytes.length) }], run: () => run(target) }
}

function called(bench: ModuleBench, name: string) {
  const call = bench.instance.exports[name]
  if (call === undefined) throw new Error(`the module has no ${name}`)
  return call
}

/** Both classes random: nothing to tell apart but the classes' names. */
const same = (prepared: Prepared): Prepared => ({
  ...prepared,
  inputs: prepared.inputs.map(({ target, random }) => ({ target, random, fixed: random() })),
})

export const CONTROLS: readonly Subject[] = [
  {
    name: 'early exit',
    role: 'leaky',
    fixed: 'equal; a comparison in script that stops at the first difference',
    prepare: () => {
      const expected = zeros(256)
      return inScript(zeros(256), bytes => equalUntilDifferent(bytes, expected))
    },
  },
  {
    name: 'skipped zeros',
    role: 'leaky',
    fixed: '1; a power in script that saves multiplications',
    prepare: () =>
      inScript(
        Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0)),
        powerSkippingZeros,
      ),
  },
  {
    name: 'ec_combine_public',
    role: 'leaky',
    fixed: 'k = 2^250; the module’s function for public scalars',
    prepare(bench) {
      const k = input(bench, scalars(1n << 250n))
      const [out, point] = [bench.room(33), bench.put(points(1))]
      const call = called(bench, 'ec_combine_public')
      return { inputs: [k], run: () => call(out, point, k.at, 1) }
    },
  },
  {
    name: 'sc_mul and a branch',
    role: 'leaky',
    fixed: 'even; one sc_mul in 64 more when a bit is set',
    prepare(bench) {
      const fixed = randomBytes(32)
      fixed[0] = 0
      const a = input(bench, fixed)
      const [out, b] = [bench.room(32), bench.put(randomBytes(32))]
      const call = called(bench, 'sc_mul')
      const run = (): number => {
        const times = 64 + ((a.target[0] as number) & 1)
        for (let i = 0; i < times; i++) call(out, a.at, b)
        return times
      }
      return { inputs: [a], run }
    },
  },
  {
    name: 'the same class twice (short)',
    role: 'constant',
    fixed: 'random; sc_mul',
    prepare(bench) {
      const [a, b, out] = [input(bench, zeros(32)), input(bench, zeros(32)), bench.room(32)]
      const call = called(bench, 'sc_mul')
      return same({ inputs: [a, b], run: () => call(out, a.at, b.at) })
    },
  },
  {
    name: 'the same class twice (long)',
    role: 'constant',
    fixed: 'random; ec_base',
    prepare(bench) {
      const [k, out] = [input(bench, zeros(32)), bench.room(33)]
      const call = called(bench, 'ec_base')
      return same({ inputs: [k], run: () => call(out, k.at, 1) })
    },
  },
]
