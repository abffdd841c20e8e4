import { beforeAll, describe, expect, it } from 'vitest'
import { testPool } from '../../test/support/pool.ts'
import { labelled } from '../../test/support/random.ts'
import { testSender } from '../../test/support/sender.ts'
import { type BlockHead, genesisBlock, headOf, type L2Block } from '../batch/block.ts'
import { pakoDeflate } from '../batch/op-stack/zlib.ts'
import { encodeBlocks } from '../batch/summary.ts'
import { type Bytes, hex } from '../bytes.ts'
import { parseTransaction } from '../transaction/parse.ts'
import { createL2Chain } from './l2-chain.ts'

const pool = testPool(3)
const { genesis } = pool.l1
const origins = [genesis, { number: 1, hash: hex(labelled('block', 1)), timestamp: genesis.timestamp + 2 }]
const start = headOf(genesisBlock({ l2ChainId: pool.l2.chainId, timestamp: pool.l2.genesisTime, l1Origin: genesis }))
let transactions: Bytes[]
let from: `0x${string}`

const block = (parent: BlockHead, included: readonly Bytes[] = [], origin = genesis): L2Block => ({
  number: parent.number + 1,
  parentHash: parent.hash,
  timestamp: parent.timestamp + 1,
  l1Origin: { number: origin.number, hash: origin.hash },
  transactions: included,
})
const payload = (...blocks: L2Block[]): Bytes => encodeBlocks(blocks, labelled('channel').slice(0, 16), pakoDeflate).calldata

beforeAll(async () => {
  const sender = testSender(pool.l2.chainId)
  transactions = await Promise.all([0, 1, 2].map(nonce => sender(nonce)))
  from = parseTransaction(transactions[0] as Bytes).from
})

function chainOfTwo() {
  const chain = createL2Chain(pool, number => origins[number])
  const one = block(start, transactions.slice(0, 2))
  const two = block(headOf(one), transactions.slice(2), origins[1])
  return { chain, one, two }
}

describe('the pool’s chain', () => {
  it('begins with the genesis block of the pool', () => {
    const { chain } = chainOfTwo()
    expect(chain.head).toEqual(start)
    expect(chain.nonceOf(from)).toBe(0)
  })

  it('grows by confirmed payloads', () => {
    const { chain, one, two } = chainOfTwo()
    expect(chain.apply(0, payload(one))).toMatchObject({ blocks: 1, transactions: [{ nonce: 0 }, { nonce: 1 }] })
    expect(chain.nonceOf(from)).toBe(2)
    expect(chain.apply(1, payload(two))).toMatchObject({ blocks: 1 })
    expect(chain.head).toEqual(headOf(two))
    expect(chain.nonceOf(from)).toBe(3)
  })

  it('passes over what does not decode or follow, and is unchanged by it', () => {
    const { chain, one } = chainOfTwo()
    const orphan = { ...one, parentHash: hex(labelled('elsewhere')) }
    const gap = block(start, transactions.slice(1))
    const unknown = block(start, [], { number: 1, hash: hex(labelled('not on L1')), timestamp: genesis.timestamp })
    for (const bytes of [labelled('noise'), new Uint8Array(), payload(orphan), payload(gap), payload(unknown)]) {
      expect(chain.apply(0, bytes)).toBeUndefined()
      expect(chain.head).toEqual(start)
      expect(chain.nonceOf(from)).toBe(0)
    }
    expect(chain.apply(1, payload(one))).toMatchObject({ blocks: 1 })
  })

  it('goes back in one step over several heights, and gives their transactions in order', () => {
    const { chain, one, two } = chainOfTwo()
    chain.apply(4, payload(one))
    chain.apply(6, payload(two))
    expect(chain.undo(7)).toEqual([])
    expect(chain.undo(5).map(({ nonce }) => nonce)).toEqual([2])
    expect([chain.head, chain.nonceOf(from)]).toEqual([headOf(one), 2])
    chain.apply(6, payload(two))
    expect(chain.undo(4).map(({ nonce }) => nonce)).toEqual([0, 1, 2])
    expect([chain.head, chain.nonceOf(from)]).toEqual([start, 0])
  })

  it('goes on from a snapshot', () => {
    const { chain, one, two } = chainOfTwo()
    chain.apply(0, payload(one))
    const restarted = createL2Chain(pool, number => origins[number], chain.snapshot())
    expect(restarted.apply(1, payload(two))).toMatchObject({ blocks: 1 })
    expect(chain.head).toEqual(headOf(one))
    expect(restarted.undo(1).map(({ nonce }) => nonce)).toEqual([2])
    expect(restarted.head).toEqual(headOf(one))
  })
})
