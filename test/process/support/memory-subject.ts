/**
 * One member in a process of its own whose memory another process reads: it generates a key and signs with what comes over the parent's channel, then
 * waits. Its randomness is a stream that the parent can compute too, so that the parent knows what the nonces were.
 * @module
 */
import { type Bytes, fromHex, hex, u32be } from '../../../core/bytes.ts'
import type { CeremonyContext } from '../../../core/ceremony/context.ts'
import { type KernelName, kernel, selectKernel } from '../../../core/kernel/index.ts'
import { encodeShare, type KeyShare, keygen, sign } from '../../../core/threshold/index.ts'
import { H, keyed } from '../../../core/transcript.ts'
import { labelled, signRequest, testIdentity, testParty } from '../../support/index.ts'

/** Seals the share that the subject hands to its parent. */
export const SEAL_KEY = new Uint8Array(32).fill(0x33)
/** The subject's seat. */
export const SUBJECT = 1
export const SEATS: readonly number[] = [1, 2, 3]
export const QUORUM: readonly number[] = [1, 2]

/** Output `call` of the subject's random stream. */
export const subjectRandom = (call: number, length: number): Bytes => keyed(H('rng-key', [labelled('memory subject')]), u32be(call), length)

/** What the control plants on the heap. */
export const planted = (): Bytes => H('frame', [labelled('planted')])

export type ToSubject =
  | { readonly kind: 'keygen'; readonly kernel: KernelName }
  | { readonly kind: 'sign' }
  | { readonly kind: 'frame'; readonly from: number; readonly bytes: string }

export type FromSubject =
  | { readonly kind: 'frame'; readonly to: number | 'all'; readonly bytes: string }
  | { readonly kind: 'share'; readonly sealed: string; readonly kernel: string; readonly calls: number }
  | { readonly kind: 'signed'; readonly calls: number }
  | { readonly kind: 'failed'; readonly reason: string }

/** A ceremony's context for one party, over any pair of pipes. */
export function contextOver(
  seat: number,
  seats: readonly number[],
  name: string,
  pipes: { send(to: number | 'all', bytes: Bytes): void; receive(): AsyncIterable<{ from: number; bytes: Bytes }>; random(length: number): Bytes },
): CeremonyContext<KeyShare> {
  return {
    self: seat,
    parties: seats.map(testParty),
    sessionId: labelled(name),
    poolHash: labelled('pool'),
    random: length => pipes.random(length),
    deadline: { expired: new Promise(() => {}) },
    identity: testIdentity(seat),
    channel: { send: (to, bytes) => pipes.send(to, bytes), receive: () => pipes.receive() },
    journal: { pending: async () => {}, burned: async () => {} },
  }
}

/** Frames that wait to be read. */
export class Pipe {
  readonly #queue: { from: number; bytes: Bytes }[] = []
  #wake = (): void => {}
  push(frame: { from: number; bytes: Bytes }): void {
    this.#queue.push(frame)
    this.#wake()
  }
  async *read(): AsyncGenerator<{ from: number; bytes: Bytes }> {
    for (;;) {
      const next = this.#queue.shift()
      if (next !== undefined) yield next
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
    }
  }
}

function subject(): void {
  const say = (message: FromSubject): void => void process.send?.(message)
  let pipe = new Pipe()
  let share: KeyShare | undefined
  let calls = 0
  const context = (seats: readonly number[], name: string) =>
    contextOver(SUBJECT, seats, name, {
      send: (to, bytes) => say({ kind: 'frame', to, bytes: hex(bytes) }),
      receive: () => pipe.read(),
      random: length => subjectRandom(calls++, length),
    })
  // the control: a secret where JavaScript keeps its values, for as long as the process lives
  const control = planted()
  Object.assign(globalThis, { control })

  async function run(message: ToSubject): Promise<void> {
    if (message.kind === 'frame') return pipe.push({ from: message.from, bytes: fromHex(message.bytes) })
    pipe = new Pipe()
    if (message.kind === 'keygen') {
      selectKernel(message.kernel)
      share = await keygen(context(SEATS, 'keygen'), { threshold: QUORUM.length })
      say({ kind: 'share', sealed: hex(encodeShare(share, SEAL_KEY)), kernel: kernel.name, calls })
    } else {
      if (share === undefined) throw new Error('no key')
      await sign(context(QUORUM, 'sign'), share, { request: signRequest(), quorum: QUORUM })
      say({ kind: 'signed', calls })
    }
  }
  process.on('message', (message: ToSubject) => {
    run(message).catch(error => say({ kind: 'failed', reason: String(error) }))
  })
}

if (process.argv[2] === 'subject') subject()
