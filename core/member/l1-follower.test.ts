import { describe, expect, it } from 'vitest'
import { testPool } from '../../test/support/pool.ts'
import { isPoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { type FollowerStart, followL1, type Inclusion } from './l1-follower.ts'
import type { L1Block, L1Reader } from './ports.ts'

const ACCOUNT = `0x${'ac'.repeat(20)}` as const
const word = (text: string): `0x${string}` => `0x${Buffer.from(text).toString('hex').padStart(64, '0')}`

/** A chain of named blocks; `chain('ab')` is block a on genesis, then b. A digit after a name is the nonce of a transaction in it. */
function chain(names: string): L1Block[] {
  const parts = ['g', ...(names.match(/[a-z][0-9]*/g) ?? [])]
  return parts.map((part, number) => ({
    number,
    hash: word(`${part[0]}${number}`),
    parentHash: number === 0 ? word('none') : word(`${(parts[number - 1] as string)[0]}${number - 1}`),
    timestamp: 1_000 + 2 * number,
    inbox: [...part.slice(1)].map(nonce => ({ hash: word(`tx${nonce}${part[0]}`), from: ACCOUNT, nonce: Number(nonce), data: Buffer.from(nonce) })),
  }))
}

function setup(pool: Partial<Pool['l1']> = {}, start?: FollowerStart) {
  const base = testPool(3)
  const genesis = { number: 0, hash: word('g0'), timestamp: 1_000 }
  const node = { blocks: chain(''), head: undefined as number | undefined, finalized: 0, missing: new Set<number>() }
  const included: Inclusion[] = []
  const reorged: number[] = []
  const logged: string[] = []
  const newest = (): number => node.head ?? node.blocks.length - 1
  const l1 = {
    headNumber: async () => newest(),
    finalizedNumber: async () => node.finalized,
    block: async (number: number) => (number > newest() || node.missing.has(number) ? undefined : node.blocks[number]),
  } as unknown as L1Reader
  const follower = followL1({
    l1,
    pool: { ...base, l1: { ...base.l1, genesis, ...pool } },
    account: ACCOUNT,
    log: (_, event) => logged.push(event),
    needed: () => 0,
    events: { included: inclusion => included.push(inclusion), reorged: from => reorged.push(from) },
    start,
  })
  const see = async (names: string, finalized = 0): Promise<boolean> => {
    node.blocks = chain(names)
    node.finalized = finalized
    return follower.poll()
  }
  return { node, follower, included, reorged, logged, see, heights: () => included.map(({ height }) => height) }
}

describe('follower of L1', () => {
  it('reads block by block and tells which heights L1 has taken', async () => {
    const { follower, see, included } = setup()
    expect(await see('ab0c12')).toBe(true)
    expect(included.map(({ height, hash, block }) => [height, hash, block.number])).toEqual([
      [0, word('tx0b'), 2],
      [1, word('tx1c'), 3],
      [2, word('tx2c'), 3],
    ])
    expect(follower.nextHeight).toBe(3)
    expect(follower.tip).toEqual({ number: 3, hash: word('c3'), timestamp: 1_006 })
    expect(follower.inclusion(1)?.block.number).toBe(3)
    expect(follower.header(2)?.hash).toBe(word('b2'))
    expect(follower.origins(2).map(({ number }) => number)).toEqual([2, 3])
    expect(follower.blockInterval).toBe(2)
    expect(await see('ab0c12')).toBe(false)
  })

  it('does not count others’ transactions, nor nonces below the offset; one that leaves a gap is taken and logged', async () => {
    const { follower, node, logged, heights } = setup({ nonceOffset: 1 })
    node.blocks = chain('a0b1c4')
    const stranger = node.blocks[2]?.inbox[0] as L1Block['inbox'][number]
    node.blocks[2] = { ...(node.blocks[2] as L1Block), inbox: [{ ...stranger, from: `0x${'99'.repeat(20)}`, nonce: 2 }, stranger] }
    await follower.poll()
    expect(heights()).toEqual([0, 3])
    expect(logged).toEqual(['l1.nonce-used-elsewhere'])
  })

  it('waits for the confirmations of the pool', async () => {
    const { follower, see, heights } = setup({ confirmations: 3 })
    await see('a0b1c')
    expect([heights(), follower.tip.number]).toEqual([[0], 1])
    await see('a0b1cd')
    expect([heights(), follower.tip.number]).toEqual([[0, 1], 2])
  })

  it('undoes what a reorganisation takes away, newest first, and reads on', async () => {
    const { follower, see, reorged, heights } = setup()
    await see('a0bc1d2')
    await see('a0bx1yz')
    expect(reorged).toEqual([2, 1])
    expect(heights()).toEqual([0, 1, 2, 1])
    expect(follower.nextHeight).toBe(2)
    expect(follower.inclusion(1)?.hash).toBe(word('tx1x'))
    expect(follower.inclusion(2)).toBeUndefined()
  })

  it('takes a node that is behind, or lacks a block, for what it is', async () => {
    const { follower, node, see, reorged } = setup()
    await see('a0b1cd')
    node.head = 2
    expect(await follower.poll()).toBe(false)
    node.head = undefined
    node.missing.add(4)
    expect(await follower.poll()).toBe(false)
    expect([follower.nextHeight, follower.tip.number, reorged]).toEqual([2, 4, []])
    node.missing.clear()
    await see('a0b1cde')
    expect(follower.tip.number).toBe(5)
  })

  it('sees a shorter chain as a reorganisation when it differs', async () => {
    const { follower, see, reorged } = setup()
    await see('a0b1cd2')
    await see('ax')
    expect(reorged).toEqual([2, 1])
    expect(follower.tip.hash).toBe(word('x2'))
  })

  it('stops at another genesis: l1-diverged', async () => {
    const { follower, node } = setup()
    node.blocks = chain('a').map(block => ({ ...block, hash: word(`other${block.number}`) }))
    const error = await follower.poll().catch((thrown: unknown) => thrown)
    expect(isPoolError(error, 'l1-diverged')).toBe(true)
  })

  it('knows the newest final block, which never goes back', async () => {
    const { follower, see } = setup()
    await see('abc', 2)
    await see('abc', 1)
    expect(follower.finalized).toBe(2)
  })

  it('goes on from a snapshot as if it had never stopped', async () => {
    const before = setup()
    await before.see('a0b1cd2')
    const after = setup({}, before.follower.snapshot(2, 1))
    expect(after.follower.nextHeight).toBe(3)
    await after.see('a0b1cd2e3')
    expect(after.heights()).toEqual([3])
    expect(after.follower.inclusion(1)?.block.number).toBe(2)
    expect(after.follower.inclusion(0)).toBeUndefined()
    expect(after.follower.origins(0).map(({ number }) => number)).toEqual([2, 3, 4, 5])
  })
})
