import { describe, it } from 'vitest'
import { type CrashCase, MOMENTS, type Moment, runCrash } from './crash-scenario.ts'

const cases: CrashCase[] = [
  ...(Object.keys(MOMENTS) as Moment[]).map(moment => ({ t: 2, n: 3, realSigning: true, moment, how: 'dies' as const })),
  { t: 2, n: 3, realSigning: true, moment: 'in the middle of the ceremony', how: 'hangs' },
  { t: 4, n: 5, realSigning: false, moment: 'in the middle of the ceremony', how: 'hangs' },
  { t: 3, n: 5, realSigning: false, moment: 'in the middle of the ceremony', how: 'dies' },
]

describe('the member whose turn it is', () => {
  for (const item of cases) it(`${item.how} ${item.moment} (${item.t} of ${item.n})`, () => runCrash(item))
})
