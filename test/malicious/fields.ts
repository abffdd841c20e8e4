/**
 * Every field of every message of a protocol, found by asking the codecs of its rounds: a new round or field shows up here by itself, and then needs a row
 * in the table of verdicts.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import { BROADCAST, DIRECT, type FrameKind, frameCodec } from '../../core/ceremony/frame.ts'
import type { AnyRound } from '../../core/ceremony/router.ts'
import { type Codec, Reader, u32 } from '../../core/codec.ts'
import { LENGTHS, SHAPE } from '../../core/kernel/shape.ts'

// biome-ignore lint/suspicious/noExplicitAny: codecs of different messages
type AnyCodec = Codec<any>

/** One kind of message of one round. */
export interface MessageKind {
  /** "R1 broadcast". */
  readonly name: string
  readonly round: AnyRound
  readonly kind: FrameKind
}

/** A run of bytes inside the frames of one kind of message. */
export interface Field {
  /** Within its message: "header.echo", "coefficients.first", "body". */
  readonly name: string
  readonly message: MessageKind
  /** What its bytes are: scalar, point, hash, nonce, signature, count, list, header, body; "bytes" when the codec does not say. */
  readonly meaning: string
  /** Where it is in a frame; undefined when this frame has none (the last item of a list of one). */
  locate(frame: Bytes): Span | undefined
}

export type Span = readonly [start: number, end: number]

interface Part {
  readonly name: string
  readonly length: number
  readonly meaning: string
}

const part = (name: string, length: number, meaning = 'bytes'): Part => ({ name, length, meaning })
const { point, scalar } = LENGTHS
const tree = (which: string): Part[] => [
  part(`${which}.corrections`, (SHAPE.depth - 1) * 2 * SHAPE.seedBytes),
  part(`${which}.sum`, 32, 'hash'),
  part(`${which}.check`, 32, 'hash'),
]
const bytesOf = (parts: readonly Part[]): number => parts.reduce((sum, { length }) => sum + length, 0)
/** Fills what the named parts leave of a message in its middle. */
const around = (length: number, first: Part[], last: Part[], middle = 'middle'): Part[] => [
  ...first,
  part(middle, length - bytesOf(first) - bytesOf(last)),
  ...last,
]

/** The messages of the kernel, which its codecs carry as one run of bytes (core/kernel/shape.ts says what is in them). */
const INSIDE: Readonly<Record<string, readonly Part[]>> = {
  baseOt: around(LENGTHS.baseOt, [part('first', point, 'point')], [part('last', point, 'point')]),
  trees: around(LENGTHS.trees, tree('first'), tree('last')),
  extension: [part('nonce', 32, 'nonce'), part('u', SHAPE.trees * SHAPE.rowBytes), part('xHat', 16), part('check', 32, 'hash')],
  multiplication: [
    part('nonce', 32, 'nonce'),
    ...around(SHAPE.transfers * SHAPE.columns * 32, [part('q.first', scalar, 'scalar')], [part('q.last', scalar, 'scalar')], 'q.middle'),
    part('check', 32, 'hash'),
    part('v', scalar, 'scalar'),
  ],
}

/** A field with more bytes than this has parts. */
const LONGEST = 64

interface Named {
  readonly name: string
  readonly meaning: string
}

const last = (path: string): string => path.slice(path.lastIndexOf('.') + 1)
const within = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** Names of all fields of a codec. */
function namesOf(codec: AnyCodec, path: string): Named[] {
  const { parts, item, meaning = 'bytes' } = codec.anatomy ?? {}
  if (parts !== undefined) return Object.entries(parts).flatMap(([name, inner]) => namesOf(inner, within(path, name)))
  if (item !== undefined)
    return [
      { name: path, meaning: 'list' },
      { name: within(path, 'count'), meaning: 'count' },
      ...namesOf(item, within(path, 'first')),
      ...namesOf(item, within(path, 'last')),
    ]
  return INSIDE[last(path)]?.map(inner => ({ name: within(path, inner.name), meaning: inner.meaning })) ?? [{ name: path, meaning }]
}

/** Spans of all fields of one encoded value. */
function spansOf(codec: AnyCodec, path: string, reader: Reader, total: number, out: Map<string, Span>): void {
  const { parts, item } = codec.anatomy ?? {}
  const at = (): number => total - reader.remaining
  const start = at()
  if (parts !== undefined) {
    for (const [name, inner] of Object.entries(parts)) spansOf(inner, within(path, name), reader, total, out)
  } else if (item !== undefined) {
    const count = u32.read(reader)
    out.set(within(path, 'count'), [start, at()])
    for (let i = 0; i < count; i++) {
      if (i === 0) spansOf(item, within(path, 'first'), reader, total, out)
      else if (i === count - 1) spansOf(item, within(path, 'last'), reader, total, out)
      else item.read(reader)
    }
    out.set(path, [start, at()])
  } else {
    codec.read(reader)
    const inside = INSIDE[last(path)]
    let from = start
    for (const inner of inside ?? []) {
      out.set(within(path, inner.name), [from, from + inner.length])
      from += inner.length
    }
    if (inside === undefined) out.set(path, [start, at()])
    else if (from !== at()) throw new Error(`the parts of ${path} have ${from - start} bytes, the field ${at() - start}`)
  }
}

/** Spans of the fields of one encoded value that begins at `at`. */
export function locateAll(codec: AnyCodec, bytes: Bytes, at = 0): Map<string, Span> {
  const out = new Map<string, Span>()
  const reader = new Reader(bytes)
  reader.take(at)
  spansOf(codec, '', reader, bytes.length, out)
  return out
}

/** Messages of a protocol, in the order of its rounds. */
export const messagesOf = (rounds: readonly AnyRound[]): MessageKind[] =>
  rounds.flatMap(round => [
    ...(round.broadcast === undefined ? [] : [{ name: `${round.name} broadcast`, round, kind: BROADCAST } as const]),
    ...(round.direct === undefined ? [] : [{ name: `${round.name} direct`, round, kind: DIRECT } as const]),
  ])

/** Header fields, the body as a whole, and every field inside it. */
export function fieldsOf(message: MessageKind): Field[] {
  const codec = (message.kind === BROADCAST ? message.round.broadcast : message.round.direct) as AnyCodec
  const header = Object.keys(frameCodec.anatomy?.parts ?? {}).filter(name => name !== 'body')
  const spans = (frame: Bytes): Map<string, Span> => {
    const out = new Map<string, Span>()
    const reader = new Reader(frame)
    for (const name of header) spansOf(frameCodec.anatomy?.parts?.[name] as AnyCodec, `header.${name}`, reader, frame.length, out)
    out.set('body', [frame.length - reader.remaining, frame.length])
    spansOf(codec, '', reader, frame.length, out)
    return out
  }
  return [
    ...header.map(name => ({ name: `header.${name}`, meaning: name === 'echo' ? 'echo' : 'header' })),
    { name: 'body', meaning: 'body' },
    ...namesOf(codec, ''),
  ].map(({ name, meaning }) => ({ name, meaning, message, locate: frame => spans(frame).get(name) }))
}

/** Long fields of a frame whose parts nobody has named yet. A test wants none. */
export const unnamedParts = (message: MessageKind, frame: Bytes): string[] =>
  fieldsOf(message).flatMap(({ name, meaning, locate }) => {
    const [start, end] = locate(frame) ?? [0, 0]
    const known = Object.keys(INSIDE).some(field => name.includes(`${field}.`))
    return meaning === 'bytes' && !known && end - start > LONGEST ? [`${message.name} ${name}`] : []
  })
