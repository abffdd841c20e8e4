import { describe, it } from 'vitest'
import { runCheater } from './cheater-scenario.ts'

describe('a member that cheats whenever it can', () => {
  for (const [t, n] of [
    [4, 5],
    [5, 6],
    [5, 7],
  ] as const)
    it(`${t} of ${n}: loses or doubles nothing`, () => runCheater({ t, n, duration: 90_000 }), 300_000)
})
