/**
 * Kills at chosen moments, and what must hold afterwards.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'libsql'
import { keccak256, parseTransaction, recoverTransactionAddress, serializeTransaction, type TransactionSerializedEIP1559 } from 'viem'
import { expect } from 'vitest'
import { hex } from '../../../core/bytes.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { type GuardContents, readGuard } from './secrets.ts'
import type { SeparatePool } from './separate-pool.ts'
import { until } from './until.ts'

export interface CeremonyHit {
  readonly height: number
  /** ms after a member had opened the ceremony. */
  readonly delay: number
}

/** Kills come this long after a ceremony has begun, at most, ms: with a ready tuple its two rounds take some milliseconds. */
const SPREAD = 12

/**
 * Kills the relay while members sign, and starts it again on the same folder and port, until so many kills have really hit a ceremony: it was open
 * before, and when every member had noticed the end of the relay nobody had its signature. The moments within the ceremony are drawn from `seed`.
 * @param dead called while the relay is gone.
 */
export async function killRelayInCeremony(
  pool: SeparatePool,
  { hits, attempts, seed }: { hits: number; attempts: number; seed: string },
  dead: () => void = () => {},
): Promise<CeremonyHit[]> {
  const found: CeremonyHit[] = []
  const random = seededRandom(seed)
  for (let attempt = 0; attempt < attempts && found.length < hits; attempt++) {
    const lost = pool.logs('relay.disconnected').length
    const before = Math.max(-1, ...pool.logs('ceremony.open').flatMap(({ height }) => height ?? []))
    const height = await until(
      'a ceremony of a new height',
      () => pool.logs('ceremony.open').find(line => line.ceremony === 'sign' && (line.height ?? -1) > before)?.height,
      { every: 1 },
    )
    const delay = Math.floor(((random(1)[0] as number) / 256) * SPREAD)
    await pause(delay)
    pool.relay().kill('SIGKILL')
    expect(await pool.relay().end()).toEqual({ code: null, signal: 'SIGKILL' })
    await until('that every member has noticed', () => pool.logs('relay.disconnected').length >= lost + pool.seats.length)
    const isHit = !pool.events('signed').some(event => event.height >= height)
    console.log(`${seed}: relay killed ${delay} ms into the ceremony of height ${height}: ${isHit ? 'hit' : 'signed already'}`)
    if (isHit) found.push({ height, delay })
    dead()
    const handed = pool.traffic.submitPatiently(2)
    await pool.startRelay()
    await handed
    await pool.landed(height + 1)
  }
  expect(found.length, 'kills that hit a ceremony').toBe(hits)
  return found
}

/** Contents by height, as hex, and where they were found. */
type Contents = Map<number, Map<string, Set<string>>>
function note(contents: Contents, height: number, content: string, where: string): void {
  const known = contents.get(height) ?? new Map<string, Set<string>>()
  contents.set(height, known.set(content, (known.get(content) ?? new Set()).add(where)))
}

/**
 * Two contents for one height are nowhere: not on L1, not in what the relay has stored, and never did as many members as make a signature authorise each of
 * two. One member alone may have: it was ready to sign, the others voted in a later round before they were, and so its content can be signed no more.
 */
export async function examine(pool: SeparatePool): Promise<void> {
  const posted = await pool.posted()
  const guards: GuardContents[] = pool.seats.map(seat => readGuard(pool.vault(seat).guard))
  const authorised: Contents = new Map()
  const payloads: Contents = new Map()
  const sighashes = new Set<string>()
  for (const [member, { records, signed }] of guards.entries()) {
    expect(records.length).toBeGreaterThan(0)
    for (const record of records)
      for (const { content, sighash } of record.signed) {
        note(authorised, record.height, hex(content), `member ${member}`)
        sighashes.add(hex(sighash))
      }
    for (const [height, raw] of signed) {
      const transaction = parseTransaction(`0x${raw.toString('hex')}`)
      expect(transaction.nonce).toBe(height)
      note(payloads, height, transaction.data ?? '0x', `member ${member}`)
    }
  }
  for (const { transaction } of posted) note(payloads, transaction.nonce, transaction.input, 'L1')
  for (const [height, contents] of payloads) expect({ height, contents: contents.size }).toEqual({ height, contents: 1 })
  for (const [height, contents] of authorised) {
    const signable = [...contents.values()].filter(members => members.size >= pool.pool.threshold)
    expect({ height, isOne: signable.length <= 1 }).toEqual({ height, isOne: true })
  }

  for (const { transaction } of posted) {
    // What has landed was authorised by members of this pool, under this very hash.
    expect(authorised.has(transaction.nonce)).toBe(true)
    const raw = await pool.node.client.request({ method: 'eth_getRawTransactionByHash' as never, params: [transaction.hash] as never })
    const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gas, to, value, data } = parseTransaction(raw as TransactionSerializedEIP1559)
    const unsigned = serializeTransaction({ type: 'eip1559', chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gas, to, value, data })
    expect(sighashes).toContain(keccak256(unsigned))
    const signer = await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerializedEIP1559 })
    expect(signer.toLowerCase()).toBe(pool.account)
  }

  const relay = new Database(`${pool.relayFolder}/relay.db`, { readonly: true } as Database.Options)
  try {
    const rows = relay.prepare('SELECT height, COUNT(DISTINCT content) AS contents FROM publications GROUP BY height').all() as {
      height: number
      contents: number
    }[]
    expect(rows.length).toBeGreaterThanOrEqual(posted.length)
    for (const row of rows) expect(row).toEqual({ height: row.height, contents: 1 })
  } finally {
    relay.close()
  }
}
