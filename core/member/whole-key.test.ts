import { describe, expect, it } from 'vitest'
import { secretOf } from '../../test/support/key-checks.ts'
import { linkedPool } from '../../test/support/linked-members.ts'
import { labelled, seededRandom } from '../../test/support/random.ts'
import { testShares } from '../../test/support/shares.ts'
import { Secret } from '../bytes.ts'
import { asPoolError, type PoolError } from '../errors.ts'
import { kernel } from '../kernel/index.ts'
import type { KeyShare } from '../threshold/index.ts'
import { ceremonyLimits, createCeremonyHost } from './ceremonies.ts'
import { type ExportRequest, type Importing, importing, takePartInExport } from './whole-key.ts'

const SEATS = [1, 2, 3]

/** Three members, 2 of whom sign, and their ceremony hosts, under one clock. */
async function setup() {
  const linked = await linkedPool(3, 'whole key')
  const shares = testShares(3, 2)
  const hosts = new Map(
    SEATS.map(seat => {
      const { identity, link, dispatcher } = linked.member(seat)
      const host = createCeremonyHost({
        pool: linked.pool,
        seat,
        ...{ identity, link, dispatcher },
        clock: linked.clock,
        random: seededRandom(`whole key ${seat}`),
        log: () => {},
        journal: { pending: async () => {}, burned: async () => {} },
        limits: ceremonyLimits(3),
        onStatus: () => {},
      })
      link.start()
      return [seat, host]
    }),
  )
  await linked.clock.advance(0)
  const { pool, clock } = linked
  const ports = (seat: number) => ({
    ...{ pool, seat, log: () => {} },
    ceremonies: hosts.get(seat) as NonNullable<ReturnType<typeof hosts.get>>,
    share: () => shares.get(seat),
  })
  /** Moves the clock until all have come to an end, an hour at most. Errors are values. */
  async function ends<T>(running: readonly Promise<T>[]): Promise<(T | PoolError)[]> {
    let done = false
    const all = Promise.all(running.map(one => one.catch(asPoolError))).finally(() => {
      done = true
    })
    for (let second = 0; second < 3_600 && !done; second++) await clock.advance(1_000)
    return all
  }
  return { ports, ends, shares }
}

describe('export', () => {
  const request = (change: Partial<ExportRequest> = {}): ExportRequest => ({ recipient: 1, signers: [2, 3], word: 'harvest moon', ...change })

  it('gives the key to the recipient and to nobody else, when all have asked for the same', async () => {
    const { ports, ends, shares } = await setup()
    const results = await ends([
      takePartInExport(ports(1), request()),
      takePartInExport(ports(2), request({ signers: [3, 2] })),
      takePartInExport(ports(3), request()),
    ])
    expect(results).toEqual([secretOf([...shares.values()]), undefined, undefined])
  })

  it('lets the recipient be one of the signers', async () => {
    const { ports, ends, shares } = await setup()
    const both = request({ signers: [1, 3] })
    const results = await ends([takePartInExport(ports(1), both), takePartInExport(ports(3), both)])
    expect(results).toEqual([secretOf([...shares.values()]), undefined])
  })

  it.each([
    ['another word', { word: 'harvest' }],
    ['another recipient', { recipient: 3 }],
  ])('does not begin while one of them has asked for %s', async (_, change) => {
    const { ports, ends } = await setup()
    const results = await ends([
      takePartInExport(ports(1), request()),
      takePartInExport(ports(2), request()),
      takePartInExport(ports(3), request(change)),
    ])
    expect(results).toMatchObject([1, 2, 3].map(() => ({ code: 'deadline', context: { round: 'hello' } })))
  })

  it('refuses what cannot be an export before anybody hears of it', async () => {
    const { ports } = await setup()
    const code = (seat: number, change: Partial<ExportRequest>, share?: () => KeyShare | undefined): Promise<string> =>
      takePartInExport({ ...ports(seat), ...(share === undefined ? {} : { share }) }, request(change)).then(
        () => 'none',
        (error: unknown) => asPoolError(error).code,
      )
    expect(await code(1, { signers: [2] })).toBe('bad-quorum')
    expect(await code(1, { signers: [2, 2] })).toBe('bad-quorum')
    expect(await code(1, { signers: [2, 4] })).toBe('bad-quorum')
    expect(await code(1, { recipient: 4, signers: [1, 2] })).toBe('bad-quorum')
    expect(await code(1, { recipient: 2 })).toBe('bad-quorum')
    expect(await code(1, { word: '' })).toBe('invalid-argument')
    expect(await code(1, {}, () => undefined)).toBe('no-key')
  })
})

describe('import', () => {
  const secret = (): Uint8Array => new Uint8Array(32).fill(0x21)
  const offer = (change: Partial<Importing> = {}): Importing => ({
    importer: 2,
    publicKey: kernel.points.combine([{ point: kernel.points.base, scalar: BigInt(`0x${'21'.repeat(32)}`) }]) as Uint8Array,
    chainCode: labelled('chain code'),
    ...change,
  })

  it('deals the key that all were told of; the importer keeps it for another try', async () => {
    const { ports, ends } = await setup()
    const held = new Secret('imported key', secret())
    const firsts = SEATS.map(seat => importing(poolOf(ports(seat)), ports(seat).ceremonies, offer(seat === 2 ? { secret: held } : {})))
    const invitation = firsts[0]?.invite(labelled('ceremony'), new Map())
    if (invitation === undefined) throw new Error('no invitation')
    const results = await ends(firsts.map(first => first.run(invitation)?.result ?? Promise.reject(new Error('no run'))))
    const shares = results as KeyShare[]
    expect(shares.map(share => share.active)).toEqual([true, true, true])
    expect(shares.map(share => share.chainCode)).toEqual(SEATS.map(() => labelled('chain code')))
    expect(secretOf(shares)).toEqual(secret())
    expect(held.expose()).toEqual(secret())
  })

  it('does not begin while one was told of another chain code', async () => {
    const { ports, ends } = await setup()
    const change = (seat: number): Partial<Importing> =>
      seat === 2 ? { secret: new Secret('imported key', secret()) } : seat === 3 ? { chainCode: labelled('another chain code') } : {}
    const results = await ends(
      SEATS.map(seat => {
        const first = importing(poolOf(ports(seat)), ports(seat).ceremonies, offer(change(seat)))
        return first.run({ kind: 'keygen', ceremony: labelled('ceremony') })?.result ?? Promise.reject(new Error('no run'))
      }),
    )
    expect(results).toMatchObject(SEATS.map(() => ({ code: 'deadline', context: { round: 'hello' } })))
  })

  it('takes no part in a reshare', async () => {
    const { ports } = await setup()
    const first = importing(poolOf(ports(1)), ports(1).ceremonies, offer())
    expect(first.run({ kind: 'reshare', ceremony: labelled('ceremony') } as Parameters<typeof first.run>[0])).toBeUndefined()
  })
})

const poolOf = ({ pool }: { pool: Parameters<typeof importing>[0] }) => pool
