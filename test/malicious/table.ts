/**
 * The tests of the table, all of it or a part that another seed chooses anew.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Case, casesOf, casesOfMessage, type Recordings, recordingsOf, sample, tryCase } from './cases.ts'
import type { Ceremony } from './ceremonies.ts'
import { messagesOf } from './fields.ts'

/** Every so many cases the honest members go on afterwards. */
const AGAIN = 5

/** Every case of these ceremonies. Prints how many that were. */
export function wholeTable(ceremonies: readonly Ceremony[], seed: string): void {
  describe.each(ceremonies.map(ceremony => [ceremony.name, ceremony] as const))('%s', (name, ceremony) => {
    let recordings: Recordings
    const tried: Case[] = []
    beforeAll(async () => {
      recordings = await recordingsOf(ceremony, seed)
    })
    afterAll(() => report(name, tried, seed))

    it.each(messagesOf(ceremony.rounds).map(message => [message.name, message] as const))('%s', async (_, message) => {
      expect(await problemsOf(casesOfMessage(ceremony, message, recordings), seed, tried)).toEqual([])
    })
  })
}

/**
 * One case of each field of each message; of messages that an earlier ceremony of the list has too, a quarter.
 * @param limit cases of one ceremony.
 */
export function someOfTable(ceremonies: readonly Ceremony[], seed: string, limit: number = Number.POSITIVE_INFINITY): void {
  it.each(ceremonies.map((ceremony, i) => [ceremony.name, ceremony, i] as const))(
    `%s, some of the table by seed ${seed}`,
    async (name, ceremony, i) => {
      const tried: Case[] = []
      const elsewhere = new Set(ceremonies.slice(0, i).flatMap(({ rounds }) => rounds))
      const cases = sample(casesOf(ceremony, await recordingsOf(ceremony, seed)), seed, elsewhere)
      expect(await problemsOf(cases.slice(0, limit), seed, tried)).toEqual([])
      report(name, tried, seed)
    },
  )
}

async function problemsOf(cases: readonly Case[], seed: string, tried: Case[]): Promise<string[]> {
  const problems: string[] = []
  for (const which of cases) {
    problems.push(...(await tryCase(which, seed, { again: tried.length % AGAIN === 0 })))
    tried.push(which)
  }
  return problems
}

function report(name: string, tried: readonly Case[], seed: string): void {
  const fields = new Set(tried.map(({ message, field }) => `${message} ${field}`))
  console.info(`${name}: ${tried.length} mutations of ${fields.size} fields, seed ${seed}`)
}
