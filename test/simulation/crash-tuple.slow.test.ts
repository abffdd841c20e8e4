import { describe, it } from 'vitest'
import { dieWithTuple, type TupleCase } from './crash-tuple.ts'

const cases: TupleCase[] = [
  [2, 3],
  [3, 4],
].flatMap(([t, n]) =>
  (['spent', 'O1', 'O2'] as const).flatMap(moment => [true, false].map(together => ({ t: t as number, n: n as number, moment, together }))),
)

describe('a tuple is not used again', () => {
  it.each(cases)('after a crash of a signer of $t of $n ($moment, together: $together)', dieWithTuple, 120_000)
})
