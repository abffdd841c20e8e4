import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bytes, bytesToBigint, equal, fromHex, hex } from '../../core/bytes.ts'
import { frameCodec } from '../../core/ceremony/frame.ts'
import { type KernelName, LENGTHS } from '../../core/kernel/index.ts'
import { drawFrom } from '../../core/kernel/reference/stream.ts'
import { twin } from '../../core/kernel/reference/twin.ts'
import { decodeShare, type KeyShare, keygen, sign } from '../../core/threshold/index.ts'
import { secretsOf } from '../../core/threshold/share.ts'
import { seededRandom, signRequest } from '../support/index.ts'
import { reveal, revealPair, revealShare } from '../support/reveal.ts'
import { scan } from './support/memory-scan.ts'
import {
  contextOver,
  type FromSubject,
  Pipe,
  planted,
  QUORUM,
  SEAL_KEY,
  SEATS,
  SUBJECT,
  subjectRandom,
  type ToSubject,
} from './support/memory-subject.ts'
import { createFinder, forms, type Needle } from './support/secrets.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill('SIGCONT')
    child.kill('SIGKILL')
  }
})

/** Size of the module's memory; no other mapping of Node has it. */
const MODULE_MEMORY = 64 * 1024 * 1024

/** A scalar in the limbs that field and scalar arithmetic use, as 32-bit and as 64-bit words, and halves of it that a register spill could leave. */
function limbs(name: string, value: Bytes): Needle[] {
  const scalar = bytesToBigint(value)
  const found: Needle[] = []
  for (const [bits, count] of [
    [29, 9],
    [26, 10],
    [52, 5],
    [32, 8],
    [64, 4],
  ] as const) {
    const words = Array.from({ length: count }, (_, i) => (scalar >> BigInt(bits * i)) & ((1n << BigInt(bits)) - 1n))
    for (const width of bits > 32 ? ([8] as const) : ([4, 8] as const))
      for (const order of ['up', 'down'] as const) {
        const bytes = Buffer.alloc(count * width)
        for (const [i, word] of (order === 'up' ? words : [...words].reverse()).entries())
          if (width === 8) bytes.writeBigUInt64LE(word, 8 * i)
          else bytes.writeUInt32LE(Number(word), 4 * i)
        found.push({ name: `${name}, ${count} limbs of ${bits} bits in ${8 * width}, ${order}`, bytes })
      }
  }
  const raw = Buffer.from(value)
  for (const [order, bytes] of [
    ['', raw],
    [' reversed', Buffer.from(raw).reverse()],
  ] as const)
    found.push(
      { name: `${name}, first half${order}`, bytes: bytes.subarray(0, 16) },
      { name: `${name}, second half${order}`, bytes: bytes.subarray(16) },
    )
  return found
}

/** Runs key generation and a signature with the subject in its own process, and gives what only it may know. */
async function subjectAfterSigning(engine: KernelName) {
  const child = fork(fileURLToPath(new URL('../../dist/test/process/support/memory-subject.js', import.meta.url)), ['subject'], {
    serialization: 'json',
  })
  children.push(child)
  const tell = (message: ToSubject): void => void child.send(message)
  const pipes = new Map(SEATS.map(seat => [seat, new Pipe()]))
  const pipe = (seat: number): Pipe => pipes.get(seat) as Pipe
  const waiting: { resolve(message: FromSubject): void; reject(error: Error): void }[] = []
  const heard: Bytes[] = []
  const post = (seats: readonly number[], from: number, to: number | 'all', bytes: Bytes): void => {
    for (const seat of to === 'all' ? seats.filter(other => other !== from) : [to])
      if (seat === SUBJECT) tell({ kind: 'frame', from, bytes: hex(bytes) })
      else pipe(seat).push({ from, bytes: bytes.slice() })
  }
  let seats = SEATS
  child.on('message', (message: FromSubject) => {
    if (message.kind === 'frame') {
      heard.push(fromHex(message.bytes))
      post(seats, SUBJECT, message.to, fromHex(message.bytes))
    } else if (message.kind === 'failed') for (const { reject } of waiting.splice(0)) reject(new Error(message.reason))
    else for (const { resolve } of waiting.splice(0)) resolve(message)
  })
  child.on('exit', code => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the subject ended with ${code}`))
  })
  const answer = () => new Promise<FromSubject>((resolve, reject) => waiting.push({ resolve, reject }))
  const contextOf = (seat: number, name: string) => {
    const random = seededRandom(`${name} ${seat}`)
    return contextOver(seat, seats, name, {
      send: (to, bytes) => post(seats, seat, to, bytes),
      receive: () => pipe(seat).read(),
      random,
    })
  }

  const key = answer()
  tell({ kind: 'keygen', kernel: engine })
  const [made, two] = await Promise.all([key, ...SEATS.slice(1).map(seat => keygen(contextOf(seat, 'keygen'), { threshold: QUORUM.length }))])
  if (made.kind !== 'share') throw new Error('no share')
  expect(made.kernel).toBe(engine)
  seats = QUORUM
  heard.length = 0
  pipes.set(2, new Pipe())
  const signed = answer()
  tell({ kind: 'sign' })
  const [done] = await Promise.all([signed, sign(contextOf(2, 'sign'), two as KeyShare, { request: signRequest(), quorum: QUORUM })])
  if (done.kind !== 'signed') throw new Error('no signature')

  const share = decodeShare(fromHex(made.sealed), SEAL_KEY)
  return { child, share, heard, calls: done.calls }
}

/** The nonce share: of all seeds that the subject drew, the one whose point it opened in O1. */
function nonceOf(heard: readonly Bytes[], calls: number): Bytes {
  const opened = heard
    .map(bytes => frameCodec.decode(bytes))
    .find(frame => frame.round === 18)
    ?.body.subarray(0, 33)
  if (opened === undefined) throw new Error('no O1')
  for (let call = calls - 1; call >= 0; call--) {
    const nonce = drawFrom(subjectRandom(call, LENGTHS.seed))(32)
    if (equal(twin.points.multiplyBase(twin.scalars.decode(nonce)), opened)) return nonce
  }
  throw new Error('the nonce is not among what was drawn')
}

/** Names of the secrets found in each kind of place. */
async function search(engine: KernelName) {
  const { child, share, heard, calls } = await subjectAfterSigning(engine)
  const nonce = nonceOf(heard, calls)
  const secret = revealShare(share)
  const { zeroSeeds, pairs } = secretsOf(share)
  const needles: Needle[] = [
    ...forms('share', secret),
    ...limbs('share', secret),
    ...forms('nonce', nonce),
    ...limbs('nonce', nonce),
    ...[...zeroSeeds].map(([peer, seed]) => ({ name: `zero seed with ${peer}`, bytes: Buffer.from(reveal(seed)) })),
    ...[...pairs].flatMap(([peer, pair]) => {
      const { delta, aliceLeaves, bobLeaves } = revealPair(pair)
      return [
        { name: `delta towards ${peer}`, bytes: Buffer.from(delta) },
        { name: `leaf as Alice towards ${peer}`, bytes: Buffer.from(aliceLeaves.subarray(32, 48)) },
        { name: `leaf as Bob towards ${peer}`, bytes: Buffer.from(bobLeaves.subarray(4096, 4112)) },
      ].filter(({ bytes }) => bytes.some(byte => byte !== 0))
    }),
    ...forms('planted', planted()),
  ]
  const find = createFinder(needles)
  const inside = new Set<string>()
  const outside = new Map<string, string>()
  child.kill('SIGSTOP')
  const { scanned } = scan(child.pid as number, (content, region) => {
    for (const name of find(content))
      if (region.bytes === MODULE_MEMORY && region.name === '') inside.add(name)
      else outside.set(name, region.name || 'anonymous memory')
  })
  expect(scanned).toBeGreaterThan(MODULE_MEMORY / 2)
  const [planting, leaks] = [
    [...outside].filter(([name]) => name.startsWith('planted')),
    [...outside].filter(([name]) => !name.startsWith('planted')),
  ]
  return { inside, planting, leaks }
}

describe('memory of a member after key generation and a signature', () => {
  it('has share, nonce and OT state in the memory of the compiled kernel only', async () => {
    const { inside, planting, leaks } = await search('wasm')
    // the controls: what is on the heap is found, and the share is found where it belongs
    expect(planting.map(([name]) => name)).toContain('planted')
    expect([...inside].some(name => name.startsWith('share'))).toBe(true)
    expect(leaks).toEqual([])
  })
  it('and the scan does find them on the heap, with the reference kernel', async () => {
    const { leaks } = await search('reference')
    const found = leaks.map(([name]) => name)
    expect(found.some(name => name.startsWith('share'))).toBe(true)
    expect(found.some(name => name.startsWith('delta'))).toBe(true)
  })
})
