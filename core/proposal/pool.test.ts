import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { encodePacked } from 'viem'
import { describe, expect, it } from 'vitest'
import { testPool } from '../../test/support/pool.ts'
import { concat, fromHex, hex, u32be, utf8 } from '../bytes.ts'
import { isPoolError } from '../errors.ts'
import { defaultQuorum, faultBound, MAX_MEMBERS, type Pool, parsePool, poolHash, poolToJson, resilience } from './pool.ts'

type Json = Record<string, unknown>
const word = (byte: string): string => `0x${byte.repeat(32)}`
const file = (): Json => ({
  version: 1,
  name: 'golden',
  l1: {
    chainId: 1,
    inbox: '0xFF00000000000000000000000000000000000042',
    nonceOffset: 3,
    genesis: { number: 100, hash: word('ab'), timestamp: 1_700_000_000 },
    confirmations: 4,
  },
  l2: { chainId: 1088, blockTime: 2, genesisTime: 1_700_000_001, maxSequencerDrift: 600 },
  threshold: 2,
  agreementQuorum: 3,
  times: { roundZero: 24_000, roundStep: 12_000, maxBatchDelay: 60_000, epochLength: 64 },
  members: [
    { seat: 3, identity: word('03'), vote: `0x${'c3'.repeat(20)}`, weight: '4294967295' },
    { seat: 1, identity: word('01'), vote: `0x${'A1'.repeat(20)}`, weight: 4294967295, name: 'first' },
    { seat: 2, identity: word('02'), vote: `0x${'b2'.repeat(20)}`, weight: '4294967295' },
  ],
  relay: 'wss://relay.example/room',
})

/** The fault of a file, `at: problem`; throws when the file is accepted. */
function fault(json: unknown): string {
  try {
    parsePool(json)
  } catch (error) {
    if (isPoolError(error, 'bad-pool-file')) return `${error.context.at}: ${error.context.problem}`
    throw error
  }
  throw new Error('accepted')
}
/** The file with one field changed, by dotted path. */
function changed(path: string, value: unknown): Json {
  const copy = structuredClone(file())
  const keys = path.split('.')
  const last = keys.pop() as string
  const parent = keys.reduce<Json>((node, key) => node[key] as Json, copy)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

describe('pool file', () => {
  it('is read into a pool: members by seat, addresses in lower case, weights as integers', () => {
    const pool = parsePool(file())
    expect(pool.members.map(member => [member.seat, member.vote, member.weight, member.name])).toEqual([
      [1, `0x${'a1'.repeat(20)}`, 4294967295n, 'first'],
      [2, `0x${'b2'.repeat(20)}`, 4294967295n, undefined],
      [3, `0x${'c3'.repeat(20)}`, 4294967295n, undefined],
    ])
    expect(pool.l1.inbox).toBe('0xff00000000000000000000000000000000000042')
    expect(parsePool(JSON.parse(JSON.stringify(poolToJson(pool))))).toEqual(pool)
  })

  it.each([
    ['version', 2, 'version'],
    ['version', undefined, 'version'],
    ['surplus', 1, 'surplus'],
    ['l1.surplus', 1, 'l1.surplus'],
    ['l1.chainId', 0, 'l1.chainId'],
    ['l1.chainId', '1', 'l1.chainId'],
    ['l1.chainId', 1.5, 'l1.chainId'],
    ['l1.chainId', 2 ** 53, 'l1.chainId'],
    ['l1.inbox', '0x12', 'l1.inbox'],
    ['l1.nonceOffset', -1, 'l1.nonceOffset'],
    ['l1.genesis.hash', word('AB'), 'l1.genesis.hash'],
    ['l1.genesis.timestamp', Number.NaN, 'l1.genesis.timestamp'],
    ['l1.confirmations', 0, 'l1.confirmations'],
    ['l2.blockTime', 0, 'l2.blockTime'],
    ['l2.maxSequencerDrift', 0, 'l2.maxSequencerDrift'],
    ['threshold', 1, 'threshold'],
    ['threshold', 4, 'threshold'],
    ['agreementQuorum', 1, 'agreementQuorum'],
    ['agreementQuorum', 4, 'agreementQuorum'],
    ['times.roundZero', 99, 'times.roundZero'],
    ['times.roundStep', -1, 'times.roundStep'],
    ['times.maxBatchDelay', 86_400_001, 'times.maxBatchDelay'],
    ['times.epochLength', 0, 'times.epochLength'],
    ['members', [], 'members'],
    ['members.0.seat', 0, 'members.0.seat'],
    ['members.0.seat', 1, 'members.seat'],
    ['members.0.identity', word('01'), 'members.identity'],
    ['members.0.vote', `0x${'a1'.repeat(20)}`, 'members.vote'],
    ['members.0.weight', 0, 'members.0.weight'],
    ['members.0.weight', '01', 'members.0.weight'],
    ['members.0.weight', 1.5, 'members.0.weight'],
    ['members.0.weight', '4294967296', 'members.0.weight'],
    ['members.0.weight', '4294967294', 'members.weight'],
    ['members.0.name', 'x'.repeat(101), 'members.0.name'],
    ['relay', 'http://relay.example', 'relay'],
  ])('names %s = %j', (path, value, at) => {
    expect(fault(changed(path, value)).split(': ')[0]).toBe(at)
  })

  it('has a quorum of more than half, at least the threshold', () => {
    const four = [...(file().members as Json[]), { seat: 4, identity: word('04'), vote: `0x${'d4'.repeat(20)}`, weight: 4294967295 }]
    const pool = (threshold: number, agreementQuorum: number): Json => ({ ...file(), members: four, threshold, agreementQuorum })
    expect(fault(pool(2, 2))).toMatch(/^agreementQuorum: .* more than half of 4/)
    expect(fault(pool(4, 3))).toMatch(/^agreementQuorum/)
    expect(parsePool(pool(2, 3)).agreementQuorum).toBe(3)
  })

  it('takes 16 members and no more', () => {
    const members = (count: number): Json[] =>
      Array.from({ length: count }, (_, i) => ({
        seat: i + 1,
        identity: `0x${String(i).padStart(64, '0')}`,
        vote: `0x${String(i).padStart(40, '0')}`,
        weight: 1,
      }))
    expect(parsePool({ ...file(), members: members(MAX_MEMBERS), agreementQuorum: 11 }).members).toHaveLength(16)
    expect(fault({ ...file(), members: members(17), agreementQuorum: 11 })).toMatch(/^members:/)
  })

  it('any JSON value that is no pool is refused with the one code', () => {
    fc.assert(
      fc.property(fc.jsonValue(), json => void fault(json)),
      { numRuns: 300 },
    )
  })

  it('a file with anything replaced, removed or added is refused with the one code, or is a pool that comes back the same', () => {
    const valid = file()
    const paths: string[] = []
    const walk = (node: unknown, path: string): void => {
      if (path !== '') paths.push(path)
      if (typeof node === 'object' && node !== null)
        for (const [key, child] of Object.entries(node)) walk(child, path === '' ? key : `${path}.${key}`)
    }
    walk(valid, '')
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(undefined, '__proto__', -0, 2 ** 53, -1, 1e308, Number.NaN, Number.POSITIVE_INFINITY, '0x', '1'),
      fc.integer({ min: -2, max: 20 }),
    )
    let accepted = 0
    fc.assert(
      fc.property(fc.constantFrom(...paths), value, (path, replacement) => {
        let pool: Pool
        try {
          pool = parsePool(changed(path, replacement))
        } catch (error) {
          expect(isPoolError(error, 'bad-pool-file')).toBe(true)
          return
        }
        accepted++
        expect(parsePool(JSON.parse(JSON.stringify(poolToJson(pool))))).toEqual(pool)
        expect(poolHash(pool)).toHaveLength(32)
      }),
      { numRuns: 1_000 },
    )
    expect(accepted).toBeGreaterThan(0)
  })
})

describe('pool hash', () => {
  const pool = parsePool(file())

  it('is BLAKE3 over the fields at fixed places, put together here by another library', () => {
    const weight = 4294967295n
    const members = pool.members.flatMap(member => [
      fromHex(encodePacked(['uint16', 'bytes32', 'address', 'uint64'], [member.seat, member.identity as `0x${string}`, member.vote, weight])),
    ])
    const fields = encodePacked(
      ['uint8', 'uint64', 'address', 'uint64', 'uint64', 'bytes32', 'uint64', 'uint32'],
      [1, 1n, pool.l1.inbox, 3n, 100n, word('ab') as `0x${string}`, 1_700_000_000n, 4],
    )
    const rest = encodePacked(
      ['uint64', 'uint32', 'uint64', 'uint64', 'uint16', 'uint16', 'uint32', 'uint32', 'uint32', 'uint32', 'uint32'],
      [1088n, 2, 1_700_000_001n, 600n, 2, 3, 24_000, 12_000, 60_000, 64, 3],
    )
    const body = concat(fromHex(fields), fromHex(rest), ...members)
    const tag = utf8('sequorum/v1/pool')
    expect(hex(poolHash(pool))).toBe(hex(blake3(concat(u32be(tag.length), tag, u32be(body.length), body))))
  })

  it('has not changed', () => {
    expect(hex(poolHash(pool))).toBe('0xdcdc1fdc728cfa0904626bcd660e9c3aae822e992c237d4447683e99a16b6ad1')
  })

  it('changes with every field that members have to agree on, and with no hint', () => {
    const hash = (json: Json): string => hex(poolHash(parsePool(json)))
    const own = hash(file())
    const hints: [string, unknown][] = [
      ['name', 'other'],
      ['relay', undefined],
      ['members.1.name', undefined],
    ]
    for (const [path, value] of hints) expect(hash(changed(path, value)), path).toBe(own)
    const facts: [string, unknown][] = [
      ['l1.chainId', 2],
      ['l1.inbox', `0x${'12'.repeat(20)}`],
      ['l1.nonceOffset', 4],
      ['l1.genesis.number', 101],
      ['l1.genesis.hash', word('ac')],
      ['l1.genesis.timestamp', 1],
      ['l1.confirmations', 5],
      ['l2.chainId', 1089],
      ['l2.blockTime', 3],
      ['l2.genesisTime', 1],
      ['l2.maxSequencerDrift', 601],
      ['threshold', 3],
      ['agreementQuorum', 2],
      ['times.roundZero', 24_001],
      ['times.roundStep', 12_001],
      ['times.maxBatchDelay', 60_001],
      ['times.epochLength', 65],
      ['members.0.seat', 4],
      ['members.0.identity', word('33')],
      ['members.0.vote', `0x${'33'.repeat(20)}`],
      ['members', (file().members as Json[]).map(member => ({ ...member, weight: member.seat === 3 ? 2 : 1 }))],
    ]
    const hashes = facts.map(([path, value]) => hash(changed(path, value)))
    expect(new Set([own, ...hashes]).size).toBe(facts.length + 1)
  })
})

describe('thresholds', () => {
  it('the default quorum is floor((n + f)/2) + 1 with f = floor((n - 1)/3), never below the threshold', () => {
    expect([2, 3, 4, 5, 6, 7, 10, 16].map(n => [n, faultBound(n), defaultQuorum(n)])).toEqual([
      [2, 0, 2],
      [3, 0, 2],
      [4, 1, 3],
      [5, 1, 4],
      [6, 1, 4],
      [7, 2, 5],
      [10, 3, 7],
      [16, 5, 11],
    ])
    expect(defaultQuorum(5, 5)).toBe(5)
    for (let n = 2; n <= MAX_MEMBERS; n++) expect(2 * defaultQuorum(n)).toBeGreaterThan(n)
  })

  it('says how many silent members and cheaters a pool bears', () => {
    expect(resilience(testPool(3, 2))).toEqual({ crashes: 1, cheaters: 0 })
    expect(resilience(testPool(5, 4))).toEqual({ crashes: 1, cheaters: 2 })
    expect(resilience(testPool(5, 3))).toEqual({ crashes: 1, cheaters: 2 })
    expect(resilience(testPool(4, 3))).toEqual({ crashes: 1, cheaters: 1 })
    expect(resilience(testPool(7, 5))).toEqual({ crashes: 2, cheaters: 2 })
  })
})
