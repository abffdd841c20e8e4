import { describe, it } from 'vitest'
import { dieWithTuple, type TupleCase } from './crash-tuple.ts'

describe('a tuple is not used again', () => {
  it.each([
    { t: 2, n: 3, moment: 'spent', together: false },
    { t: 2, n: 3, moment: 'O1', together: true },
  ] satisfies TupleCase[])('after a crash of a signer of $t of $n ($moment, together: $together)', dieWithTuple)
})
