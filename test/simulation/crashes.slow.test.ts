import { describe, it } from 'vitest'
import { MOMENTS, type Moment, runCrash } from './crash-scenario.ts'

describe('the member whose turn it is', () => {
  for (const [t, n] of [
    [3, 5],
    [5, 7],
  ] as const)
    for (const moment of Object.keys(MOMENTS) as Moment[])
      for (const how of ['dies', 'hangs'] as const)
        it(`${how} ${moment} (${t} of ${n})`, () => runCrash({ t, n, moment, how, realSigning: n < 6 }), 120_000)
})
