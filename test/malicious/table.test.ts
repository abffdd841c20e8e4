import { describe, expect, it } from 'vitest'
import { BROADCAST, frameCodec } from '../../core/ceremony/frame.ts'
import type { AnyRound } from '../../core/ceremony/router.ts'
import { fixed, list, struct } from '../../core/codec.ts'
import { OPERATIONS } from '../../core/threshold/config.ts'
import { type KeyShare, keygen, sign } from '../../core/threshold/index.ts'
import * as rounds from '../../core/threshold/rounds.ts'
import { flip, memoryNetwork, signRequest, valuesOf } from '../support/index.ts'
import { messageRow, rowOf } from './cases.ts'
import { CEREMONIES } from './ceremonies.ts'
import { type Ceremony, recorded } from './ceremony.ts'
import { fieldsOf, messagesOf, unnamedParts } from './fields.ts'
import { fits, injustice, maliciousMember, type Result } from './harness.ts'
import { wipeAll } from './keys.ts'
import { SEED } from './seed.ts'
import { novel, someOfTable } from './table.ts'
import { named, nobody } from './verdicts.ts'

// the reference engine is slow, and the verdicts do not depend on the engine: with it only some signatures of two are tried
const reference = process.env.SEQUORUM_KERNEL === 'reference'

const { R3 } = rounds

const isRound = (value: unknown): value is AnyRound => typeof value === 'object' && value !== null && 'id' in value && 'name' in value

describe('the table', () => {
  it('has every operation and every round that there is', () => {
    expect(new Set(CEREMONIES.map(({ operation }) => operation))).toEqual(new Set(Object.keys(OPERATIONS)))
    const played = new Set(CEREMONIES.flatMap(ceremony => ceremony.rounds))
    const known = Object.entries(rounds).filter(([, value]) => isRound(value))
    expect(known.length).toBeGreaterThan(8)
    expect(known.filter(([, round]) => !played.has(round as AnyRound)).map(([name]) => name)).toEqual([])
  })

  it.each(CEREMONIES.map(ceremony => [ceremony.name, ceremony] as const))('has a row for every field of %s, and no others', (_, ceremony) => {
    const messages = messagesOf(ceremony.rounds)
    const silent = (name: string): boolean => ceremony.silentIn?.includes(name) === true
    // what the cheater of this one does not send, another one does
    const elsewhere = CEREMONIES.filter(other => other.rounds === ceremony.rounds)
    expect(messages.filter(({ name }) => elsewhere.every(other => other.silentIn?.includes(name) === true))).toEqual([])
    expect(Object.keys(ceremony.table).filter(name => !silent(name))).toEqual(messages.map(({ name }) => name).filter(name => !silent(name)))
    for (const message of messages) {
      if (silent(message.name)) continue
      const fields = fieldsOf(message)
      const header = fields.filter(({ name }) => name.startsWith('header.')).map(({ name }) => name)
      expect(header).toEqual(['header.version', 'header.round', 'header.kind', 'header.echo'])
      const own = fields.filter(({ name }) => name !== 'body' && !name.startsWith('header.'))
      expect(Object.keys(ceremony.table[message.name]?.fields ?? {})).toEqual(own.map(({ name }) => name))
      for (const field of own) expect(rowOf(ceremony, field).wrong.length).toBeGreaterThan(0)
    }
  })

  it.skipIf(reference).each(novel(CEREMONIES).map(ceremony => [ceremony.name, ceremony] as const))(
    'knows what is in the long fields of %s',
    async (_, ceremony) => {
      const messages = messagesOf(ceremony.rounds)
      const seen = new Set<string>()
      for (const [address, frame] of await recorded(ceremony, SEED, 'this')) {
        const from = Number(address.split(' ')[2])
        const { round, kind } = frameCodec.decode(frame)
        const message = messages.find(other => other.round.id === round && other.kind === kind)
        if (message === undefined) throw new Error(`nobody expects round ${round}`)
        if (from === ceremony.cheater) seen.add(message.name)
        expect(unnamedParts(message, frame)).toEqual([])
        // the fields cover every byte of a frame
        const covered = new Uint8Array(frame.length)
        for (const { name, locate } of fieldsOf(message)) if (name !== 'body') covered.fill(1, ...(locate(frame) ?? [0, 0]))
        expect(covered.includes(0)).toBe(false)
      }
      const said = messages.map(({ name }) => name).filter(name => ceremony.silentIn?.includes(name) !== true)
      expect([...seen].sort()).toEqual(said.sort())
    },
  )

  it('misses the row of a new field and of a new message', () => {
    const [ceremony] = CEREMONIES as [Ceremony]
    const broadcast = struct({ nonce: fixed(32), commitment: fixed(32), parts: list(struct({ more: fixed(8) }), 4) })
    const fields = fieldsOf({ name: 'R1 broadcast', round: { ...rounds.R1, broadcast }, kind: BROADCAST })
    const names = fields.map(({ name }) => name).filter(name => !name.startsWith('header.'))
    expect(names).toEqual(['body', 'nonce', 'commitment', 'parts', 'parts.count', 'parts.first.more', 'parts.last.more'])
    const missing = fields.filter(({ name }) => name.startsWith('parts'))
    for (const field of missing) expect(() => rowOf(ceremony, field)).toThrow(`no row for the field R1 broadcast ${field.name}`)
    const message = { name: 'R6 broadcast', round: { ...rounds.R1, id: 6, name: 'R6' }, kind: BROADCAST } as const
    expect(() => messageRow(ceremony, message)).toThrow('no row for the message R6 broadcast')
  })

  it('tells a wrong verdict and an unjust one', () => {
    const who = { self: 2, cheater: 1, victim: 2, seats: [1, 2, 3] }
    const blames = (party: number): Result => ({
      code: 'bad-share',
      culprits: [{ party, certainty: 'confirmed' }],
      signatureMayExist: false,
      burned: [],
    })
    expect(fits(named('bad-share'), blames(1), who)).toBe(true)
    expect(fits(named('bad-share'), blames(3), who)).toBe(false)
    expect(fits(named('bad-proof'), blames(1), who)).toBe(false)
    expect(fits(nobody('bad-share'), blames(1), who)).toBe(false)
    expect(fits(named('bad-share'), { ...blames(1), burned: [1] }, who)).toBe(false)
    expect(injustice(blames(1), 1)).toEqual([])
    expect(injustice({ ...blames(3), burned: [3] }, 1)).toEqual(['blames honest 3', 'burned honest 3'])
    expect(injustice({ ...blames(3), culprits: [{ party: 3, certainty: 'suspected' }] }, 1)).toEqual(['suspects honest 3 by bad-share'])
  })
})

describe('nothing a cheater can do', () => {
  someOfTable(
    CEREMONIES.filter(({ name }) => !reference || name === 'signature of 2'),
    SEED,
    reference ? 6 : undefined,
  )
})

// key generation of three with the reference engine takes seconds
describe.skipIf(reference)('what key generation cannot notice', () => {
  it('a wrong half of a zero seed: the first signature of three says so, and names nobody for sure', async () => {
    const seats = [1, 2, 3]
    const scene = maliciousMember(seats, 1, {
      instead: ({ to, round, bytes }) => {
        if (round !== R3.id || to !== 2) return undefined
        const frame = frameCodec.decode(bytes)
        const body = R3.direct?.decode(frame.body)
        if (body === undefined) throw new Error('no such message')
        return [{ bytes: frameCodec.encode({ ...frame, body: R3.direct?.encode({ ...body, zeroSeed: flip(body.zeroSeed) }) ?? frame.body }) }]
      },
    })
    const shares = valuesOf(await scene.network.run((_, seat) => keygen(scene.context(seat), { threshold: 3 })))
    expect(scene.changed()).toBe(1)
    const request = signRequest()
    const outcomes = await memoryNetwork(seats, { seed: SEED }).run((ctx, seat) =>
      sign(ctx, shares.get(seat) as KeyShare, { request, quorum: seats }),
    )
    for (const [seat, { error }] of outcomes) {
      expect(error?.code).toBe('pk-sum')
      expect(error?.culprits).toEqual(seats.filter(other => other !== seat).map(party => ({ party, certainty: 'suspected' })))
    }
    wipeAll(shares.values())
  })
})
