/**
 * One end of a bare round trip: a small signed and sealed message through a real relay to another thread, which answers it at once.
 * Both ends are a link and a room as members have them, and nothing else.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import { initSodium } from '../../core/envelope/identity.ts'
import { createDispatcher } from '../../core/member/dispatcher.ts'
import { connectRelay } from '../../core/member/link.ts'
import { openRoom } from '../../core/member/room.ts'
import { parsePool } from '../../core/proposal/pool.ts'
import { dialRelay } from '../../signer-node/dial.ts'
import { nodeClock } from '../../signer-node/node-clock.ts'
import { identityOf } from '../../test/support/sessions.ts'
import { monotonic } from './marks.ts'

export interface BareSetup {
  readonly pool: Record<string, unknown>
  readonly relayUrl: string
  readonly seat: number
}

/** From the main thread: make so many round trips. The answer is their times in ms. */
export interface BareRequest {
  readonly count: number
  /** ms of rest before each; 0 for one right after the other. */
  readonly rest: number
}
export type FromBare = { readonly kind: 'connected' } | { readonly kind: 'times'; readonly times: readonly number[] }

/** Bytes of a message, as large as a vote. */
const SIZE = 160

const port = parentPort
if (port === null) throw new Error('bare-worker.js runs as a worker thread only')
const post = (message: FromBare): void => port.postMessage(message)

async function run({ pool: json, relayUrl, seat }: BareSetup): Promise<void> {
  await initSodium()
  const pool = parsePool(json)
  const identity = identityOf(seat)
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
  const log = (): void => {}
  const link = connectRelay({ dial: dialRelay(relayUrl), clock: nodeClock, random, identity, pool, seat, log })
  const dispatcher = createDispatcher(link)
  const room = openRoom({ link, dispatcher, pool, seat, identity, clock: nodeClock, random, log })
  const other = pool.members.find(member => member.seat !== seat)?.seat ?? 0
  let answered = (): void => {}
  room.onMessage((from, bytes) => {
    if (seat < from) answered()
    else room.send(from, bytes)
  })
  room.onPeer(() => post({ kind: 'connected' }))
  link.start()

  async function measure({ count, rest }: BareRequest): Promise<void> {
    const times: number[] = []
    const message = random(SIZE)
    for (let i = 0; i < count; i++) {
      if (rest > 0) await new Promise(resolve => setTimeout(resolve, rest))
      const begin = monotonic()
      await new Promise<void>(resolve => {
        answered = resolve
        room.send(other, message)
      })
      times.push(monotonic() - begin)
    }
    post({ kind: 'times', times })
  }
  port?.on('message', (request: BareRequest | 'stop') => {
    if (request === 'stop') {
      room.close()
      dispatcher.close()
      link.close()
      process.exit(0)
    }
    void measure(request)
  })
}

void run(workerData as BareSetup)
