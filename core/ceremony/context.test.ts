import { describe, expect, it } from 'vitest'
import { memoryNetwork } from '../../test/support/index.ts'
import { PoolError } from '../errors.ts'
import { attribute } from './blame.ts'
import { type CeremonyContext, checkContext, type Party } from './context.ts'
import { viewDigest } from './echo.ts'

const base: CeremonyContext<never> = memoryNetwork([3, 1, 2]).context(1)
const [third, first, second] = base.parties as [Party, Party, Party]
const check = (change: Partial<CeremonyContext<never>>) => checkContext({ ...base, ...change })

describe('context', () => {
  it('gives the parties in order', () => {
    expect(checkContext(base).map(party => party.index)).toEqual([1, 2, 3])
  })
  it.each<[string, Partial<CeremonyContext<never>>]>([
    ['seat twice', { parties: [first, second, { ...third, index: 2 }] }],
    ['identity twice', { parties: [first, second, { ...third, identity: second.identity }] }],
    ['self missing', { self: 9 }],
    ['one party', { parties: [first] }],
    ['seventeen parties', { parties: Array.from({ length: 17 }, (_, i) => ({ index: i + 1, identity: new Uint8Array(32).fill(i) })) }],
  ])('refuses %s', (_, change) => {
    expect(() => check(change)).toThrow(expect.objectContaining({ code: 'bad-parties' }))
  })
  it.each<[string, Partial<CeremonyContext<never>>]>([
    ['seat 0', { parties: [first, { ...second, index: 0 }] }],
    ['seat 65535', { parties: [first, { ...second, index: 65_535 }] }],
    ['fractional seat', { parties: [first, { ...second, index: 1.5 }] }],
    ['short identity', { parties: [first, { ...second, identity: new Uint8Array(31) }] }],
    ['short session id', { sessionId: new Uint8Array(31) }],
    ['short pool hash', { poolHash: new Uint8Array(0) }],
  ])('refuses %s', (_, change) => {
    expect(() => check(change)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})

describe('attribute', () => {
  it('adds round and culprit to a failed check', () => {
    const run = () =>
      attribute(4, 'R2', () => {
        throw new PoolError('bad-proof', { n: 1 })
      })
    expect(run).toThrow(
      expect.objectContaining({ code: 'bad-proof', context: { party: 4, round: 'R2', n: 1 }, culprits: [{ party: 4, certainty: 'confirmed' }] }),
    )
  })
  it('blames nobody for a fault of this program', () => {
    const run = (error: Error) => () =>
      attribute(4, 'R2', () => {
        throw error
      })
    expect(run(new TypeError('x'))).toThrow(TypeError)
    expect(run(new PoolError('internal'))).toThrow(expect.objectContaining({ code: 'internal', culprits: [] }))
  })
})

describe('viewDigest', () => {
  const a = Uint8Array.of(1)
  const b = Uint8Array.of(2)
  it('does not depend on the order of arrival', () => {
    const forward = new Map([
      [1, [a]],
      [2, [b]],
    ])
    expect(viewDigest('view', [a], forward)).toEqual(viewDigest('view', [a], new Map([...forward].reverse())))
  })
  it('tells apart who said what, and heads from entries', () => {
    const digests = [
      viewDigest('view', [a], new Map([[1, [a]]])),
      viewDigest('view', [a], new Map([[2, [a]]])),
      viewDigest('view', [b], new Map([[1, [a]]])),
      viewDigest('view', [a, a], new Map([[1, [a]]])),
      viewDigest('view', [a], new Map([[1, [a, a]]])),
      viewDigest('view1', [a], new Map([[1, [a]]])),
    ].map(String)
    expect(new Set(digests).size).toBe(digests.length)
  })
})
