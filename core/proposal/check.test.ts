import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { labelled } from '../../test/support/index.ts'
import { testPool, testVoteKey } from '../../test/support/pool.ts'
import { genesisBlock, headOf, type L2Block } from '../batch/block.ts'
import { buildBlocks, type KnownOrigin } from '../batch/builder.ts'
import { channelIdOf, contentCommitment } from '../batch/content.ts'
import { DEFAULT_LIMITS, MAX_CALLDATA_BYTES } from '../batch/limits.ts'
import { pakoDeflate } from '../batch/op-stack/zlib.ts'
import { encodeBlocks } from '../batch/summary.ts'
import { type Bytes, concat, fromHex, hex } from '../bytes.ts'
import type { Hex } from '../ethereum.ts'
import { checkFees, DEFAULT_FEE_POLICY } from '../l1/fees.ts'
import { calldataGas, encodeSignedTransaction, encodeUnsignedTransaction, sighash, type UnsignedTransaction } from '../l1/transaction.ts'
import { type Approval, createApproval } from '../member/approval.ts'
import { parseTransaction } from '../transaction/parse.ts'
import {
  carriesContent,
  checkProposal,
  checkSignRequest,
  contentOfPayload,
  MAX_SKEW,
  type ProposalView,
  REFUSALS,
  type RefusalReason,
  SIGN_REFUSALS,
  type SignRefusal,
  type SignRequestView,
} from './check.ts'
import { authorizeSigning, emptyRecord, type HeightRecord, lock, vote } from './lock.ts'
import { type Certificate, type Proposal, proposalCodec } from './messages.ts'
import { pledgeVoid } from './void.ts'
import { signPrepare, signProposal, type UnsignedProposal } from './vote.ts'

// ── a pool of four, q = 3; L1 blocks every 12 s from genesis; the chain is at genesis; it is height 0 ──
const pool = testPool(4, 3)
const account: Hex = `0x${'ac'.repeat(20)}`
const height = 0
const start = pool.l1.genesis.timestamp
const l1: KnownOrigin[] = Array.from({ length: 4 }, (_, number) => ({
  number,
  hash: number === 0 ? pool.l1.genesis.hash : hex(labelled('l1 block', number)),
  timestamp: start + 12 * number,
}))
const originOf = ({ number, hash }: KnownOrigin) => ({ number, hash })
const [first, second] = l1 as [KnownOrigin, KnownOrigin]
const head = headOf(genesisBlock({ l2ChainId: pool.l2.chainId, timestamp: start, l1Origin: first }))
const turn = {
  opensAt: (round: number) => (start + (round === 0 ? 0 : 1 + 3 * round)) * 1000,
  proposer: (round: number) => ({ seat: (round % 4) + 1 }),
}
const view: ProposalView = {
  pool,
  account,
  nextHeight: height,
  now: (start + 20) * 1000,
  turn,
  votedRound: -1,
  head,
  nonceOf: () => 0,
  origin: number => l1[number],
}

const wallet = privateKeyToAccount(`0x${'22'.repeat(32)}`)
type WalletTransaction = Parameters<typeof wallet.signTransaction>[0]
const sign = async (nonce: number, change: Partial<WalletTransaction> = {}): Promise<Bytes> => {
  const common = { type: 'eip1559', chainId: pool.l2.chainId, nonce, gas: 21_000n, to: wallet.address, maxFeePerGas: 1n } as const
  return fromHex(await wallet.signTransaction({ ...common, ...change } as WalletTransaction))
}
const [tx0, tx1, elsewhere, anyChain, cheap, heavy] = (await Promise.all([
  sign(0),
  sign(1),
  sign(0, { chainId: 5 }),
  wallet.signTransaction({ type: 'legacy', nonce: 0, gas: 21_000n, to: wallet.address, gasPrice: 1n }).then(raw => fromHex(raw)),
  sign(0, { gas: 20_999n }),
  sign(0, { gas: DEFAULT_LIMITS.maxGasPerBlock + 1n }),
])) as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes]

const { blocks } = buildBlocks({
  parent: head,
  nonceOf: () => 0,
  transactions: [tx0, tx1].map(parseTransaction),
  until: start + 15,
  blockTime: pool.l2.blockTime,
  origins: l1,
  maxSequencerDrift: pool.l2.maxSequencerDrift,
  limits: DEFAULT_LIMITS,
})

const slotOf = (of = height, by = account) => ({ chainId: pool.l1.chainId, account: by, nonce: of + pool.l1.nonceOffset })
/** A proposal of these blocks, well made in every other way. */
function unsignedProposal(of: readonly L2Block[], change: Partial<UnsignedProposal> = {}, channel = slotOf()): UnsignedProposal {
  const last = of.at(-1) as L2Block
  const channelId = channelIdOf(channel)
  const { calldata, frames } = encodeBlocks(of, channelId, pakoDeflate)
  const content = contentCommitment({ ...slotOf(), inbox: pool.l1.inbox, channelId, frames, l1OriginHash: last.l1Origin.hash })
  const origin = { number: last.l1Origin.number, hash: fromHex(last.l1Origin.hash) }
  return { height, round: 0, content, origin, payload: calldata, justification: undefined, ...change }
}
const signedBy = (seat: number, unsigned: UnsignedProposal): Proposal => ({ ...unsigned, signature: signProposal(unsigned, pool, testVoteKey(seat)) })
const propose = (of: readonly L2Block[] = blocks, change: Partial<UnsignedProposal> = {}): Proposal =>
  signedBy(turn.proposer(change.round ?? 0).seat, unsignedProposal(of, change))
/** One block after the head. */
const block = (change: Partial<L2Block> = {}): L2Block => ({
  number: 1,
  parentHash: head.hash,
  timestamp: start + 1,
  l1Origin: originOf(first),
  transactions: [],
  ...change,
})
const good = propose()
const certificateOf = (round: number, content: Bytes): Certificate => ({
  height,
  round,
  content,
  prepares: [1, 2, 3].map(seat => ({ seat, signature: signPrepare({ height, round, content }, pool, testVoteKey(seat)) })),
})
const other = labelled('other content')
const lockedElsewhere = lock(emptyRecord(height), certificateOf(0, other))

/** All that stands between a proposal and a vote. */
function judge(proposal: Proposal, change: Partial<ProposalView> = {}, record: HeightRecord = emptyRecord(height)): RefusalReason | undefined {
  const reason = checkProposal(proposal, { ...view, votedRound: record.votedRound, ...change })
  if (reason !== undefined) return reason
  const outcome = vote(record, proposal, { pool })
  return 'refuse' in outcome ? outcome.refuse : undefined
}

describe('a proposal', () => {
  it('that nothing speaks against gets the vote, from whoever’s turn it is, with any compressor, empty or not', () => {
    expect(blocks.flatMap(one => one.transactions)).toHaveLength(2)
    expect(blocks.at(-1)?.l1Origin.number).toBe(1)
    expect(judge(good)).toBeUndefined()
    expect(judge(proposalCodec.decode(proposalCodec.encode(good)))).toBeUndefined()
    expect(judge(propose(blocks, { round: 3 }))).toBeUndefined()
    expect(judge(propose([block()]))).toBeUndefined()
    expect(judge(good, { watermarks: { low: -1, high: 0 } })).toBeUndefined()
  })

  it('of a locked content gets it again, and one that is justified too', () => {
    expect(judge(propose(blocks, { round: 2 }), {}, lock(emptyRecord(height), certificateOf(0, good.content)))).toBeUndefined()
    const justification = { validRound: 1, certificate: certificateOf(1, good.content) }
    expect(judge(propose(blocks, { round: 2, justification }), {}, lockedElsewhere)).toBeUndefined()
  })

  it('may come early by the skew that is allowed, and no earlier', () => {
    const inRound1 = propose(blocks, { round: 1 })
    const opens = turn.opensAt(1)
    const until = { head, now: opens - MAX_SKEW }
    // The last block may be of the same second as the skewed clock.
    const few = propose([block()], { round: 1 })
    expect(judge(few, until)).toBeUndefined()
    expect(judge(few, { now: until.now - 1 })).toBe('too-early')
    expect(judge(inRound1, { now: until.now - 1 })).toBe('too-early')
  })

  it('is parsed by the view’s own parser when it has one', () => {
    const seen: string[] = []
    const parse = (raw: Bytes) => {
      seen.push(hex(raw))
      return parseTransaction(raw)
    }
    expect(judge(good, { parse })).toBeUndefined()
    expect(seen).toEqual([hex(tx0), hex(tx1)])
  })

  it('is judged cheaply first: nothing is decompressed for a signature that is not good', () => {
    const junk = { payload: Uint8Array.of(0, 1, 2) }
    expect(judge({ ...propose(blocks, junk), signature: new Uint8Array(65) })).toBe('bad-signature')
    expect(judge(signedBy(2, unsignedProposal(blocks, junk)))).toBe('not-your-turn')
  })

  it('with any byte of its payload changed after signing is refused', () => {
    fc.assert(
      fc.property(fc.nat(good.payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const payload = good.payload.slice()
        payload[at] = (payload[at] as number) ^ mask
        expect(judge({ ...good, payload })).toBe('bad-signature')
        // Signed anew by the proposer, it is a payload that its content does not commit to, or none.
        expect(['wrong-content', 'does-not-decode']).toContain(judge(signedBy(1, { ...good, payload })))
      }),
      { numRuns: 40 },
    )
  })
})

const parentOf = (change: Partial<ProposalView['head']>) => ({ ...head, ...change })
function foreignFrames(): Pick<UnsignedProposal, 'payload' | 'content'> {
  const { calldata, frames } = encodeBlocks(blocks, channelIdOf(slotOf(1)), pakoDeflate)
  const l1OriginHash = hex(good.origin.hash)
  return {
    payload: calldata,
    content: contentCommitment({ ...slotOf(), inbox: pool.l1.inbox, channelId: channelIdOf(slotOf()), frames, l1OriginHash }),
  }
}
/** For each reason, proposals (and views) that are refused for it and for nothing else. */
const triggers: Record<RefusalReason, () => readonly (RefusalReason | undefined)[]> = {
  'final-height': () => [judge(good, { watermarks: { low: 0 } })],
  'stopped': () => [judge(good, { watermarks: { low: -1, high: -1 } })],
  'wrong-height': () => [judge(propose(blocks, { height: 1 })), judge(good, { nextHeight: 1 })],
  'stale-round': () => [judge(propose(blocks, { round: 1 }), {}, { ...emptyRecord(height), votedRound: 2, votedContent: other })],
  'bad-signature': () => [
    judge({ ...good, signature: new Uint8Array(65) }),
    judge(signedBy(9, good)),
    judge({ ...good, origin: { ...good.origin, number: 2 } }),
    judge({ ...good, justification: { validRound: 0, certificate: certificateOf(0, good.content) } }),
  ],
  'not-your-turn': () => [judge(signedBy(2, good)), judge(signedBy(1, unsignedProposal(blocks, { round: 1 })))],
  'too-early': () => [judge(good, { now: (start - 3) * 1000 }), judge(propose(blocks, { round: 9 }))],
  'too-large': () => [judge(propose(blocks, { payload: new Uint8Array(MAX_CALLDATA_BYTES + 1) }))],
  'does-not-decode': () =>
    [new Uint8Array(0), Uint8Array.of(0), good.payload.subarray(0, -1), concat(good.payload, Uint8Array.of(0)), labelled('junk')].map(payload =>
      judge(propose(blocks, { payload })),
    ),
  'wrong-content': () => [
    judge(propose(blocks, { content: other })),
    judge(propose(blocks, { origin: { ...good.origin, number: 0 } })),
    judge(propose(blocks, { origin: { ...good.origin, hash: fromHex(first.hash) } })),
    judge(propose(blocks, { payload: encodeBlocks([block()], channelIdOf(slotOf()), pakoDeflate).calldata })),
    // The channel of another height, and of another account; committed to as it is.
    judge(signedBy(1, unsignedProposal(blocks, {}, slotOf(1)))),
    judge(signedBy(1, unsignedProposal(blocks, {}, slotOf(height, `0x${'ad'.repeat(20)}`)))),
    // Frames of another channel under a commitment that names the right one.
    judge(propose(blocks, foreignFrames())),
    judge(good, { account: `0x${'ad'.repeat(20)}` }),
  ],
  'does-not-follow': () => [
    judge(propose([block({ parentHash: hex(other) })])),
    judge(good, { head: parentOf({ hash: hex(other) }) }),
    judge(propose(blocks.slice(1))),
  ],
  'bad-timestamp': () => [
    judge(propose([block({ timestamp: start + 2 })])),
    judge(propose([block({ timestamp: start })])),
    judge(good, { now: (start + 12) * 1000 }),
    // Transactions in a block that is further from its origin than the drift allows.
    judge(propose([block({ timestamp: start + 601, transactions: [tx0] })]), {
      head: parentOf({ timestamp: start + 600 }),
      now: (start + 700) * 1000,
    }),
  ],
  'bad-origin': () => [
    judge(propose([block({ l1Origin: originOf(second) })])),
    judge(good, { origin: number => (number === 1 ? undefined : l1[number]) }),
    judge(good, { origin: number => (number === 1 ? { ...second, hash: hex(other) } : l1[number]) }),
    judge(propose([block({ l1Origin: originOf(l1[2] as KnownOrigin) })])),
    judge(propose([block({ timestamp: start + 601 })]), { head: parentOf({ timestamp: start + 600 }), now: (start + 700) * 1000 }),
  ],
  'bad-transaction': () =>
    [[Uint8Array.of(1)], [tx0.subarray(0, -1)], [cheap], [heavy], [concat(Uint8Array.of(3), tx0.subarray(1))]].map(transactions =>
      judge(propose([block({ transactions })])),
    ),
  'unknown-chain': () => [judge(propose([block({ transactions: [elsewhere] })])), judge(propose([block({ transactions: [anyChain] })]))],
  'nonce-order': () => [
    judge(propose([block({ transactions: [tx1] })])),
    judge(propose([block({ transactions: [tx1, tx0] })])),
    judge(propose([block({ transactions: [tx0, tx0] })])),
    judge(good, { nonceOf: () => 1 }),
  ],
  'voided': () => [judge(good, {}, pledgeVoid(emptyRecord(height), good.content))],
  'second-content-in-round': () => [judge(good, {}, { ...emptyRecord(height), votedRound: 0, votedContent: other })],
  'invalid-certificate': () => {
    const shown = (certificate: Certificate, validRound = certificate.round) =>
      judge(propose(blocks, { round: 2, justification: { validRound, certificate } }))
    const valid = certificateOf(1, good.content)
    return [
      shown(certificateOf(1, other)),
      shown(certificateOf(2, good.content)),
      shown({ ...valid, prepares: valid.prepares.slice(1) }),
      shown(valid, 0),
    ]
  },
  'locked-elsewhere': () => [
    judge(propose(blocks, { round: 1 }), {}, lockedElsewhere),
    judge(
      propose(blocks, { round: 3, justification: { validRound: 1, certificate: certificateOf(1, good.content) } }),
      {},
      lock(emptyRecord(height), certificateOf(2, other)),
    ),
  ],
  'rejected-by-operator': () => [asked(approval => approval.decide(hex(good.content), false))],
  'not-approved-in-time': () => [asked((_, wait) => wait(60_000))],
}

/** What is said of a good proposal after a person, or nobody, has answered. */
function asked(answer: (approval: Approval, wait: (ms: number) => void) => void): RefusalReason | undefined {
  let now = 0
  const approval = createApproval({ policy: { rules: [], rejectAfter: 60_000 }, clock: { now: () => now, after: () => () => {} } })
  const candidate = {
    height,
    round: 0,
    proposer: 1,
    content: good.content,
    size: good.payload.length,
    blocks: 1,
    origin: { number: 1, hash: first.hash },
    chainId: pool.l2.chainId,
    inbox: pool.l1.inbox,
    transactions: () => [],
  }
  expect(approval.judge(candidate)).toBe('ask')
  answer(approval, ms => {
    now += ms
  })
  const verdict = approval.judge(candidate)
  return verdict !== 'ask' && 'refuse' in verdict ? verdict.refuse : undefined
}

describe('every reason to refuse a proposal', () => {
  it.each(Object.keys(REFUSALS) as RefusalReason[])('%s', reason => {
    const results = triggers[reason]()
    expect(results.length).toBeGreaterThan(0)
    expect(results).toEqual(results.map(() => reason))
  })
})

describe('a payload that did not come in a proposal checked here', () => {
  it('is compared with what the content commits to', () => {
    const place = { pool, account }
    expect(carriesContent(good, place)).toBe(true)
    const { calldata } = encodeBlocks(blocks.slice(0, 1), channelIdOf(slotOf()), pakoDeflate)
    expect(carriesContent({ ...good, payload: calldata }, place)).toBe(false)
    expect(carriesContent({ ...good, payload: Uint8Array.of(0) }, place)).toBe(false)
    expect(contentOfPayload(good.payload, height, place)).toEqual(good.content)
    expect(contentOfPayload(good.payload, 1, place)).toBeUndefined()
    expect(contentOfPayload(Uint8Array.of(0), height, place)).toBeUndefined()
    expect(carriesContent({ ...good, origin: { ...good.origin, number: 2 } }, place)).toBe(false)
    expect(carriesContent({ ...good, height: 1 }, place)).toBe(false)
    expect(carriesContent({ ...good, content: other }, place)).toBe(false)
    expect(carriesContent(good, { pool, account: `0x${'ad'.repeat(20)}` })).toBe(false)
  })
})

// ── signing ──
const gwei = 1_000_000_000n
const own = { maxFeePerGas: 20n * gwei, maxPriorityFeePerGas: gwei }
const lockedHere = lock(emptyRecord(height), certificateOf(0, good.content))
const request: UnsignedTransaction = {
  type: 2,
  chainId: pool.l1.chainId,
  nonce: height + pool.l1.nonceOffset,
  maxFeePerGas: 30n * gwei,
  maxPriorityFeePerGas: 2n * gwei,
  gasLimit: calldataGas(good.payload),
  to: pool.l1.inbox,
  value: 0n,
  data: good.payload,
}
const signView: SignRequestView = {
  pool,
  account,
  height,
  content: good.content,
  payload: good.payload,
  checkFees: fees => checkFees(fees, own, DEFAULT_FEE_POLICY),
}

/** All that stands between a request and the ceremony. */
function judgeSigning(
  transaction: UnsignedTransaction | Bytes,
  change: Partial<SignRequestView> = {},
  record: HeightRecord = lockedHere,
  round = 0,
): SignRefusal | undefined {
  const bytes = transaction instanceof Uint8Array ? transaction : encodeUnsignedTransaction(transaction)
  const refusal = checkSignRequest(bytes, { ...signView, ...change })
  if (refusal !== undefined || transaction instanceof Uint8Array) return refusal
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction
  const outcome = authorizeSigning(record, { round, content: good.content, sighash: sighash(bytes), maxFeePerGas, maxPriorityFeePerGas })
  return 'refuse' in outcome ? outcome.refuse : undefined
}
const bytesOf = (change: Partial<UnsignedTransaction> = {}): Bytes => encodeUnsignedTransaction({ ...request, ...change })

const signTriggers: Record<SignRefusal, () => readonly (SignRefusal | undefined)[]> = {
  'final-height': () => [judgeSigning(request, { watermarks: { low: 0 } })],
  'stopped': () => [judgeSigning(request, { watermarks: { low: -1, high: -1 } })],
  'malformed-transaction': () => [
    judgeSigning(new Uint8Array(0)),
    judgeSigning(bytesOf().subarray(0, -1)),
    judgeSigning(concat(bytesOf(), Uint8Array.of(0))),
    judgeSigning(concat(Uint8Array.of(3), bytesOf().subarray(1))),
    judgeSigning(encodeSignedTransaction(request, { r: 1n, s: 1n, yParity: 0 })),
  ],
  'wrong-chain': () => [judgeSigning({ ...request, chainId: 1 })],
  'wrong-nonce': () => [judgeSigning({ ...request, nonce: 1 }), judgeSigning(request, { height: 1 })],
  'wrong-inbox': () => [judgeSigning({ ...request, to: account })],
  'value-moved': () => [judgeSigning({ ...request, value: 1n })],
  'wrong-payload': () => [
    judgeSigning({ ...request, data: good.payload.subarray(0, -1) }),
    judgeSigning({ ...request, data: new Uint8Array(0) }),
    judgeSigning(request, { payload: concat(good.payload, Uint8Array.of(0)) }),
  ],
  'wrong-content': () => {
    const { calldata } = encodeBlocks(blocks.slice(0, 1), channelIdOf(slotOf()), pakoDeflate)
    return [
      judgeSigning({ ...request, data: calldata }, { payload: calldata }),
      judgeSigning({ ...request, data: Uint8Array.of(1) }, { payload: Uint8Array.of(1) }),
      judgeSigning(request, { content: other }),
      judgeSigning(request, { account: `0x${'ad'.repeat(20)}` }),
    ]
  },
  'wrong-gas': () => [
    judgeSigning({ ...request, gasLimit: request.gasLimit - 1n }),
    judgeSigning({ ...request, gasLimit: 2n * request.gasLimit + 1n }),
    judgeSigning({ ...request, gasLimit: 0n }),
  ],
  'tip-above-cap': () => [judgeSigning(request, { checkFees: () => 'tip-above-cap' })],
  'fee-above-limit': () => [
    judgeSigning({ ...request, maxFeePerGas: 101n * gwei }),
    judgeSigning(
      { ...request, maxFeePerGas: 5_000n * gwei },
      { checkFees: fees => checkFees(fees, { ...own, maxFeePerGas: 2_000n * gwei }, DEFAULT_FEE_POLICY) },
    ),
  ],
  'bump-too-small': () => [judgeSigning(request, { checkFees: fees => checkFees(fees, own, DEFAULT_FEE_POLICY, request) })],
  'not-locked': () => [judgeSigning(request, {}, emptyRecord(height))],
  'locked-elsewhere': () => [judgeSigning(request, {}, lockedElsewhere)],
  'voided': () => [judgeSigning(request, {}, pledgeVoid(lockedHere, good.content))],
  'locked-in-another-round': () => [
    judgeSigning(request, {}, lock(emptyRecord(height), certificateOf(1, good.content))),
    judgeSigning(request, {}, lockedHere, 1),
  ],
  'voted-later': () => [judgeSigning(request, {}, { ...lockedHere, votedRound: 1, votedContent: good.content })],
  'not-a-fee-bump': () => {
    const outcome = authorizeSigning(lockedHere, { round: 0, content: good.content, sighash: sighash(bytesOf()), ...request })
    const record = (outcome as { record: HeightRecord }).record
    return [
      judgeSigning({ ...request, maxFeePerGas: request.maxFeePerGas + 1n }, {}, record),
      judgeSigning({ ...request, maxFeePerGas: 33n * gwei + 1n, maxPriorityFeePerGas: (22n * gwei) / 10n }, {}, record),
    ]
  },
}

describe('a request to sign', () => {
  it('that is the agreed batch at a fair price is signed; so is its replacement', () => {
    expect(judgeSigning(request)).toBeUndefined()
    expect(judgeSigning({ ...request, gasLimit: 2n * request.gasLimit })).toBeUndefined()
    const outcome = authorizeSigning(lockedHere, { round: 0, content: good.content, sighash: sighash(bytesOf()), ...request })
    const record = (outcome as { record: HeightRecord }).record
    expect(judgeSigning({ ...request, maxFeePerGas: 33n * gwei + 1n, maxPriorityFeePerGas: (22n * gwei) / 10n + 1n }, {}, record)).toBeUndefined()
    expect(judgeSigning(request, {}, record)).toBeUndefined()
  })

  it.each(Object.keys(SIGN_REFUSALS) as SignRefusal[])('%s', reason => {
    const results = signTriggers[reason]()
    expect(results.length).toBeGreaterThan(0)
    expect(results).toEqual(results.map(() => reason))
  })
})

describe('the documentation', () => {
  const text = readFileSync(new URL('../../docs/agreement.md', import.meta.url), 'utf8')
  const rowsAfter = (heading: string): [string, string][] => {
    const section = text.slice(text.indexOf(heading)).split('\n## ')[0] as string
    return [...section.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(match => [match[1] as string, match[2] as string])
  }

  it.each([
    ['## Reasons not to vote', REFUSALS],
    ['## Reasons not to sign', SIGN_REFUSALS],
  ] as const)('%s lists every code in the order of the checks', (heading, table) => {
    expect(text).toContain(heading)
    expect(rowsAfter(heading)).toEqual(Object.entries(table))
  })
})
