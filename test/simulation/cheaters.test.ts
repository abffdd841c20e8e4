import { describe, expect, it } from 'vitest'
import type { L2Block } from '../../core/batch/block.ts'
import { encodeUnsignedTransaction, type UnsignedTransaction } from '../../core/l1/transaction.ts'
import type { RoomMessageOf } from '../../core/member/messages.ts'
import { labelled } from '../support/random.ts'
import { runCheater } from './cheater-scenario.ts'
import { BARE, createPuppet, type Puppet, relinked } from './puppet.ts'
import { createWorld, seedOf, type World } from './world.ts'

/** The cheater has the turn of height 1; heights 0 and 2 and the later rounds of 1 belong to the others. */
async function withCheater(name: string, shape: { t: number; n: number } = { t: 3, n: 4 }): Promise<{ world: World; cheater: Puppet }> {
  const world = await createWorld({ seed: seedOf(name), ...shape, epochLength: 8 })
  const seat = world.order(1)?.[0] as number
  await world.start([seat])
  const cheater = await createPuppet(world, seat)
  await world.transact(6)
  await world.untilBatches(1)
  await world.transact(6)
  await world.until(
    'the cheater can propose',
    () => cheater.nextHeight === 1 && world.time.now() >= (cheater.turn()?.due ?? Number.POSITIVE_INFINITY),
  )
  return { world, cheater }
}

/** Every other member refused it for this reason, the cheater and the members heard each other say so, and the height lands in a later round. */
async function refusedFor(world: World, cheater: Puppet, reason: string, round = 0): Promise<void> {
  const { others } = cheater
  const told = (seat: number): number[] =>
    world
      .machine(seat)
      .log.flatMap(({ event, facts }) =>
        event === 'proposal.refused-by' && facts.reason === reason && facts.round === round && facts.height === 1 ? [facts.from as number] : [],
      )
  const everyoneKnows = (): boolean =>
    others.every(
      seat =>
        cheater.refusals(seat, 1, round).includes(reason) && others.every(other => other === seat || told(seat).includes(other)) && shown.has(seat),
    )
  const shown = new Set<number>()
  await world.until(
    `all refuse for ${reason}`,
    () => {
      for (const seat of others)
        if (world.relay.report(seat)?.refusals.some(refusal => refusal.height === 1 && refusal.round === round && refusal.reason === reason))
          shown.add(seat)
      return everyoneKnows()
    },
    15_000,
  )
  await world.untilBatches(2)
  const signed = world.machines.flatMap(({ events }) => events.flatMap(event => (event.kind === 'signed' && event.height === 1 ? [event] : [])))
  expect(signed.every(event => event.round > 0 && event.proposer !== cheater.seat)).toBe(true)
  await world.untilSettled()
}

const changeBlock =
  (at: number, change: (block: L2Block) => L2Block) =>
  (blocks: L2Block[]): L2Block[] =>
    relinked(blocks.map((block, i) => (i === (at + blocks.length) % blocks.length ? change(block) : block)))

describe('a proposer that cheats', () => {
  const wrongBatches: Record<string, [reason: string, change: (world: World) => Promise<(blocks: L2Block[]) => L2Block[]>]> = {
    'a transaction without a valid signature': [
      'bad-transaction',
      async () =>
        changeBlock(-1, block => ({
          ...block,
          transactions: block.transactions.map(raw => raw.map((byte, i) => (i === raw.length - 40 ? byte ^ 1 : byte)).fill(0, -32)),
        })),
    ],
    'a transaction of another chain': [
      'unknown-chain',
      async world => {
        const foreign = await world.transaction(0, 1)
        return changeBlock(-1, block => ({ ...block, transactions: [foreign, ...block.transactions] }))
      },
    ],
    'transactions of a sender in another order': [
      'nonce-order',
      async () => changeBlock(-1, block => ({ ...block, transactions: [...block.transactions].reverse() })),
    ],
    'a gap between its blocks': ['bad-timestamp', async () => changeBlock(-1, block => ({ ...block, timestamp: block.timestamp + 1 }))],
    'blocks of the future': [
      'bad-timestamp',
      async () => blocks => {
        const last = blocks.at(-1) as L2Block
        return relinked([
          ...blocks,
          ...Array.from({ length: 30 }, (_, i) => ({ ...last, number: last.number + i + 1, timestamp: last.timestamp + i + 1, transactions: [] })),
        ])
      },
    ],
    'blocks on another parent': ['does-not-follow', async () => changeBlock(0, block => ({ ...block, parentHash: `0x${'77'.repeat(32)}` }))],
    'an L1 origin that is not on L1': [
      'bad-origin',
      async () => changeBlock(-1, block => ({ ...block, l1Origin: { ...block.l1Origin, hash: `0x${'88'.repeat(32)}` } })),
    ],
  }
  for (const [what, [reason, change]] of Object.entries(wrongBatches))
    it(`${what}: ${reason}`, async () => {
      const { world, cheater } = await withCheater(`cheat ${what}`)
      cheater.say('all', { ...BARE, proposal: cheater.make(0, await change(world)) })
      await refusedFor(world, cheater, reason)
    })

  it('a payload that is no batch: does-not-decode', async () => {
    const { world, cheater } = await withCheater('cheat garbage')
    cheater.say('all', { ...BARE, proposal: cheater.make(0, blocks => blocks, { payload: labelled('garbage') }) })
    await refusedFor(world, cheater, 'does-not-decode')
  })

  it('a payload that the content does not commit to: wrong-content', async () => {
    const { world, cheater } = await withCheater('cheat content')
    cheater.say('all', { ...BARE, proposal: cheater.make(0, blocks => blocks, { content: labelled('content') }) })
    await refusedFor(world, cheater, 'wrong-content')
  })

  it('a proposal in the turn of another: not-your-turn', async () => {
    const { world, cheater } = await withCheater('cheat turn')
    cheater.say('all', { ...BARE, proposal: cheater.make(1) })
    await refusedFor(world, cheater, 'not-your-turn', 1)
  })

  it('a forged signature: bad-signature', async () => {
    const { world, cheater } = await withCheater('cheat signature')
    const proposal = cheater.make(0)
    cheater.say('all', { ...BARE, proposal: { ...proposal, signature: proposal.signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) } })
    await refusedFor(world, cheater, 'bad-signature')
  })

  it('certificates that nobody voted for, to move locks: invalid-certificate', async () => {
    const { world, cheater } = await withCheater('cheat certificate')
    const [absent, ...present] = cheater.others as [number, number, number]
    // Without a third honest member nothing is agreed on until the cheater has its turn again.
    world.machine(absent).crash()
    await world.until('its next turn', () => cheater.turn()?.round === 4, 60_000)
    const honest = cheater.make(4)
    const { height, content } = honest
    const own = { seat: cheater.seat, signature: cheater.prepare({ ...honest, round: 0 }).prepare.signature }
    const votes = [
      [own],
      [own, own, own],
      [own, ...present.map(seat => ({ seat, signature: own.signature }))],
      [own, ...present.map(seat => ({ seat, signature: new Uint8Array(65) }))],
    ]
    for (const prepares of votes) {
      const justification = { validRound: 0, certificate: { height, round: 0, content, prepares } }
      cheater.say('all', { ...BARE, proposal: cheater.make(4, blocks => blocks, { content, payload: honest.payload, justification }) })
    }
    const refused = (seat: number): readonly string[] => cheater.refusals(seat, 1, 4)
    await world.until('all refuse', () => present.every(seat => refused(seat).length >= votes.length), 5_000)
    for (const seat of present) expect(refused(seat)).toEqual(votes.map(() => 'invalid-certificate'))
    await world.machine(absent).start()
    await world.untilBatches(2)
    await world.untilSettled()
  })

  it('two contents in one round to everyone: second-content-in-round', async () => {
    const { world, cheater } = await withCheater('cheat twice')
    const first = cheater.make(0)
    const second = cheater.make(0, blocks => blocks.slice(0, -1))
    cheater.say('all', { ...BARE, proposal: first })
    cheater.say('all', { ...BARE, proposal: second })
    await refusedFor(world, cheater, 'second-content-in-round')
  })

  it('two contents to two halves, and votes for both: one of them lands, or neither', async () => {
    const { world, cheater } = await withCheater('cheat halves', { t: 4, n: 5 })
    const [a, b, c, d] = cheater.others as [number, number, number, number]
    const left = cheater.make(0)
    const right = cheater.make(0, blocks => blocks.slice(0, -1))
    for (const seat of [a, b]) cheater.say(seat, { ...BARE, proposal: left })
    for (const seat of [c, d]) cheater.say(seat, { ...BARE, proposal: right })
    cheater.say('all', cheater.prepare(left))
    cheater.say('all', cheater.prepare(right))
    await world.untilBatches(2)
    await world.untilSettled()
  })

  it('two contents, each certified by nobody but shown to who needs one more vote: the lock decides', async () => {
    const { world, cheater } = await withCheater('cheat one more vote', { t: 3, n: 4 })
    const [a, b, c] = cheater.others as [number, number, number]
    const left = cheater.make(0)
    const right = cheater.make(0, blocks => blocks.slice(0, -1))
    // a and b vote for the left one; with the cheater's vote it has q = 3, but only a hears that.
    for (const seat of [a, b]) cheater.say(seat, { ...BARE, proposal: left })
    cheater.say(c, { ...BARE, proposal: right })
    cheater.say(a, cheater.prepare(left))
    cheater.say(c, cheater.prepare(right))
    await world.untilBatches(2)
    expect(world.machine(a).disk.record(1)?.lockedContent).toEqual(left.content)
    await world.untilSettled()
  })
})

describe('a proposer whose batch is agreed on, and who asks for another signature', () => {
  const requests: Record<string, [reason: string, change: Partial<UnsignedTransaction>]> = {
    'that moves ether': ['value-moved', { value: 1n }],
    'to another address': ['wrong-inbox', { to: `0x${'99'.repeat(20)}` }],
    'with another nonce': ['wrong-nonce', { nonce: 7 }],
    'for another chain': ['wrong-chain', { chainId: 1 }],
    'with other calldata': ['wrong-payload', { data: labelled('other') }],
    'at any price': ['fee-above-limit', { maxFeePerGas: 10n ** 15n }],
    'with too much gas': ['wrong-gas', { gasLimit: 30_000_000n }],
  }
  it('is refused by each member for itself, and the height lands in a later round', async () => {
    const { world, cheater } = await withCheater('cheat sign')
    const { pool } = world
    const proposal = cheater.make(0)
    cheater.say('all', { ...BARE, proposal })
    cheater.say('all', cheater.prepare(proposal))
    const votes = () => cheater.heard.flatMap(({ message }) => (message.kind === 'prepare' && message.prepare.height === 1 ? [message.prepare] : []))
    await world.until('votes', () => votes().length === 3)
    const [victim, second] = cheater.others as [number, number]
    const { height, round, content } = proposal
    const certificate = {
      height,
      round,
      content,
      prepares: votes()
        .map(({ seat, signature }) => ({ seat, signature }))
        .sort((x, y) => x.seat - y.seat),
    }
    const quorum = [cheater.seat, victim, second].sort((x, y) => x - y)
    const honest: UnsignedTransaction = {
      type: 2,
      chainId: pool.l1.chainId,
      nonce: 1 + pool.l1.nonceOffset,
      maxPriorityFeePerGas: 10n ** 9n,
      maxFeePerGas: 3n * 10n ** 9n,
      gasLimit: 100_000n,
      to: pool.l1.inbox,
      value: 0n,
      data: proposal.payload,
    }
    const ask = (change: Partial<UnsignedTransaction>, fields: Partial<RoomMessageOf<'sign'>> = {}): void =>
      cheater.say(victim, {
        kind: 'sign',
        height,
        round,
        content,
        ceremony: labelled('ceremony'),
        quorum,
        transaction: encodeUnsignedTransaction({ ...honest, ...change }),
        certificate,
        held: false,
        ...fields,
      })
    for (const [, change] of Object.values(requests)) ask(change)
    ask({}, { certificate: { ...certificate, prepares: certificate.prepares.slice(1) } })
    ask({}, { quorum: quorum.filter(seat => seat !== victim) })
    ask({}, { round: 1, certificate: { ...certificate, round: 1 } })
    ask({}, { content: labelled('other content') })
    const reasons = () => world.machine(victim).log.flatMap(({ event, facts }) => (event === 'sign.refused' ? [String(facts.reason)] : []))
    await world.until('all refused', () => reasons().length >= Object.keys(requests).length + 4, 3_000)
    expect(reasons()).toEqual([
      ...Object.values(requests).map(([reason]) => reason),
      'invalid-certificate',
      'bad-quorum',
      'not-the-proposer',
      'certificate-of-another-slot',
    ])
    expect(world.machine(victim).disk.record(1)?.signed).toEqual([])
    await world.untilBatches(2)
    await world.untilSettled()
  })
})

describe('a member that talks nonsense', () => {
  it('delays nobody', async () => {
    const { world, cheater } = await withCheater('nonsense')
    const proposal = cheater.make(0)
    const bogus = { height: 1, round: 5, content: labelled('bogus'), prepares: [{ seat: cheater.seat, signature: new Uint8Array(65) }] }
    for (let i = 0; i < 20; i++) cheater.sayBytes('all', labelled('nonsense', i))
    cheater.say('all', { kind: 'locked', certificate: bogus, proposal: { ...proposal, content: bogus.content } })
    cheater.say('all', { kind: 'locked', certificate: { ...bogus, content: proposal.content }, proposal })
    cheater.say('all', { kind: 'keygen', ceremony: labelled('keygen') })
    cheater.say('all', { kind: 'keyCertificate', certificate: labelled('certificate') })
    cheater.say('all', { kind: 'signed', height: 1, round: 0, content: proposal.content, signers: [1, 2, 3], raw: labelled('raw') })
    for (let round = 0; round < 100; round++) {
      cheater.say('all', cheater.prepare({ ...proposal, round, content: labelled('vote', round) }))
      cheater.say('all', { kind: 'commit', height: 1, round, content: labelled('vote', round) })
      cheater.say('all', { ...BARE, proposal: { ...proposal, height: 2, round } })
    }
    await world.untilBatches(2, 20_000)
    await world.untilSettled()
  })
})

describe('a member that cheats whenever it can', () => {
  it('delays its own turns, and loses or doubles nothing', () => runCheater({ t: 3, n: 4, duration: 35_000 }))
})

describe('a member that votes and never signs', () => {
  it('is asked last once it has failed a ceremony', async () => {
    const world = await createWorld({ seed: seedOf('never signs'), t: 3, n: 4, cheaters: 1 })
    const seat = 2
    await world.start([seat])
    const cheater = await createPuppet(world, seat)
    cheater.react = (_, message) => {
      if (message.kind === 'proposal') cheater.say('all', cheater.prepare(message.proposal))
    }
    await world.untilBatches(8)
    const gaps = world.batches().map(({ l1Block }, i, all) => l1Block - (all[i - 1]?.l1Block ?? 0))
    // Each of the others learns it once, at the price of a ceremony; then only the cheater's own turns are slow.
    expect(Math.max(...gaps.slice(0, 4))).toBeGreaterThan(8)
    expect(Math.max(...gaps.slice(4))).toBeLessThan(8)
    await world.untilSettled()
  })
})
