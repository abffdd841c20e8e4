import { describe, expect, test } from 'vitest'
import { refusalOf, strengthOf } from './passphrase-rule.ts'

describe('passphrases of a seat', () => {
  test.each([
    ['short1!', 'shorter'],
    ['123456', 'shorter'],
    ['20260314', 'digits'],
    ['0000-1111 2222', 'digits'],
    ['aaaaaaaaaaaa', 'different'],
    ['abababababab', 'different'],
    ['Password1', 'common'],
    ['passw0rd!!', 'common'],
    ['12 welcome 34', 'common'],
    ['MonkeyMonkey', 'common'],
    ['sequorum2026', 'common'],
    ['abcdefghij', 'run'],
    ['qwertyuiop123', 'common'],
    ['lkjhgfdsa', 'run'],
  ])('%s is refused', (passphrase, why) => {
    expect(refusalOf(passphrase)).toContain(why)
    expect(strengthOf(passphrase)).toBe(0)
  })

  test('words and random strings are taken, and longer ones are stronger', () => {
    const ascending = ['blue cow', 'blue cow barn', 'blue cow barn rain', 'blue cow barn rain ladder moss']
    for (const passphrase of ascending) expect(refusalOf(passphrase)).toBeUndefined()
    const strengths = ascending.map(strengthOf)
    expect(strengths).toEqual(strengths.toSorted((a, b) => a - b))
    expect(strengths[0]).toBe(1)
    expect(strengths.at(-1)).toBe(4)
    expect(strengthOf('hT8#wQz2!kLm0pXv')).toBeGreaterThanOrEqual(3)
  })

  test('a run adds next to nothing', () => expect(strengthOf('zebra 4567890')).toBeLessThanOrEqual(strengthOf('zebra 4713926')))
})
