/** The relay and the members' own connection together, over real sockets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { hex, utf8 } from '../core/bytes.ts'
import type { Envelope } from '../core/envelope/header.ts'
import { identityFromSeed, initSodium, signEnvelope } from '../core/envelope/identity.ts'
import { connectRelay, type Link } from '../core/member/link.ts'
import { poolHash } from '../core/proposal/pool.ts'
import { dialRelay } from '../signer-node/dial.ts'
import { testIdentitySeed } from '../test/support/identity.ts'
import { testPool } from '../test/support/pool.ts'
import { labelled, seededRandom } from '../test/support/random.ts'
import { systemClock } from './ports.ts'
import { createRelay } from './relay.ts'

const pool = testPool(3)
const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const undo of cleanups.splice(0).reverse()) await undo()
})

function member(
  url: string,
  seat: number,
): { link: Link; got: string[]; envelope(to: number, text: string): Envelope; received(count: number): Promise<void> } {
  const identity = identityFromSeed(testIdentitySeed(seat))
  const link = connectRelay({
    dial: dialRelay(url),
    clock: systemClock,
    random: seededRandom(`link ${seat}`),
    identity,
    pool,
    seat,
    origin: new URL(url).origin,
    log: () => {},
  })
  cleanups.push(() => link.close())
  const got: string[] = []
  let sequence = 0
  let look = (): void => {}
  link.onEnvelope(envelope => {
    got.push(Buffer.from(envelope.body).toString())
    look()
  })
  link.start()
  return {
    link,
    got,
    envelope: (to, text) =>
      signEnvelope(
        identity,
        { kind: 'message', room: poolHash(pool), session: labelled('session'), attempt: 0, from: seat, to, sequence: sequence++ },
        utf8(text),
      ),
    received: count =>
      new Promise(resolve => {
        look = () => {
          if (got.length >= count) resolve()
        }
        look()
      }),
  }
}

it('carries messages of members over a restart of the relay, each once and in order', async () => {
  await initSodium()
  const dataDir = mkdtempSync(join(tmpdir(), 'sequorum-link-'))
  cleanups.push(() => rmSync(dataDir, { recursive: true }))
  const config = { pool, dataDir, l1Rpc: 'http://127.0.0.1:9' }
  const first = await createRelay(config)
  cleanups.push(() => first.close())
  const url = first.socketUrl
  const [one, two] = [member(url, 1), member(url, 2)]
  const texts = Array.from({ length: 300 }, (_, n) => `message ${n}`)
  const publishing = texts.slice(0, 150).map(text => one.link.publish(one.envelope(2, text)))
  await two.received(20)
  // In the middle of it: some of them are stored, delivered, acknowledged, some are not.
  await first.close()
  for (const text of texts.slice(150)) publishing.push(one.link.publish(one.envelope(2, text)))
  const second = await createRelay({ ...config, port: first.port })
  cleanups.push(() => second.close())
  await Promise.all(publishing)
  await two.received(300)
  expect(two.got).toEqual(texts)
  one.link.announceAccount(new Uint8Array(20).fill(1), labelled('key'))
  two.link.announceAccount(new Uint8Array(20).fill(1), labelled('key'))
  const known = await new Promise<string>(resolve => {
    second.onEvent(event => event.kind === 'account' && resolve(event.address))
    void second.snapshot().then(({ account }) => account !== undefined && resolve(account))
  })
  expect(known).toBe(hex(new Uint8Array(20).fill(1)))
})
