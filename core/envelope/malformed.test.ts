import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { identityOf, wire } from '../../test/support/sessions.ts'
import { type Bytes, concat, utf8 } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, HEADER_LENGTH, MAX_BODY } from './header.ts'
import { initSodium, signEnvelope } from './identity.ts'
import type { SessionEvent } from './session.ts'
import { memberFrame, relayFrame } from './wire.ts'

beforeAll(initSodium)

const decode = (bytes: Bytes): Envelope | undefined => {
  try {
    return decodeEnvelope(bytes)
  } catch (error) {
    expect(isPoolError(error, 'malformed-bytes')).toBe(true)
    return undefined
  }
}
const useful = (events: readonly SessionEvent[]): string[] =>
  events.filter(event => event.kind === 'message' || event.kind === 'established' || event.kind === 'failed').map(event => event.kind)

/** Edits of a byte string: flips, cuts, insertions. */
const mutation = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  ),
  { minLength: 1, maxLength: 3 },
)
function mutate(bytes: Bytes, edits: typeof mutation extends fc.Arbitrary<infer T> ? T : never): Bytes {
  let out: Bytes = bytes.slice()
  for (const edit of edits) {
    const at = edit.at % (out.length + 1)
    if (edit.kind === 'flip' && at < out.length) out[at] = (out[at] as number) ^ edit.bits
    if (edit.kind === 'cut') out = concat(out.subarray(0, at), out.subarray(at + edit.length))
    if (edit.kind === 'insert') out = concat(out.subarray(0, at), edit.bytes, out.subarray(at))
  }
  return out
}

describe('malformed input', () => {
  it('decodes random bytes to nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        const envelope = decode(bytes)
        if (envelope !== undefined) expect(encodeEnvelope(envelope)).toEqual(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it('decodes random frames to nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(memberFrame, relayFrame), (bytes, codec) => {
        try {
          expect((codec.encode as (value: unknown) => Bytes)(codec.decode(bytes))).toEqual(bytes)
        } catch (error) {
          expect(isPoolError(error, 'malformed-bytes')).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses an envelope that is too large, too long or too short', () => {
    const header = { kind: 'message', room: new Uint8Array(32), session: new Uint8Array(32), attempt: 0, from: 1, to: 2, sequence: 2 } as const
    const whole = encodeEnvelope(signEnvelope(identityOf(1), header, new Uint8Array(MAX_BODY)))
    expect(decode(whole)?.body.length).toBe(MAX_BODY)
    expect(decode(concat(whole, Uint8Array.of(0)))).toBeUndefined()
    expect(decode(whole.subarray(0, -1))).toBeUndefined()
    expect(decode(encodeEnvelope(signEnvelope(identityOf(1), header, new Uint8Array(MAX_BODY + 1))))).toBeUndefined()
    expect(decode(whole.subarray(0, HEADER_LENGTH))).toBeUndefined()
  })

  it('takes nothing of a mutated envelope at any stage', () => {
    // What seat 2 would receive from seat 1: hello, ready and a message, each in its place.
    const stages: { readonly honest: Envelope; readonly before: readonly Envelope[] }[] = []
    const seen: Envelope[] = []
    const wired = wire(2, 'mutation')
    wired.greet()
    wired.pass(wired.session(1).seal(2, utf8('a message')))
    for (const envelope of wired.wire.filter(({ header }) => header.to === 2)) {
      stages.push({ honest: envelope, before: [...seen] })
      seen.push(envelope)
    }
    expect(stages.map(({ honest }) => honest.header.kind)).toEqual(['hello', 'ready', 'message'])
    // The same randomness gives the same session again, so that each stage can be repeated.
    const targets = stages.map(({ before }) => {
      const session = wire(2, 'mutation').session(2)
      for (const envelope of before) session.receive(envelope)
      return session
    })
    fc.assert(
      fc.property(fc.nat({ max: stages.length - 1 }), mutation, (stage, edits) => {
        const { honest } = stages[stage] as (typeof stages)[number]
        const bytes = encodeEnvelope(honest)
        const mutated = mutate(bytes, edits)
        const envelope = decode(mutated)
        if (envelope === undefined || Buffer.from(mutated).equals(bytes)) return
        const events = (targets[stage] as (typeof targets)[number]).receive(envelope)
        expect(useful(events)).toEqual([])
        expect(events.map(event => event.kind)).toEqual(['dropped'])
      }),
      { numRuns: 600 },
    )
    // None of it did harm.
    const after = targets.map((session, stage) => session.receive((stages[stage] as (typeof stages)[number]).honest))
    expect(after.map(useful)).toEqual([[], ['established'], ['message']])
  })

  it('delivers nothing of bodies that a member itself signs at random', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('hello', 'ready', 'message'),
        fc.integer({ min: 0, max: 4 }),
        fc.uint8Array({ maxLength: 200 }),
        (kind, sequence, body) => {
          const wired = wire(2, 'random bodies')
          if (kind !== 'hello') wired.greet()
          const { room, session, attempt } = (wired.session(1).hello()[0] as Envelope).header
          const envelope = signEnvelope(identityOf(1), { kind: kind as 'hello', room, session, attempt, from: 1, to: 2, sequence }, body)
          const events = wired.session(2).receive(envelope)
          for (const event of events) {
            expect(['dropped', 'failed']).toContain(event.kind)
            if (event.kind === 'failed') expect(event.error.culprits).toEqual([{ party: 1, certainty: 'confirmed' }])
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
