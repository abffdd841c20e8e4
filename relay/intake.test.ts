import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { fromHex, hex } from '../core/bytes.ts'
import type { Hex } from '../core/ethereum.ts'
import { type AdmissionRules, defaultRules } from '../core/transaction/admission.ts'
import { parseTransaction } from '../core/transaction/parse.ts'
import { labelled } from '../test/support/random.ts'
import { type Intake, openIntake } from './intake.ts'
import type { RelayStore } from './store.ts'
import { openLibsqlStore } from './store-libsql.ts'

const chainId = 4242
const [alice, bob] = ['alice', 'bob'].map(name => privateKeyToAccount(hex(labelled(name)))) as [
  ReturnType<typeof privateKeyToAccount>,
  ReturnType<typeof privateKeyToAccount>,
]
const sign = async (by: typeof alice, nonce: number, gas = 21_000n): Promise<Uint8Array> =>
  fromHex(await by.signTransaction({ type: 'eip1559', chainId, nonce, to: `0x${'11'.repeat(20)}`, gas, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }))

const stores: RelayStore[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

async function setup(
  change: Partial<AdmissionRules> = {},
): Promise<{ store: RelayStore; intake: Intake; again(): Promise<Intake>; queued(): Promise<Hex[]> }> {
  const store = openLibsqlStore(undefined, { room: labelled('room'), now: () => 1, roomMessages: 10, roomBytes: 1_000, members: 2 })
  stores.push(store)
  const again = () => openIntake({ store, chainId, rules: { ...defaultRules(chainId), ...change }, log: () => {}, admitted: () => {} })
  return {
    store,
    intake: await again(),
    again,
    queued: async () => (await store.intake.queued(0, { count: 100, bytes: 1e9 })).map(item => item.hash),
  }
}

describe('intake', () => {
  it('refuses when it is full, and drops what waits for a predecessor for what is ready, on disk as well', async () => {
    const { intake, queued } = await setup({ maxTransactions: 2 })
    const later = await intake.admit(await sign(alice, 1))
    await intake.admit(await sign(alice, 2))
    expect((await queued()).length).toBe(2)
    const ready = await intake.admit(await sign(bob, 0))
    expect(ready.status).toBe('admitted')
    expect(await queued()).toEqual([(later as { hash: Hex }).hash, (ready as { hash: Hex }).hash])
    expect(await intake.admit(await sign(bob, 5))).toEqual({ status: 'refused', reason: 'pool-full' })
    expect(intake.waiting.transactions).toBe(2)
  })

  it('forgets what a batch has ordered, and what can no longer follow', async () => {
    const { intake, store, queued } = await setup()
    const [mine, rival, next] = [await sign(alice, 0), await sign(alice, 0, 30_000n), await sign(alice, 1)]
    await intake.admit(mine)
    await intake.admit(next)
    // Another relay has let the rival in: it is what was ordered.
    const { hash, from, nonce } = parseTransaction(rival)
    await store.chain.apply({ confirmed: [{ height: 0, l2Blocks: 1, transactions: [{ hash, from, nonce }] }] })
    await intake.ordered([{ hash, from, nonce }])
    expect(await queued()).toEqual([parseTransaction(next).hash])
    expect(intake.nonce(from, false)).toBe(1)
    expect(intake.nonce(from, true)).toBe(2)
    expect(await intake.admit(mine)).toEqual({ status: 'refused', reason: 'nonce-too-low' })
    expect(await intake.admit(rival)).toEqual({ status: 'known', hash })
  })

  it('starts with what is queued, in its order, and with the nonces of what was ordered', async () => {
    const { intake, store, again } = await setup()
    for (const nonce of [0, 1, 2]) await intake.admit(await sign(alice, nonce))
    const first = parseTransaction(await sign(alice, 0))
    await store.chain.apply({ confirmed: [{ height: 0, l2Blocks: 1, transactions: [first] }] })
    const restarted = await again()
    expect(restarted.waiting.transactions).toBe(2)
    expect(restarted.nonce(first.from, false)).toBe(1)
    expect(restarted.nonce(first.from, true)).toBe(3)
  })

  it('keeps what comes in while it reads its store again', async () => {
    const { intake } = await setup()
    await intake.admit(await sign(alice, 0))
    const raw = await sign(alice, 1)
    await Promise.all([intake.reload(), intake.admit(raw), intake.reload()])
    expect(intake.nonce(parseTransaction(raw).from, true)).toBe(2)
  })

  it('does not say yes to what was not stored', async () => {
    const { intake, store } = await setup()
    const raw = await sign(alice, 0)
    const enqueue = store.intake.enqueue
    Object.assign(store.intake, { enqueue: () => Promise.reject(new Error('disk full')) })
    const answers = await Promise.allSettled([intake.admit(raw), intake.admit(raw)])
    expect(answers.map(answer => answer.status)).toEqual(['rejected', 'rejected'])
    expect(intake.waiting.transactions).toBe(0)
    Object.assign(store.intake, { enqueue })
    expect((await intake.admit(raw)).status).toBe('admitted')
  })
})
