/**
 * The table: every field of every message × every mutation × every ceremony, with the verdict that each must have.
 * @module
 */
import { blake3 } from '@noble/hashes/blake3.js'
import { type Bytes, concat, equal, hex, type Random } from '../../core/bytes.ts'
import { BROADCAST } from '../../core/ceremony/frame.ts'
import type { AnyRound } from '../../core/ceremony/router.ts'
import { seededFraction, seededRandom } from '../support/index.ts'
import { addressOf, type Ceremony, recorded } from './ceremony.ts'
import { type Field, fieldsOf, type MessageKind, messagesOf, type Span } from './fields.ts'
import { fits, injustice, type Plan, show, showVerdict } from './harness.ts'
import { type Elsewhere, HEADER_VALUES, isValid, MESSAGE_MUTATIONS, mutationsFor, type Parcel } from './mutations.ts'
import { either, type MessageRow, named, none, type Row, type Verdict } from './verdicts.ts'

/** Told to everybody, or to the victim only. */
type Audience = 'all' | 'one'

/** One cheat. */
export interface Case {
  readonly ceremony: Ceremony
  readonly round: AnyRound
  /** "R2 broadcast". */
  readonly message: string
  /** Field, or "message" for what is done to the message as a whole. */
  readonly field: string
  readonly mutation: string
  readonly audience: Audience
  readonly plan: Plan
  /** For who is told. */
  readonly told: Verdict
  /** For a third member when only the victim is told. */
  readonly third: Verdict
}

export const titleOf = ({ ceremony, message, field, mutation, audience }: Case): string =>
  `${ceremony.name}: ${message}, ${field}: ${mutation}${ceremony.seats.length > 2 ? `, to ${audience}` : ''}`

/** Honest runs whose values a cheater can use. */
export interface Recordings {
  readonly seed: string
  readonly this: ReadonlyMap<string, Bytes>
  readonly session: ReadonlyMap<string, Bytes>
  readonly epoch: ReadonlyMap<string, Bytes>
}

export async function recordingsOf(ceremony: Ceremony, seed: string): Promise<Recordings> {
  return {
    seed,
    this: await recorded(ceremony, seed, 'this'),
    session: await recorded(ceremony, seed, 'session'),
    epoch: await recorded(ceremony, seed, 'epoch'),
  }
}

/** The row of a message. A message or field without one fails the tests. */
export function messageRow(ceremony: Ceremony, message: MessageKind): MessageRow {
  const found = ceremony.table[message.name]
  if (found === undefined) throw new Error(`${ceremony.name}: no row for the message ${message.name}`)
  return found
}

/** The row of a field; header fields have computed verdicts. */
export function rowOf(ceremony: Ceremony, { name, message }: Field): Row {
  const row = messageRow(ceremony, message)
  if (name === 'header.echo') return { wrong: row.echo }
  if (name === 'body') return row.body
  const found = row.fields[name]
  if (found === undefined) throw new Error(`${ceremony.name}: no row for the field ${message.name} ${name}`)
  return found
}

/** All cases of a ceremony. */
export const casesOf = (ceremony: Ceremony, recordings: Recordings): Case[] =>
  messagesOf(ceremony.rounds).flatMap(message => casesOfMessage(ceremony, message, recordings))

export function casesOfMessage(ceremony: Ceremony, message: MessageKind, recordings: Recordings): Case[] {
  if (ceremony.silentIn?.includes(message.name) === true) return []
  const audiences: readonly Audience[] = ceremony.seats.length > 2 && message.kind === BROADCAST ? ['all', 'one'] : ['one']
  return audiences.flatMap(audience => {
    const groups = [
      ...fieldsOf(message).map(field => casesOfField(ceremony, field, audience, recordings)),
      casesOfWhole(ceremony, message, audience, recordings),
    ]
    const dice = seededRandom(`thin ${recordings.seed} ${message.name} ${audience}`)
    return groups.flatMap(cases => (ceremony.thin === true ? chosen(cases, THIN, dice) : cases))
  })
}

/** Mutations of a field that a thin ceremony tries. */
const THIN = 2

/** So many of a list, by chance. */
function chosen<T>(from: readonly T[], count: number, dice: Random): T[] {
  const left = [...from]
  const out: T[] = []
  while (out.length < count && left.length > 0) out.push(...left.splice(Math.floor(seededFraction(dice) * left.length), 1))
  return out
}

interface Place {
  readonly ceremony: Ceremony
  readonly message: MessageKind
  readonly audience: Audience
}

/** Who gets the changed message. */
const receivers = ({ ceremony, audience }: Place): readonly number[] =>
  audience === 'one' ? [ceremony.victim] : ceremony.seats.filter(seat => seat !== ceremony.cheater)

const frameOf = ({ ceremony, message }: Pick<Place, 'ceremony' | 'message'>, from: ReadonlyMap<string, Bytes>, to = ceremony.victim): Bytes => {
  const frame = from.get(addressOf(message.round.id, message.kind, ceremony.cheater, to))
  if (frame === undefined) throw new Error(`${ceremony.name}: nobody sends ${message.name}`)
  return frame
}

/** Frames at the same place elsewhere. */
function elsewhereOf(place: Place, recordings: Recordings): Elsewhere {
  const { ceremony, message, audience } = place
  const { seats, cheater, victim } = ceremony
  const third = seats.find(seat => seat !== cheater && seat !== victim)
  const other = audience === 'all' || third === undefined ? victim : third
  return {
    session: frameOf(place, recordings.session),
    epoch: frameOf(place, recordings.epoch),
    party: recordings.this.get(addressOf(message.round.id, message.kind, other, other === victim ? cheater : victim)),
  }
}

const replaced = (frame: Bytes, [start, end]: Span, value: Bytes): Bytes => concat(frame.subarray(0, start), value, frame.subarray(end))

/** Replaces the message for its receivers. */
function planOf(place: Place, recordings: Recordings, deliver: (frame: Bytes) => readonly Parcel[]): Plan {
  const to = receivers(place)
  const parcels = new Map(to.map(seat => [seat, deliver(frameOf(place, recordings.this, seat))]))
  return {
    instead: sending => {
      if (sending.round !== place.message.round.id || sending.kind !== place.message.kind) return undefined
      if (parcels.has(sending.to) && !equal(sending.bytes, frameOf(place, recordings.this, sending.to)))
        throw new Error('the run differs from its recording')
      return parcels.get(sending.to)
    },
  }
}

function casesOfField(ceremony: Ceremony, field: Field, audience: Audience, recordings: Recordings): Case[] {
  const { message } = field
  const place: Place = { ceremony, message, audience }
  const about = messageRow(ceremony, message)
  const frame = frameOf(place, recordings.this)
  const span = field.locate(frame)
  if (span === undefined) return []
  const base = { ceremony, round: message.round, message: message.name, field: field.name, audience }
  if (field.meaning === 'header')
    return headerBytes(field, ceremony, frame[span[0]] as number).map(byte => ({
      ...base,
      mutation: String(byte),
      plan: planOf(place, recordings, bytes => [{ bytes: replaced(bytes, span, Uint8Array.of(byte)) }]),
      ...misplaced(field, byte, place, about),
    }))
  const value = frame.subarray(...span)
  const others = elsewhereOf(place, recordings)
  const at = (bytes: Bytes | undefined): Bytes | undefined => {
    const where = bytes === undefined ? undefined : field.locate(bytes)
    return where === undefined ? undefined : bytes?.subarray(...where)
  }
  const elsewhere: Elsewhere = { session: at(others.session), party: at(others.party), epoch: at(others.epoch) }
  const row = rowOf(ceremony, field)
  const tried = new Set([digest(value)])
  return mutationsFor(field.meaning).flatMap(({ name, change }) => {
    const other = change(value, elsewhere, seededRandom(`${recordings.seed} ${message.name} ${field.name} ${name}`))
    if (other === undefined || tried.has(digest(other))) return []
    tried.add(digest(other))
    const valid = isValid(field.meaning, other)
    const told = valid ? row.wrong : (row.invalid ?? row.wrong)
    return {
      ...base,
      mutation: name,
      plan: planOf(place, recordings, bytes => [{ bytes: replaced(bytes, span, other) }]),
      told,
      third: valid || row.invalid === undefined ? (row.third ?? about.bereft) : about.bereft,
    }
  })
}

const digest = (bytes: Bytes): string => hex(blake3(bytes))

const headerBytes = ({ name }: Field, ceremony: Ceremony, own: number): number[] => {
  const values =
    name === 'header.version' ? HEADER_VALUES.version : name === 'header.kind' ? HEADER_VALUES.kind : HEADER_VALUES.round(ceremony.rounds)
  return [...new Set(values)].filter(value => value !== own)
}

/** A frame that says it is something else: dropped when nobody expects that, otherwise the second frame of its slot sooner or later. */
function misplaced({ name, message }: Field, byte: number, { ceremony }: Place, about: MessageRow): Pick<Case, 'told' | 'third'> {
  const dropped = { told: about.absent, third: about.bereft }
  const messages = messagesOf(ceremony.rounds).filter(other => ceremony.silentIn?.includes(other.name) !== true)
  if (name === 'header.kind') {
    if (!messages.some(({ round, kind }) => round === message.round && kind === byte)) return dropped
    const { told, third } = contradicted(about)
    return { told: either(told, named('malformed-round')), third }
  }
  const claimed = messages.find(({ round, kind }) => name === 'header.round' && round.id === byte && kind === message.kind)
  // what it claims to be was sent before, or will be: the cheater still gets to the next step
  return claimed !== undefined && stepOf(ceremony, claimed) <= stepOf(ceremony, message) + 1 ? contradicted(about) : dropped
}

/** Number of the step in which a message is sent; some rounds are sent together. */
const stepOf = ({ rounds, table }: Ceremony, { round }: MessageKind): number => {
  const before = rounds.slice(0, rounds.indexOf(round) + 1)
  return before.filter(other => messagesOf([other]).every(({ name }) => table[name]?.together !== true)).length
}

const contradicted = (about: MessageRow): Pick<Case, 'told' | 'third'> => ({
  told: named('equivocation'),
  third: either(about.bereft, [{ code: 'certificates-missing', blame: 'victim' }], [{ code: 'deadline', blame: 'victim' }], none),
})

function casesOfWhole(ceremony: Ceremony, message: MessageKind, audience: Audience, recordings: Recordings): Case[] {
  const place: Place = { ceremony, message, audience }
  const about = messageRow(ceremony, message)
  const base = { ceremony, round: message.round, message: message.name, field: 'message', audience }
  const verdicts = {
    malformed: { told: named('malformed-round'), third: about.bereft },
    absent: { told: about.absent, third: about.bereft },
    unnoticed: { told: none, third: none },
    contradiction: { ...contradicted(about), told: about.last === true ? either(named('equivocation'), none) : named('equivocation') },
  }
  const others = elsewhereOf(place, recordings)
  return [
    ...MESSAGE_MUTATIONS.map(({ name, verdict, deliver, early }): Case => {
      const random = seededRandom(`${recordings.seed} ${message.name} ${name}`)
      const plan = planOf(place, recordings, frame => deliver(frame, random))
      return {
        ...base,
        mutation: name,
        plan: early === true ? { early: receivers(place).map(to => ({ to, bytes: frameOf(place, recordings.this, to) })) } : plan,
        ...verdicts[verdict],
      }
    }),
    ...(['session', 'epoch'] as const).flatMap((where): Case[] => {
      const frame = others[where]
      if (frame === undefined) return []
      return [
        {
          ...base,
          mutation: `of another ${where}`,
          plan: planOf(place, recordings, () => [{ bytes: frame }]),
          told: about.echo,
          third: about.bereft,
        },
        {
          ...base,
          mutation: `of another ${where} before all others`,
          plan: { early: receivers(place).map(to => ({ to, bytes: frame })) },
          told: either(named('equivocation'), about.echo),
          third: either(contradicted(about).third, about.echo),
        },
      ]
    }),
  ]
}

/** Runs a case; what is wrong with how it ended. */
export async function tryCase(which: Case, seed: string, more: { again?: boolean } = {}): Promise<string[]> {
  const { ceremony, plan, audience, told, third } = which
  const { cheater, victim, seats } = ceremony
  const played = await ceremony.play(plan, seed)
  try {
    const problems: string[] = played.scene.changed() === 0 ? ['nothing was changed'] : []
    for (const [self, result] of played.results) {
      const verdict = audience === 'all' || self === victim ? told : third
      if (!fits(verdict, result, { self, cheater, victim, seats })) problems.push(`${self}: ${show(result)}; expected ${showVerdict(verdict)}`)
      problems.push(...injustice(result, cheater).map(what => `${self} ${what}`))
    }
    problems.push(...(await played.verify()))
    if (more.again === true) problems.push(...(await played.again()).map(what => `afterwards ${what}`))
    return problems.map(problem => `${titleOf(which)}: ${problem}`)
  } finally {
    played.end()
  }
}

/**
 * One case of each field, and one of each message as a whole, chosen by the seed; of those in `elsewhere`, which another ceremony tries, one in ten.
 */
export function sample(cases: readonly Case[], seed: string, elsewhere: ReadonlySet<AnyRound> = new Set()): Case[] {
  const dice = seededRandom(`sample ${seed}`)
  const groups = new Map<string, Case[]>()
  for (const which of cases) {
    const key = `${which.message} ${which.field}`
    groups.set(key, [...(groups.get(key) ?? []), which])
  }
  return [...groups.values()].flatMap(group => {
    const which = group[Math.floor(seededFraction(dice) * group.length)] as Case
    return elsewhere.has(which.round) && seededFraction(dice) >= 0.1 ? [] : [which]
  })
}
