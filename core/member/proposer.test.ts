import { describe, expect, it } from 'vitest'
import { heightBench } from '../../test/support/height-bench.ts'
import { testSender } from '../../test/support/sender.ts'
import { decodePoolBatch } from '../batch/summary.ts'
import { checkProposal } from '../proposal/check.ts'
import type { Proposal } from '../proposal/messages.ts'
import { parseTransaction } from '../transaction/parse.ts'

describe('what a member proposes', () => {
  it('a block for each block time since the last one, with the waiting transactions in order', async () => {
    const bench = await heightBench(3, 2)
    const [proposer] = bench.turn().order.map(bench.member)
    const sender = testSender(bench.pool.l2.chainId)
    const raws = await Promise.all([0, 1, 2].map(nonce => sender(nonce)))
    for (const raw of raws) proposer?.mempool.add(parseTransaction(raw), () => 0)
    const made = proposer?.make(0)
    expect(made).toMatchObject({ blocks: 5, transactions: 3, proposal: { height: 0, round: 0, justification: undefined } })
    const { proposal } = made as { proposal: Proposal }
    expect(checkProposal(proposal, bench.view(proposer?.state as never))).toBeUndefined()
    expect(decodePoolBatch(proposal.payload, { maxBytes: 1e6 }).transactions).toEqual(raws)
  })

  it('nothing while no block is due', async () => {
    const bench = await heightBench(3, 2, { l2: { chainId: 4242, blockTime: 10, genesisTime: 1_750_000_000, maxSequencerDrift: 600 } })
    expect(bench.member(1).make(0)).toBeUndefined()
  })

  it('leaves out what does not continue a sender’s nonces', async () => {
    const bench = await heightBench(3, 2)
    const member = bench.member(1)
    const sender = testSender(bench.pool.l2.chainId)
    for (const nonce of [0, 2]) member.mempool.add(parseTransaction(await sender(nonce)), () => 0)
    expect(member.make(0)).toMatchObject({ transactions: 1 })
  })

  it('content that has a certificate comes before anything new, as it was, with its certificate', async () => {
    const bench = await heightBench(3, 2)
    const [first, second] = bench.turn().order.map(bench.member)
    const proposal = first?.make(0)?.proposal as Proposal
    const certificate = bench.certificate(proposal, [1, 2])
    if (second !== undefined) second.state.agreed = { certificate, proposal }
    await bench.time.advance(10_000)
    const again = second?.make(1)?.proposal
    expect(again).toMatchObject({ round: 1, content: proposal.content, payload: proposal.payload, justification: { validRound: 0, certificate } })
    expect(checkProposal(again as Proposal, bench.view(first?.state as never))).toBeUndefined()
  })
})
