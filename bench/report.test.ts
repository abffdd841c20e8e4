import { describe, expect, it } from 'vitest'
import { digits, json, type Report, type Result, table } from './report.ts'

const result = (name: string, value: number, ...controls: Result['controls']): Result => ({ name, unit: 'ms', value, controls })

describe('the report of a bench', () => {
  it('has the shape that programs read, in one line', () => {
    const report: Report = {
      machine: { cpu: 'a processor', cores: 2, platform: 'node v20', load: 0.5, kernel: 'wasm' },
      results: [result('dkg/2-of-3/cpu-per-party', 50, { name: 'reference twin', value: 1400, ratio: 28 })],
    }
    const line = json(report)
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toEqual({
      machine: { cpu: 'a processor', cores: 2, platform: 'node v20', load: 0.5, kernel: 'wasm' },
      results: [{ name: 'dkg/2-of-3/cpu-per-party', unit: 'ms', value: 50, controls: [{ name: 'reference twin', value: 1400, ratio: 28 }] }],
    })
  })

  it('says of a bound and of a ratio whether it is reached', () => {
    const lines = (...results: Result[]): string[] => table(results).split('\n').slice(2)
    expect(lines(result('sign/2-signers/online', 0.9))[0]).toContain('reached')
    expect(lines(result('sign/2-signers/online', 1.1))[0]).toContain('missed')
    // One of two is enough here.
    const fast = { name: '@silencelaboratories/some-package 1.0', value: 1.5, ratio: 1.2 }
    expect(lines(result('sign/2-signers/online', 1.1, fast))[0]).toContain('reached')
    const silence = (ratio: number) => ({ name: '@silencelaboratories/some-package 1.0', value: 1, ratio })
    expect(lines(result('dkg/2-of-3/cpu-per-party', 50, silence(12)))[0]).toContain('reached')
    expect(lines(result('dkg/2-of-3/cpu-per-party', 50, silence(11.9)))[0]).toContain('missed')
    // Without the control nothing is known.
    expect(lines(result('dkg/2-of-3/cpu-per-party', 50))[0]).not.toMatch(/reached|missed/)
  })

  it('gives each control a line', () => {
    const text = table([result('kernel/verify-signature', 120, { name: 'one', value: 1200, ratio: 10 }, { name: 'two', value: 60, ratio: 0.5 })])
    expect(text).toContain('1,200 ms')
    expect(text).toContain('10x')
    expect(text.split('\n').at(-1)).toMatch(/^ +two +60 ms +0\.5x$/)
  })

  it('writes numbers short', () => {
    expect([0.123456, 12.345, 123.456, 76_386, 1234.5].map(digits)).toEqual(['0.123', '12.3', '123', '76,386', '1,235'])
  })
})
