import { beforeAll, describe, expect, it } from 'vitest'
import { type Bytes, hex } from '../../core/bytes.ts'
import { BROADCAST, frameCodec } from '../../core/ceremony/frame.ts'
import type { AnyRound } from '../../core/ceremony/router.ts'
import { initSodium, verifyEnvelope } from '../../core/envelope/identity.ts'
import { isBurnNotice } from '../../core/member/burn-notice.ts'
import { identitiesOf } from '../../core/member/key-setup.ts'
import { verifyCertificate } from '../../core/proposal/messages.ts'
import { isRetirement } from '../../core/proposal/succession.ts'
import { verifyPrepare, verifyProposal, verifyVoid } from '../../core/proposal/vote.ts'
import { exportKey, type KeyShare, keygen, refresh, sign, verifyErasure } from '../../core/threshold/index.ts'
import { DEAL_ROUNDS, EXPORT_ROUNDS, KEYGEN_ROUNDS, signingRounds } from '../../core/threshold/rounds.ts'
import { type Message, memoryNetwork, signRequest, testIdentity, testShares } from '../support/index.ts'
import { fixtureTable } from './fixtures.ts'
import { nextPool, POOL_HASH, pool, SAMPLES, share } from './samples.ts'

const { verify } = testIdentity(1)
beforeAll(initSodium)

describe('messages-v1.json', () => {
  let stored: ReadonlyMap<string, Bytes> = new Map()
  beforeAll(async () => {
    stored = await fixtureTable('messages-v1.json', () =>
      Object.fromEntries([...SAMPLES].map(([name, { codec, value }]) => [name, codec.encode(value)])),
    )
  })
  const bytesOf = (name: string): Bytes => stored.get(name) as Bytes
  // biome-ignore lint/suspicious/noExplicitAny: values of many codecs in one table
  const read = (name: string): any => SAMPLES.get(name)?.codec.decode(bytesOf(name))

  it('has every kind of message, and nothing that is not known', () => {
    expect([...stored.keys()].sort()).toEqual([...SAMPLES.keys()].sort())
  })

  it.each([...SAMPLES])('%s is read as what it was, and written with the same bytes', (name, { codec, value }) => {
    const decoded = codec.decode(bytesOf(name))
    expect(decoded).toEqual(value)
    expect(hex(codec.encode(decoded))).toBe(hex(bytesOf(name)))
    expect(hex(codec.encode(value))).toBe(hex(bytesOf(name)))
  })

  it('signatures of then verify', () => {
    expect(POOL_HASH).toBe('0x342646213b258f6a09ad032ff457ee38d068cf72879dba14a16b79de1e856634')
    expect(verifyProposal(read('proposal'), 3, pool)).toBe(true)
    expect(verifyPrepare(read('prepare'), pool)).toBe(true)
    expect(verifyVoid(read('void'), pool)).toBe(true)
    verifyCertificate(pool, read('certificate'))
    verifyCertificate(pool, read('height record').certificate)
    expect(verifyEnvelope(share.parties[0]?.identity as Bytes, read('envelope'))).toBe(true)
    expect(isRetirement({ ...nextPool, parent: nextPool.parent as NonNullable<typeof nextPool.parent> }, read('retirement'))).toBe(true)
    verifyErasure(read('erasure'), share, verify)
    expect(isBurnNotice(read('burn notice'), identitiesOf(pool), verify)).toBe(true)
  })
})

describe('frames-v1.json', () => {
  /** One frame of party 1 in every round of every protocol, but for the multiplication, whose 72 kB are one field. */
  const ROUNDS: readonly (readonly [string, readonly AnyRound[]])[] = [
    ['keygen', KEYGEN_ROUNDS],
    ['deal', DEAL_ROUNDS],
    ['export', EXPORT_ROUNDS],
    ['sign of two', signingRounds(2)],
    ['sign of three', signingRounds(3)],
  ]
  const kinds = (round: AnyRound): string[] => [...(round.broadcast ? ['broadcast'] : []), ...(round.direct ? ['direct'] : [])]
  const NAMES = ROUNDS.flatMap(([protocol, rounds]) => rounds.flatMap(round => kinds(round).map(kind => `${protocol} ${round.name} ${kind}`))).filter(
    name => !name.includes('P2'),
  )

  async function make(): Promise<Record<string, Bytes>> {
    const shares = testShares(3, 3, 'compat')
    const of = (seat: number): KeyShare => shares.get(seat) as KeyShare
    const pair = testShares(2, 2, 'compat')
    const sent: [string, readonly Message[]][] = []
    const run = async (protocol: string, seats: number[], party: Parameters<ReturnType<typeof memoryNetwork>['run']>[0]): Promise<void> => {
      const net = memoryNetwork(seats)
      await net.run(party)
      sent.push([protocol, net.sent])
    }
    await run('keygen', [1, 2], ctx => keygen(ctx, { threshold: 2 }))
    await run('deal', [1, 2], (ctx, seat) => refresh(ctx, pair.get(seat) as KeyShare, { epochNo: 1 }))
    await run('export', [1, 2], (ctx, seat) => exportKey(ctx, pair.get(seat) as KeyShare, { recipient: 2, signers: [1, 2] }))
    await run('sign of two', [1, 2], (ctx, seat) => sign(ctx, pair.get(seat) as KeyShare, { request: signRequest(), quorum: [1, 2] }))
    await run('sign of three', [1, 2, 3], (ctx, seat) => sign(ctx, of(seat), { request: signRequest(), quorum: [1, 2, 3] }))
    const table: Record<string, Bytes> = {}
    for (const [protocol, messages] of sent)
      for (const { round, broadcast, bytes } of messages) table[`${protocol} ${round} ${broadcast ? 'broadcast' : 'direct'}`] ??= bytes
    return Object.fromEntries(NAMES.map(name => [name, table[name] as Bytes]))
  }

  it('has a frame of every round', async () => {
    const stored = await fixtureTable('frames-v1.json', make)
    expect([...stored.keys()]).toEqual(NAMES)
    for (const [protocol, rounds] of ROUNDS)
      for (const round of rounds)
        for (const kind of kinds(round)) {
          const bytes = stored.get(`${protocol} ${round.name} ${kind}`)
          if (bytes === undefined) continue
          const frame = frameCodec.decode(bytes)
          expect([frame.round, frame.kind === BROADCAST ? 'broadcast' : 'direct']).toEqual([round.id, kind])
          const body = kind === 'broadcast' ? round.broadcast : round.direct
          const fields = body?.decode(frame.body)
          expect(hex(body?.encode(fields) as Bytes)).toBe(hex(frame.body))
          expect(hex(frameCodec.encode(frame))).toBe(hex(bytes))
        }
  })
})
