import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkEpochNo, type Generation, highestEpochNo, settle } from './generations.ts'

const id = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
interface Named extends Generation {
  readonly name: string
}
/** `3b` is generation 3, sibling b; `x3b` the same number of another key. */
function of(name: string): Named {
  const [, key, number, sibling] = /^(x?)(\d+)([a-z])$/.exec(name) as unknown as [string, string, string, string]
  return {
    name,
    keyId: id(key === 'x' ? 9 : 1),
    epochNo: Number(number),
    epoch: id(16 * Number(number) + sibling.charCodeAt(0) - 96 + (key === 'x' ? 8 : 0)),
  }
}
const names = (list: readonly Named[]): string => list.map(one => one.name).join(' ')
const many = (list: string): Named[] => (list === '' ? [] : list.split(' ').map(of))

describe('settle', () => {
  it.each([
    // active, pending, certified => verdict, active, pending, erased
    ['', '0a', '0a', 'activate', '0a', '', ''],
    ['', '0a x0b 0c', '0c', 'activate', '0c', '', '0a x0b'],
    ['0a', '1a', '1a', 'activate', '1a', '', '0a'],
    ['0a', '1a 2a', '1a', 'activate', '1a', '2a', '0a'],
    ['0a', '1a 2a', '2a', 'activate', '2a', '', '0a 1a'],
    ['0a', '3a 1a 2a', '2a', 'activate', '2a', '3a', '0a 1a'],
    ['0a', '1a x5a', '1a', 'activate', '1a', '', '0a x5a'],
    ['1a', '2a', '1a', 'active', '1a', '2a', ''],
    ['2a', '3a', '1a', 'superseded', '2a', '3a', ''],
    ['2a', '1a 3a', '1a', 'superseded', '2a', '1a 3a', ''],
    // Two full sets of one number cannot come from members that keep the rule; the first one stays.
    ['2a', '2b', '2b', 'superseded', '2a', '2b', ''],
    ['0a', '1a', '1b', 'behind', '0a', '1a', ''],
    ['0a', '', '7a', 'behind', '0a', '', ''],
    ['', '0a', '1a', 'behind', '', '0a', ''],
    ['0a', 'x1a', 'x1a', 'other-key', '0a', 'x1a', ''],
    ['', '', '0a', 'other-key', '', '', ''],
    ['', 'x0a', '0a', 'other-key', '', 'x0a', ''],
  ])('active %j, pending %j, all certify %j: %s', (active, pending, certified, verdict, then, kept, erased) => {
    const settled = settle({ active: many(active)[0], pending: many(pending) }, of(certified))
    expect(settled.verdict).toBe(verdict)
    expect(settled.active?.name ?? '').toBe(then)
    expect(names(settled.pending)).toBe(kept)
    expect(names(settled.erased)).toBe(erased)
  })

  it('brings members that saw any certificates in any order to one generation, once each has seen the highest set', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 }), (count, seen) => {
        const generations = Array.from({ length: count }, (_, i) => of(`${i + 1}a`))
        let held: { active: Named | undefined; pending: readonly Named[] } = { active: of('0a'), pending: generations }
        let highest = 0
        for (const epochNo of seen.filter(no => no <= count)) {
          highest = Math.max(highest, epochNo)
          held = settle(held, of(`${epochNo}a`))
          expect(held.active?.epochNo).toBe(highest)
          expect(held.pending.map(one => one.epochNo)).toEqual(generations.map(one => one.epochNo).filter(no => no > highest))
        }
        // Whatever was withheld: the last certified generation is still there to be taken.
        held = settle(held, of(`${count}a`))
        expect(held.active?.epochNo).toBe(count)
        expect(held.pending).toEqual([])
      }),
    )
  })

  it('two refreshes whose certificates went to different members do not split the committee', () => {
    // Each member holds both; the set of 1 is shown to one of them, that of 2 to the other.
    const start = { active: of('0a'), pending: [of('1a'), of('2a')] }
    const one = settle(start, of('1a'))
    const two = settle(start, of('2a'))
    expect([one.active?.name, two.active?.name]).toEqual(['1a', '2a'])
    // When they hear of each other both end at 2, and nothing of 0 or 1 is left.
    expect(settle(one, of('2a'))).toMatchObject({ verdict: 'activate', active: { name: '2a' }, pending: [] })
    expect(settle(two, of('1a'))).toMatchObject({ verdict: 'superseded', active: { name: '2a' }, pending: [] })
  })
})

describe('checkEpochNo', () => {
  it('takes only numbers above all that a member has', () => {
    expect(highestEpochNo({ active: undefined, pending: [] })).toBeUndefined()
    checkEpochNo({ active: undefined, pending: [] }, 0)
    const held = { active: of('2a'), pending: [of('5a'), of('3a')] }
    expect(highestEpochNo(held)).toBe(5)
    checkEpochNo(held, 6)
    for (const taken of [0, 2, 4, 5]) expect(() => checkEpochNo(held, taken)).toThrow(expect.objectContaining({ code: 'epoch-taken' }))
  })
})
