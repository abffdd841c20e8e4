import { expect, test } from 'vitest'
import { hedgedRandom } from './random.ts'

const longTermSecret = new Uint8Array(32).fill(5)
/** A generator that is broken: always the same. */
const broken = { system: (buffer: Uint8Array) => void buffer.fill(0), time: () => 0 }

test('a broken system generator and a stopped clock do not repeat an output', () => {
  const one = hedgedRandom({ longTermSecret, counter: 1n, ...broken })
  const restarted = hedgedRandom({ longTermSecret, counter: 2n, ...broken })
  const outputs = [one.random(32), one.random(32), restarted.random(32), restarted.random(32)]
  expect(new Set(outputs.map(output => Buffer.from(output).toString('hex'))).size).toBe(4)
})

test('a cloned machine differs by the system generator, another member by its secret', () => {
  const sources = { longTermSecret, counter: 1n, time: () => 0 }
  const clones = [hedgedRandom(sources), hedgedRandom(sources)].map(generator => Buffer.from(generator.random(32)).toString('hex'))
  expect(clones[0]).not.toBe(clones[1])
  const mine = hedgedRandom({ longTermSecret, counter: 1n, ...broken }).random(32)
  const theirs = hedgedRandom({ longTermSecret: new Uint8Array(32).fill(6), counter: 1n, ...broken }).random(32)
  expect(mine).not.toEqual(theirs)
})

test('every source reaches the output, and the formula is fixed', () => {
  const output = (change: object) => Buffer.from(hedgedRandom({ longTermSecret, counter: 1n, ...broken, ...change }).random(16)).toString('hex')
  expect(output({})).toBe(output({}))
  expect(output({ time: () => 1 })).not.toBe(output({}))
  expect(output({ system: (buffer: Uint8Array) => void buffer.fill(1) })).not.toBe(output({}))
  expect(output({})).toMatchInlineSnapshot(`"fd0f3dc75561dcd3593bad0b845ec8e2"`)
})

test('gives any length, and the secret may be wiped by its owner', () => {
  const secret = longTermSecret.slice()
  const generator = hedgedRandom({ longTermSecret: secret, counter: 1n, ...broken })
  secret.fill(0)
  expect(generator.random(16)).toEqual(hedgedRandom({ longTermSecret, counter: 1n, ...broken }).random(16))
  for (const length of [0, 1, 31, 33, 100_000]) expect(generator.random(length)).toHaveLength(length)
})
