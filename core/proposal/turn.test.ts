import fc from 'fast-check'
import { encodePacked, keccak256 } from 'viem'
import { describe, expect, it } from 'vitest'
import { isPoolError } from '../errors.ts'
import { cycleOf, dueAt, epochSchedule, MAX_CYCLE, type RotationInput, roundAt, roundOpensAt, seedSource } from './turn.ts'

const address = (n: number): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`
const blockHash = (n: number): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`
const input = (weights: readonly (bigint | number | string)[], change: Partial<RotationInput> = {}): RotationInput => ({
  chainId: 1088,
  epoch: 0,
  epochLength: 64,
  members: weights.map((weight, i) => ({ address: address(i + 1), weight })),
  l1BlockHash: blockHash(7),
  ...change,
})
const slots = (schedule: ReturnType<typeof epochSchedule>, from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => schedule.proposer(from + i, 0))
const code = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return isPoolError(error) ? `${error.code} ${error.context.title}` : `untyped ${String(error)}`
  }
  return 'no error'
}

const weightsOf = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 9 })

describe('schedule of an epoch', () => {
  it('a known one: five stakes, chain 1088, epoch 0', () => {
    const short = ['a1', 'b2', 'c3', 'd4', 'e5']
    const members = [20_000, 25_000, 40_000, 60_000, 100_000].map((weight, i) => ({ address: `0x${(short[i] as string).padStart(40, '0')}`, weight }))
    const l1BlockHash = '0xf7b6bbefd4447770bfc6ee8edab28eb94aeb90d58df084680bd17c30768fca83'
    const schedule = epochSchedule(input([], { members, l1BlockHash }))
    expect(schedule.registryRoot).toBe('0xc4d7d9d1bd29a53bdcee80a1f7b57ced0b31a4f42901a4d1ed17183768fd70e0')
    expect(schedule.seed).toBe('0xfa574346bfd1abe92cbfb2fa6dcd6cf9cfce8c55e5d06941102deb510bf768a7')
    expect([schedule.cycleLength, schedule.offset]).toEqual([49, 46])
    const last = (who: string): string => who.slice(-2)
    expect(slots(schedule, 0, 20).map(last).join(' ')).toBe('c3 d4 e5 e5 d4 c3 e5 b2 a1 e5 d4 e5 c3 d4 e5 b2 e5 d4 c3 e5')
    expect(schedule.order(63).map(last).join(' ')).toBe('e5 b2 d4 c3 a1')
  })

  it('a tie goes to the lowest address: three equal members, chain 31337, epochs 0 and 1', () => {
    const hashes = [
      '0xf7b6bbefd4447770bfc6ee8edab28eb94aeb90d58df084680bd17c30768fca83',
      '0x64fd2c303b98a2c819bbd1c9b7e09119aa1a4d5da20a58f65accbe0ea382d84a',
    ]
    const turns = hashes.map((l1BlockHash, epoch) => {
      const schedule = epochSchedule(input([1, 1, 1], { chainId: 31_337, epoch, epochLength: 16, l1BlockHash }))
      return [schedule.offset, ...schedule.order(16 * epoch).map(Number), ...schedule.order(16 * epoch + 1).map(Number)]
    })
    expect(turns).toEqual([
      [0, 1, 2, 3, 2, 3, 1],
      [2, 3, 1, 2, 1, 2, 3],
    ])
  })

  it('root and seed are keccak256 over packed fields, members by ascending address, put together here by another library', () => {
    const members = [
      { address: address(9), weight: '5' },
      { address: address(2), weight: 3n },
    ]
    const schedule = epochSchedule({ chainId: 2n ** 60n, epoch: 3, epochLength: 8, members, l1BlockHash: blockHash(255) })
    const entries = encodePacked(['address', 'uint64', 'address', 'uint64'], [address(2), 3n, address(9), 5n])
    const root = keccak256(encodePacked(['string', 'uint64', 'uint64', 'uint16', 'bytes'], ['sequorum/registry/v1', 2n ** 60n, 3n, 2, entries]))
    expect(schedule.registryRoot).toBe(root)
    expect(schedule.seed).toBe(
      keccak256(encodePacked(['string', 'uint64', 'uint64', 'bytes32', 'bytes32'], ['sequorum/rotation/v1', 2n ** 60n, 3n, root, blockHash(255)])),
    )
    expect(schedule.offset).toBe(Number(BigInt(schedule.seed) % 8n))
  })

  it('takes numbers, bigints and decimal strings, any case and order, for the same schedule', () => {
    const one = epochSchedule(input([1, 2, 3]))
    const members = input([3n, '2', 1n]).members.map((member, i) => ({
      ...member,
      address: address(3 - i)
        .toUpperCase()
        .replace('0X', '0x'),
    }))
    const two = epochSchedule(input([], { members, chainId: 1088n, l1BlockHash: blockHash(7).slice(2) }))
    expect(two.seed).toBe(one.seed)
    expect(slots(two, 0, 64)).toEqual(slots(one, 0, 64))
    expect(two.order(5)).toEqual(one.order(5))
  })

  it('repeats after L slots, and in any L slots each member has exactly weight / gcd', () => {
    fc.assert(
      fc.property(weightsOf(12), fc.integer({ min: 1, max: 5 }), fc.nat(1_000), fc.nat(), (base, scale, seed, from) => {
        const weights = base.map(weight => weight * scale)
        const divisor = Number(cycleOf(weights.map(BigInt)).divisor)
        const length = weights.reduce((sum, weight) => sum + weight, 0) / divisor
        const schedule = epochSchedule(input(weights, { epochLength: 3 * length, l1BlockHash: blockHash(seed) }))
        expect(schedule.cycleLength).toBe(length)
        const start = from % (length + 1)
        const window = slots(schedule, start, length)
        for (const [i, weight] of weights.entries()) expect(window.filter(who => who === address(i + 1))).toHaveLength(weight / divisor)
        expect(slots(schedule, start + length, length)).toEqual(window)
      }),
      { numRuns: 100 },
    )
  })

  it('spreads turns: in any stretch nobody is more than one turn and a half off its share per other member', () => {
    fc.assert(
      fc.property(weightsOf(20), fc.integer({ min: 1, max: 60 }), (weights, stretch) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const schedule = epochSchedule(input(weights))
        const window = slots(schedule, 0, Math.min(stretch, 64))
        for (const [i, weight] of weights.entries()) {
          const share = (window.length * weight) / total
          expect(Math.abs(window.filter(who => who === address(i + 1)).length - share)).toBeLessThan(1.5 * weights.length)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('an order names every member once, the scheduled one first, and rounds go round it', () => {
    fc.assert(
      fc.property(weightsOf(50), fc.nat(63), fc.nat(40), (weights, height, round) => {
        const schedule = epochSchedule(input(weights))
        const order = schedule.order(height)
        expect([...order].sort()).toEqual(weights.map((_, i) => address(i + 1)).sort())
        expect(schedule.proposer(height, round)).toBe(order[round % order.length])
      }),
      { numRuns: 100 },
    )
  })

  it('the next round is always another member, even after one that has nearly all the weight', () => {
    const schedule = epochSchedule(input([90, 5, 5]))
    for (let height = 0; height < 64; height++) expect(new Set([0, 1, 2].map(round => schedule.proposer(height, round))).size).toBe(3)
  })

  it('the block hash turns the cycle and changes nothing else', () => {
    const cycles = [1, 2, 3, 4, 5].map(seed => {
      const schedule = epochSchedule(input([3, 2, 2], { l1BlockHash: blockHash(seed), epochLength: 7 }))
      const turned = slots(schedule, 0, 7)
      return [...turned.slice(7 - schedule.offset), ...turned.slice(0, 7 - schedule.offset)].join()
    })
    expect(new Set(cycles).size).toBe(1)
  })

  it('heights of other epochs are refused', () => {
    const schedule = epochSchedule(input([1, 1], { epoch: 2, epochLength: 10 }))
    for (const height of [19, 30, -1, 20.5, Number.NaN]) {
      expect(code(() => schedule.proposer(height, 0))).toBe('invalid-argument height')
      expect(code(() => schedule.order(height))).toBe('invalid-argument height')
    }
    for (const round of [-1, 0.5, 2 ** 32]) expect(code(() => schedule.proposer(20, round))).toBe('invalid-argument round')
    expect([schedule.proposer(20, 0), schedule.proposer(29, 2 ** 32 - 1)]).toHaveLength(2)
  })

  it.each([
    ['epoch', { epoch: -1 }],
    ['epoch', { epoch: 1.5 }],
    ['epochLength', { epochLength: 0 }],
    ['chainId', { chainId: -1 }],
    ['chainId', { chainId: 1.5 }],
    ['chainId', { chainId: -1n }],
    ['chainId', { chainId: 2n ** 64n }],
    ['members', { members: [] }],
    ['members', { members: [1, 1].map(weight => ({ address: address(1), weight })) }],
    ['address', { members: [{ address: '0x1234', weight: 1 }] }],
    ['address', { members: [{ address: 'zz', weight: 1 }] }],
    ['l1BlockHash', { l1BlockHash: '0x12' }],
    ...[0, -1, 1.5, '01', '', '1e3', 'x', 2 ** 32, 0n, 2n ** 32n, Number.NaN].map(
      weight => ['weight', { members: [{ address: address(1), weight }] }] as const,
    ),
    ['weights', { members: [1, MAX_CYCLE].map((weight, i) => ({ address: address(i), weight })) }],
  ] as [string, Partial<RotationInput>][])('%s is checked: %o', (title, change) => {
    expect(code(() => epochSchedule(input([1, 1], change)))).toBe(`invalid-argument ${title}`)
  })

  it('weights may be large when they share a divisor', () => {
    expect(epochSchedule(input([4_000_000_000, 2_000_000_000])).cycleLength).toBe(3)
  })
})

describe('seed of an epoch', () => {
  it('is the genesis for the first two, then the last height of the epoch before the last', () => {
    expect([0, 1, 2, 3, 10].map(epoch => seedSource(epoch, 8))).toEqual([
      { kind: 'genesis' },
      { kind: 'genesis' },
      { kind: 'height', height: 7 },
      { kind: 'height', height: 15 },
      { kind: 'height', height: 71 },
    ])
  })
})

describe('round clock', () => {
  const clock = { dueAt: dueAt(1_000_000, 60_000), roundZero: 24_000, roundStep: 12_000 }

  it('opens rounds at due + r R0 + dR r(r-1)/2', () => {
    expect(clock.dueAt).toBe(1_060_000)
    expect([0, 1, 2, 3, 4].map(round => roundOpensAt(clock, round) - clock.dueAt)).toEqual([0, 24_000, 60_000, 108_000, 168_000])
    expect([-1_000_000, 0, 23_999, 24_000, 59_999, 60_000, 167_999, 168_000].map(late => roundAt(clock, clock.dueAt + late))).toEqual([
      0, 0, 0, 1, 1, 2, 3, 4,
    ])
  })

  it('the round at a time is the newest one that is open', () => {
    const times = {
      dueAt: fc.nat(10 ** 12),
      roundZero: fc.integer({ min: 100, max: 86_400_000 }),
      roundStep: fc.nat(86_400_000),
      late: fc.nat(10 ** 10),
    }
    fc.assert(
      fc.property(fc.record(times), ({ late, ...random }) => {
        const now = random.dueAt + late
        const round = roundAt(random, now)
        expect(round === 0 || roundOpensAt(random, round) <= now).toBe(true)
        expect(roundOpensAt(random, round + 1)).toBeGreaterThan(now)
      }),
      { numRuns: 500 },
    )
  })
})
