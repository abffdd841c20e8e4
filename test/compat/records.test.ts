import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Bytes, hex, utf8 } from '../../core/bytes.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../core/member/checkpoint.ts'
import { type KeyFacts, openKeyLedger } from '../../core/member/key-ledger.ts'
import { parsePool, poolHash, poolToJson } from '../../core/proposal/pool.ts'
import { generationOf } from '../../core/threshold/share-codec.ts'
import { labelled } from '../support/index.ts'
import { fixture } from './fixtures.ts'
import { burnNotice, erasure, nextPool, pool, share } from './samples.ts'

const text = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

describe('pool files', () => {
  it.each([
    ['pool-v1.json', pool, '0x342646213b258f6a09ad032ff457ee38d068cf72879dba14a16b79de1e856634'],
    ['pool-v1-next.json', nextPool, '0x5b6459d79187c5dcd6730ca544830bc47e4e88a8664ae246d82c4086084ab4d3'],
  ])('%s is read, has its hash, and is written as it was', async (name, expected, hash) => {
    await fixture(name, () => utf8(`${JSON.stringify(poolToJson(expected), undefined, 2)}\n`))
    const read = parsePool(JSON.parse(text(name)))
    expect(read).toEqual(expected)
    expect(hex(poolHash(read))).toBe(hash)
    expect(poolToJson(read)).toEqual(JSON.parse(text(name)))
  })
})

describe('checkpoint-v1.hex', () => {
  const header = (number: number) => ({ number, hash: hex(labelled('block', number)), timestamp: 1_750_000_000 + 12 * number })
  const checkpoint: Checkpoint = {
    follower: {
      headers: [header(41), header(42)],
      nextHeight: 7,
      inclusions: [{ height: 6, hash: hex(labelled('batch', 6)), block: header(42) }],
    },
    chain: {
      head: { number: 99, hash: hex(labelled('L2 block')), timestamp: 1_750_000_600, l1Origin: { number: 42, hash: header(42).hash } },
      nonces: new Map([[`0x${'aa'.repeat(20)}` as const, 3]]),
    },
  }

  it('is read, and written with the same bytes', async () => {
    const bytes = await fixture('checkpoint-v1.hex', () => encodeCheckpoint(pool, share.address, checkpoint))
    const read = decodeCheckpoint(pool, share.address, bytes)
    expect(read).toEqual(checkpoint)
    expect(encodeCheckpoint(pool, share.address, read)).toEqual(bytes)
  })
})

describe('key-ledger-v1.hex', () => {
  const facts: KeyFacts = {
    since: { epoch: share.epoch, epochNo: 0, at: 1_795_000_000_000, height: 7 },
    notices: [burnNotice],
    lifts: [{ peer: 2, at: 1_794_000_000_000 }],
    erasures: [erasure],
    destroyed: { keyId: share.keyId, epoch: share.epoch, epochNo: 0, at: 1_795_000_000_001 },
  }
  /** A guard with this one fact. */
  const guardWith = (bytes?: Bytes) => {
    let held = bytes
    return {
      fact: async () => held,
      saveFact: async (_: string, next: Bytes) => {
        held = next
      },
      held: () => held as Bytes,
    }
  }

  it('is read, and written with the same bytes', async () => {
    const bytes = await fixture('key-ledger-v1.hex', async () => {
      const guard = guardWith()
      await (await openKeyLedger(guard)).update(facts)
      return guard.held()
    })
    const guard = guardWith(bytes)
    const ledger = await openKeyLedger(guard)
    expect(ledger.facts).toMatchObject(facts)
    await ledger.update({})
    expect(hex(guard.held())).toBe(hex(bytes))
  })
})

describe('shares', () => {
  it.each(['share-v1.hex', 'share-v2.hex'])('the generation of %s is told without a key', async name => {
    const bytes = await fixture(name, () => new Uint8Array(0))
    const generation = generationOf(bytes)
    expect(hex(generation.keyId)).toBe('0xfbf0a3fb2239bef0887f0770d1943031c975e7f2b5dc834de2efdb167c92f1ea')
    expect(generation.epochNo).toBe(0)
    expect(() => generationOf(bytes.subarray(0, -1))).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
    expect(() => generationOf(bytes.with(0, 9))).toThrow(expect.objectContaining({ code: 'malformed-bytes' }))
  })
})
