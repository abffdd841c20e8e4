import { expect, test } from 'vitest'
import { ModuleBench } from '../../test/support/module-bench.ts'
import { CONTROLS } from './controls.ts'
import { EXPORTS } from './exports.ts'
import type { Input } from './subject.ts'

const bench = new ModuleBench()

/** What the functions that return something say of inputs that they take; of the fixed class, then of the random one. */
const RETURNED: Readonly<Record<string, readonly [fixed: number, random: number]>> = {
  ec_times: [-1, -1],
  ec_times_same: [-1, -1],
  ec_is_product: [0, 0],
  ec_hash_to_curve: [1, 1],
  bot_receive: [0, 0],
  bot_send: [-1, -1],
  sc_is_zero: [1, 0],
  sc_from_be: [0, 1],
  sc_draw: [256, 256],
  mem_equal: [1, 0],
}

const load = (inputs: readonly Input[], bytes: (input: Input) => Uint8Array): void => {
  for (const input of inputs) input.target.set(bytes(input))
}

test.each(EXPORTS.map(subject => [subject.name, subject] as const))('%s is measured doing its work, not refusing its input', (name, subject) => {
  bench.reset()
  const { inputs, run } = subject.prepare(bench)
  expect(inputs.length).toBeGreaterThan(0)
  const [fixed, random] = RETURNED[name.split(' ')[0] as string] ?? []
  load(inputs, input => input.fixed)
  expect(run()).toBe(fixed)
  load(inputs, input => input.random())
  expect(run()).toBe(random)
})

test('names tell the subjects apart, and there are controls of both kinds', () => {
  const names = [...EXPORTS, ...CONTROLS].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(new Set(CONTROLS.map(({ role }) => role))).toEqual(new Set(['leaky', 'constant']))
  expect(EXPORTS.every(({ role }) => role === 'hot')).toBe(true)
})

test('a constant control draws both classes alike', () => {
  for (const control of CONTROLS.filter(({ role }) => role === 'constant')) {
    bench.reset()
    for (const { fixed, random } of control.prepare(bench).inputs) expect(new Set(fixed).size).toBeGreaterThan(random().length / 4)
  }
})
