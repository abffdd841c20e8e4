/**
 * The tests of the table, all of it or a part that another seed chooses anew.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnyRound } from '../../core/ceremony/router.ts'
import { seededFraction, seededRandom } from '../support/index.ts'
import { type Case, casesOf, casesOfMessage, type Recordings, recordingsOf, sample, tryCase } from './cases.ts'
import type { Ceremony } from './ceremony.ts'
import { messagesOf } from './fields.ts'

/** Every so many cases the honest members go on afterwards: in the whole table, and in some of it. */
const AGAIN = { whole: 10, some: 15 }

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
      expect(await problemsOf(casesOfMessage(ceremony, message, recordings), seed, tried, AGAIN.whole)).toEqual([])
    })
  })
}

/**
 * One case of each field of each message. Ceremonies whose messages others have too take turns, two in a run, with one field in ten.
 * @param limit cases of one ceremony.
 */
export function someOfTable(ceremonies: readonly Ceremony[], seed: string, limit: number = Number.POSITIVE_INFINITY): void {
  it.each(rotation(ceremonies, seed))(`%s, some of the table by seed ${seed}`, async (name, ceremony, elsewhere) => {
    const tried: Case[] = []
    const cases = sample(casesOf(ceremony, await recordingsOf(ceremony, seed)), seed, elsewhere)
    expect(await problemsOf(cases.slice(0, limit), seed, tried, AGAIN.some)).toEqual([])
    report(name, tried, seed)
  })
}

/** Rounds in which the cheater of a ceremony says something. */
const said = ({ rounds, silentIn = [] }: Ceremony): AnyRound[] =>
  messagesOf(rounds).flatMap(({ name, round }) => (silentIn.includes(name) ? [] : [round]))

/** Ceremonies with a message that no earlier one has. */
export const novel = (ceremonies: readonly Ceremony[]): Ceremony[] =>
  ceremonies.filter((ceremony, i) => said(ceremony).some(round => !ceremonies.slice(0, i).flatMap(said).includes(round)))

const TURNS = 2

/** Who is tried, and the rounds that others try. */
function rotation(ceremonies: readonly Ceremony[], seed: string): [name: string, ceremony: Ceremony, elsewhere: ReadonlySet<AnyRound>][] {
  const first = novel(ceremonies)
  const dice = seededRandom(`rotation ${seed}`)
  const others = ceremonies.filter(other => !first.includes(other))
  const turns: Ceremony[] = []
  while (turns.length < TURNS && others.length > 0) turns.push(...others.splice(Math.floor(seededFraction(dice) * others.length), 1))
  return [...first, ...turns].map((ceremony, i, all) => [ceremony.name, ceremony, new Set(all.slice(0, i).flatMap(said))])
}

async function problemsOf(cases: readonly Case[], seed: string, tried: Case[], every: number): Promise<string[]> {
  const problems: string[] = []
  for (const which of cases) {
    problems.push(...(await tryCase(which, seed, { again: tried.length % every === every - 1 })))
    tried.push(which)
  }
  return problems
}

function report(name: string, tried: readonly Case[], seed: string): void {
  const fields = new Set(tried.map(({ message, field }) => `${message} ${field}`))
  console.info(`${name}: ${tried.length} mutations of ${fields.size} fields, seed ${seed}`)
}
