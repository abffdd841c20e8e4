import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { recoverAddress, recoverTransactionAddress } from 'viem'
import { describe, expect, it } from 'vitest'
import {
  editFrame,
  labelled,
  type MemoryNetwork,
  memoryNetwork,
  type NetworkOptions,
  type Outcome,
  signRequest,
  testShares,
  valuesOf,
} from '../../test/support/index.ts'
import { hex } from '../bytes.ts'
import { DIRECT } from '../ceremony/frame.ts'
import type { PoolError } from '../errors.ts'
import { decodeUnsignedTransaction, encodeSignedTransaction, sighash } from '../l1/transaction.ts'
import { burnPeer, derive, type KeyShare, preprocess, type Signature, type SignRequest, serializeSignature, sign, type Tuple } from './index.ts'
import { P2 } from './rounds.ts'

type Shares = Map<number, KeyShare>
const of = <T>(map: ReadonlyMap<number, T>, index: number): T => map.get(index) as T

/** All members of the quorum sign on a fresh network. */
async function signAll(shares: Shares, quorum: readonly number[], request: SignRequest, options: NetworkOptions = {}) {
  const net = memoryNetwork(quorum, options)
  return { net, outcomes: await net.run((ctx, index) => sign(ctx, of(shares, index), { request, quorum })) }
}

async function preprocessAll(shares: Shares, quorum: readonly number[], seed = 1): Promise<Map<number, Tuple>> {
  const net = memoryNetwork(quorum, { seed })
  return valuesOf(await net.run((ctx, index) => preprocess(ctx, of(shares, index), { quorum })))
}

/** The one signature of all, checked by noble and by viem against the derived account. */
async function checked(outcomes: ReadonlyMap<number, Outcome<Signature>>, share: KeyShare, request: SignRequest): Promise<Signature> {
  const [first, ...others] = [...valuesOf(outcomes).values()] as [Signature, ...Signature[]]
  for (const other of others) expect(other).toEqual(first)
  const account = derive(share, request.path)
  const digest = sighash(request.transaction)
  expect(first.s <= secp256k1.Point.Fn.ORDER / 2n).toBe(true)
  const bytes = serializeSignature(first)
  expect(secp256k1.verify(bytes.subarray(0, 64), digest, account.publicKey, { prehash: false, lowS: true })).toBe(true)
  const signature = { r: hex(bytes.subarray(0, 32)), s: hex(bytes.subarray(32, 64)), yParity: first.yParity }
  expect((await recoverAddress({ hash: hex(digest), signature })).toLowerCase()).toBe(account.address)
  const signed = encodeSignedTransaction(decodeUnsignedTransaction(request.transaction), first)
  expect((await recoverTransactionAddress({ serializedTransaction: hex(signed) as `0x02${string}` })).toLowerCase()).toBe(account.address)
  return first
}

const errorsOf = <T>(outcomes: ReadonlyMap<number, Outcome<T>>): Map<number, PoolError | undefined> =>
  new Map([...outcomes].map(([index, { error }]) => [index, error]))
const codesOf = <T>(outcomes: ReadonlyMap<number, Outcome<T>>): unknown[] => [...errorsOf(outcomes).values()].map(error => error?.code)
const burnsOf = (net: MemoryNetwork): unknown[] => net.journal.filter(entry => entry.kind === 'burned')

describe('sign', () => {
  it.each([
    [3, 2, [1, 2]],
    [3, 2, [1, 3]],
    [3, 2, [3, 2]],
    [4, 3, [1, 2, 3]],
    [4, 3, [1, 2, 4]],
    [4, 3, [1, 3, 4]],
    [4, 3, [2, 3, 4]],
  ])('a quorum of %i members with threshold %i: %j', async (n, t, quorum) => {
    const shares = testShares(n, t)
    const request = signRequest(quorum.reduce((sum, seat) => sum + seat))
    const { outcomes } = await signAll(shares, quorum, request, { seed: `quorum ${quorum}` })
    await checked(outcomes, of(shares, quorum[0] as number), request)
  })

  it('signs for a child account, with two and with three signers', async () => {
    const request = signRequest(1, { path: [44, 60, 7] })
    for (const [n, t] of [
      [2, 2],
      [3, 3],
    ] as const) {
      const shares = testShares(n, t)
      const { outcomes } = await signAll(shares, [...shares.keys()], request)
      await checked(outcomes, of(shares, 1), request)
    }
  })

  it('meets both parities of the joint nonce', async () => {
    const shares = testShares(2, 2)
    const seen = new Set<number>()
    for (let seed = 0; seed < 20 && seen.size < 2; seed++) {
      const request = signRequest(seed)
      const { outcomes } = await signAll(shares, [1, 2], request, { seed: `parity ${seed}` })
      seen.add((await checked(outcomes, of(shares, 1), request)).yParity)
    }
    expect(seen).toEqual(new Set([0, 1]))
  })

  it('goes on through duplicates, delays and any order of delivery', async () => {
    const shares = testShares(3, 3)
    for (const seed of ['calm', 'wild']) {
      const request = signRequest(3)
      const { outcomes } = await signAll(shares, [1, 2, 3], request, { seed, faults: { reorder: true, duplicate: 0.3, delay: 0.3 } })
      await checked(outcomes, of(shares, 1), request)
    }
  })

  it('needs only its quorum to be reached, in a ceremony of more parties', async () => {
    const shares = testShares(3, 2)
    const net = memoryNetwork([1, 2, 3])
    const request = signRequest()
    const outcomes = await net.run((ctx, index) => sign(ctx, of(shares, index), { request, quorum: [1, 2] }), [1, 2])
    await checked(outcomes, of(shares, 1), request)
    expect(net.sent.filter(message => message.to === 3)).toEqual([])
  })
})

describe('tuple', () => {
  const shares = testShares(3, 2)
  const quorum = [1, 3]

  it('signs in a later session, once', async () => {
    const tuples = await preprocessAll(shares, quorum)
    expect(of(tuples, 1).id).toEqual(of(tuples, 3).id)
    const run = (seed: number, request: SignRequest) => {
      const net = memoryNetwork(quorum, { seed })
      return net.run((ctx, index) => sign(ctx, of(shares, index), { request, quorum, tuple: of(tuples, index) }))
    }
    await checked(await run(2, signRequest(5)), of(shares, 1), signRequest(5))
    expect([...tuples.values()].map(tuple => tuple.ready)).toEqual([false, false])
    expect(codesOf(await run(3, signRequest(5)))).toEqual(['tuple-used', 'tuple-used'])
  })

  it('signs in the session that made it, without losing early frames', async () => {
    const net = memoryNetwork(quorum, { seed: 4 })
    const request = signRequest()
    const outcomes = await net.run(async (ctx, index) => {
      const tuple = await preprocess(ctx, of(shares, index), { quorum })
      return sign(ctx, of(shares, index), { request, quorum, tuple })
    })
    await checked(outcomes, of(shares, 1), request)
  })

  it('is spent before the first online message leaves, also when the run fails', async () => {
    const tuples = await preprocessAll(shares, quorum)
    const net = memoryNetwork(quorum, { seed: 5 })
    const readiness: boolean[] = []
    const outcomes = await net.run(
      (ctx, index) => {
        const send = ctx.channel.send.bind(ctx.channel)
        const channel = {
          ...ctx.channel,
          send: (to: number | 'all', bytes: Uint8Array) => {
            readiness.push(of(tuples, index).ready)
            send(to, bytes)
          },
        }
        return sign({ ...ctx, channel }, of(shares, index), { request: signRequest(), quorum, tuple: of(tuples, index) })
      },
      [1],
    )
    expect(codesOf(outcomes)).toEqual(['deadline'])
    expect(readiness).toEqual([false])
    expect(of(tuples, 1).ready).toBe(false)
  })

  it('two different tuples do not sign together, and blame nobody', async () => {
    const first = await preprocessAll(shares, quorum, 6)
    const second = await preprocessAll(shares, quorum, 7)
    const net = memoryNetwork(quorum)
    const outcomes = await net.run((ctx, index) =>
      sign(ctx, of(shares, index), { request: signRequest(), quorum, tuple: of(index === 1 ? first : second, index) }),
    )
    expect(codesOf(outcomes)).toEqual(['bind-mismatch', 'bind-mismatch'])
    expect(burnsOf(net)).toEqual([])
  })

  it('is refused by another key epoch and wiped', async () => {
    const tuple = of(await preprocessAll(shares, quorum), 1)
    const newer = of(testShares(3, 2, 'another epoch'), 1)
    await expect(sign(memoryNetwork(quorum).context(1), newer, { request: signRequest(), quorum, tuple })).rejects.toMatchObject({
      code: 'wrong-epoch',
    })
    expect(tuple.ready).toBe(false)
  })

  it('is refused by another quorum', async () => {
    const tuple = of(await preprocessAll(shares, quorum), 1)
    const input = { request: signRequest(), quorum: [1, 2], tuple }
    await expect(sign(memoryNetwork([1, 2]).context(1), of(shares, 1), input)).rejects.toMatchObject({ code: 'bad-quorum' })
    expect(tuple.ready).toBe(true)
  })

  it('does not survive a burn of one of its peers', async () => {
    const fresh = testShares(3, 2)
    const tuple = of(await preprocessAll(fresh, quorum), 1)
    const ctx = memoryNetwork(quorum, { seed: 8 }).context(1)
    burnPeer(of(fresh, 1), 3, 'ote-check')
    await expect(sign(ctx, of(fresh, 1), { request: signRequest(), quorum, tuple })).rejects.toMatchObject({ code: 'peer-burned' })
  })

  it('prints no secret', async () => {
    const tuple = of(await preprocessAll(shares, quorum), 1)
    expect(`${tuple} ${JSON.stringify(tuple)}`).toMatch(
      /^Tuple 0x[0-9a-f]{64} of 1,3 \[redacted\] \{"id":"0x[0-9a-f]{64}","quorum":\[1,3\],"epoch":"0x[0-9a-f]{64}","ready":true\}$/,
    )
    tuple.wipe()
    expect(tuple.ready).toBe(false)
  })
})

describe('what is bound to the online rounds', () => {
  const shares = testShares(2, 2)
  const quorum = [1, 2]
  const base = signRequest(9)
  const slot = base.slot
  it.each<[string, SignRequest]>([
    ['round', { ...base, slot: { ...slot, round: 1 } }],
    ['height', { ...base, slot: { ...slot, height: 10 } }],
    ['content', { ...base, content: labelled('another content') }],
    ['transaction', { ...base, transaction: signRequest(10).transaction }],
    ['path', { ...base, path: [1] }],
  ])('an online message of another %s is refused', async (_, other) => {
    const net = memoryNetwork(quorum)
    const outcomes = await net.run((ctx, index) => sign(ctx, of(shares, index), { request: index === 1 ? base : other, quorum }))
    for (const error of errorsOf(outcomes).values()) expect(error).toMatchObject({ code: 'bind-mismatch', culprits: [], context: { round: 'O1' } })
    expect(burnsOf(net)).toEqual([])
  })

  it('the pool, already in the first round', async () => {
    const [one, two] = [memoryNetwork(quorum), labelled('another pool')]
    const outcomes = await one.run((ctx, index) => sign(index === 1 ? ctx : { ...ctx, poolHash: two }, of(shares, index), { request: base, quorum }))
    for (const error of errorsOf(outcomes).values()) expect(error).toMatchObject({ code: 'view-mismatch', culprits: [], context: { round: 'P1' } })
  })

  it('signs nothing but a strict unsigned transaction', async () => {
    for (const transaction of [labelled('a bare digest'), new Uint8Array(0), Uint8Array.of(...base.transaction, 0), base.transaction.subarray(1)]) {
      const ctx = memoryNetwork(quorum).context(1)
      await expect(sign(ctx, of(shares, 1), { request: { ...base, transaction }, quorum })).rejects.toMatchObject({ code: 'malformed-transaction' })
    }
  })
})

describe('quorum', () => {
  const shares = testShares(4, 3)
  it.each<[string, number[]]>([
    ['too few', [1, 2]],
    ['too many', [1, 2, 3, 4]],
    ['one twice', [1, 2, 2]],
    ['without this member', [2, 3, 4]],
    ['with a stranger', [1, 2, 5]],
  ])('%s is refused before anything is sent', async (_, quorum) => {
    const net = memoryNetwork([1, 2, 3, 4, 5])
    await expect(sign(net.context(1), of(shares, 1), { request: signRequest(), quorum })).rejects.toMatchObject({ code: 'bad-quorum' })
    await expect(preprocess(net.context(1), of(shares, 1), { quorum })).rejects.toMatchObject({ code: 'bad-quorum' })
    expect(net.sent).toEqual([])
  })
  it('an identity other than that of the key is refused', async () => {
    const ctx = memoryNetwork([1, 2, 3]).context(1)
    const parties = ctx.parties.map(party => (party.index === 2 ? { ...party, identity: labelled('another') } : party))
    const input = { request: signRequest(), quorum: [1, 2, 3] }
    await expect(sign({ ...ctx, parties }, of(shares, 1), input)).rejects.toMatchObject({ code: 'bad-quorum' })
  })
  it("another member's share is refused", async () => {
    const ctx = memoryNetwork([1, 2, 3]).context(1)
    await expect(sign(ctx, of(shares, 2), { request: signRequest(), quorum: [1, 2, 3] })).rejects.toMatchObject({ code: 'bad-parties' })
  })
})

describe('silence', () => {
  const shares = testShares(3, 3)
  it.each(['P1', 'P2', 'O1', 'O2'])('the deadline names who is missing for %s', async round => {
    const drop = { drop: (message: { from: number; round: string }) => message.from === 2 && message.round === round }
    const { net, outcomes } = await signAll(shares, [1, 2, 3], signRequest(), { faults: drop })
    const error = errorsOf(outcomes).get(1)
    expect(error).toMatchObject({ code: 'deadline', context: { round, missing: [2] } })
    expect(error?.culprits).toEqual([{ party: 2, certainty: 'suspected', evidence: `silent in ${round}` }])
    expect(burnsOf(net)).toEqual([])
    // after the last message somebody may hold the signature: here party 2 does
    expect(error?.context.signatureMayExist).toBe(round === 'O2' ? true : undefined)
    expect(outcomes.get(2)?.value === undefined).toBe(round !== 'O2')
  })
  it('reports progress per round', async () => {
    const { net } = await signAll(testShares(2, 2), [1, 2], signRequest())
    const rounds = net.progress.filter(entry => entry.index === 1 && entry.missing.length === 0).map(entry => entry.round)
    expect(rounds).toEqual(['P1', 'P2', 'O1', 'O2'])
  })
})

describe('one changed byte anywhere', () => {
  const shares = () => testShares(2, 2)
  it('gives a good signature or a typed error, never a wrong signature or a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(7), fc.nat(), fc.integer({ min: 1, max: 255 }), async (target, position, change) => {
        let count = 0
        const tamper = (_from: number, _to: number, _round: string, bytes: Uint8Array) => {
          if (count++ !== target) return undefined
          const at = position % bytes.length
          bytes[at] = (bytes[at] as number) ^ change
          return bytes
        }
        const request = signRequest()
        const fresh = shares()
        const { outcomes } = await signAll(fresh, [1, 2], request, { faults: { tamper } })
        for (const { value, error } of outcomes.values()) {
          if (error !== undefined) expect(['abort', 'input']).toContain(error.kind)
          else await checked(new Map([[1, { value }]]), of(fresh, 1), request)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('an echo that differs is noticed before the multiplication is looked at', async () => {
    const tamper = editFrame(P2, DIRECT, { from: 1 }, () => ({ echo: labelled('another view'), body: new Uint8Array(3) }))
    const { net, outcomes } = await signAll(shares(), [1, 2], signRequest(), { faults: { tamper } })
    expect(errorsOf(outcomes).get(2)).toMatchObject({ code: 'view-mismatch', culprits: [] })
    expect(burnsOf(net)).toEqual([])
  })
})
