import { describe, expect, test } from 'vitest'
import { chainName, count, countdown, counted, duration, explorerLink, shortHex, wei } from './format.ts'

describe('as people read it', () => {
  test('durations', () => {
    expect([0, 850, 2_400, 59_940, 65_000, 185_000, 3_600_000, 9_000_000].map(duration)).toEqual([
      '0 ms',
      '850 ms',
      '2.4 s',
      '59.9 s',
      '1 min 05 s',
      '3 min 05 s',
      '1 h 0 min',
      '2 h 30 min',
    ])
  })

  test('countdowns do not pass zero and count whole seconds', () => {
    expect([-5, 0, 1, 1_000, 1_001, 59_999, 60_000].map(countdown)).toEqual(['0 s', '0 s', '1 s', '1 s', '2 s', '60 s', '1 min 00 s'])
  })

  test('wei', () => {
    expect([undefined, 0n, 7n, 1_500_000_000n, 41_500_000_000_000n, 1_532_000_000_000_000n, 10n ** 18n].map(wei)).toEqual([
      '–',
      '0 ETH',
      '7 wei',
      '1.5 gwei',
      '0.0000415 ETH',
      '0.00153 ETH',
      '1 ETH',
    ])
  })

  test('counts', () => {
    expect([count(undefined), count(0), count(1_820_411)]).toEqual(['–', '0', '1,820,411'])
    expect([counted(1, 'cheater'), counted(2, 'cheater')]).toEqual(['1 cheater', '2 cheaters'])
  })

  test('hashes and chains', () => {
    expect(shortHex(`0x${'ab'.repeat(32)}`)).toBe('0xabab…abab')
    expect([chainName(undefined), chainName(31_337), chainName(999)]).toEqual(['–', 'local development chain (31337)', 'chain 999'])
    expect(explorerLink(31_337, 'tx', '0xab')).toBeUndefined()
    expect(explorerLink(11_155_111, 'tx', '0xab')).toBe('https://sepolia.etherscan.io/tx/0xab')
    // what the relay calls a hash stays one segment of the explorer's address
    expect(explorerLink(1, 'tx', '../../x?y#z')).toBe('https://etherscan.io/tx/..%2F..%2Fx%3Fy%23z')
  })
})
