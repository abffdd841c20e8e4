import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { type Bytes, concat, u32be, utf8 } from '../../bytes.ts'
import { isPoolError, type PoolError } from '../../errors.ts'
import { fullTag } from '../../transcript.ts'
import { baseOtReceive, baseOtSend, baseOtSenderKey } from './transfer.ts'
import { twin } from './twin.ts'

const random = seededRandom('base-ot.test')
const otsid = random(32)
const { secret, message: senderKey } = baseOtSenderKey(random)
const received = baseOtReceive({ senderKey, otsid, random })
const sent = baseOtSend({ secret, senderKey, otsid, message: received.message })
const choice = (i: number): 0 | 1 => (((received.choices[i >> 3] as number) >> (i & 7)) & 1) as 0 | 1

const failure = (run: () => unknown): PoolError => {
  try {
    run()
  } catch (error) {
    if (isPoolError(error)) return error
    throw error
  }
  throw new Error('no error')
}
const sendWith = (message: Bytes) => () => baseOtSend({ secret, senderKey, otsid, message })
const put = (at: number, bytes: Bytes): Bytes => {
  const out = received.message.slice()
  out.set(bytes, at)
  return out
}

describe('base transfers', () => {
  test('the receiver has the key of each chosen side and not the other', () => {
    expect([received.message.length, received.choices.length, received.keys.length, sent.keys.length]).toEqual([8448, 16, 128, 128])
    sent.keys.forEach((pair, i) => {
      expect(pair[choice(i)]).toEqual(received.keys[i])
      expect(pair[1 - choice(i)]).not.toEqual(received.keys[i])
    })
    const all = sent.keys.flat().map(key => key.join())
    expect(new Set(all).size).toBe(256)
    expect(received.keys.every(key => key.length === 16)).toBe(true)
  })

  test('choices are not all alike', () => {
    const ones = Array.from({ length: 128 }, (_, i) => choice(i)).filter(c => c === 1).length
    expect(ones).toBeGreaterThan(32)
    expect(ones).toBeLessThan(96)
  })

  test('another batch id, or another sender key in the hash, gives other keys', () => {
    const elsewhere = baseOtSend({ secret, senderKey, otsid: random(32), message: received.message })
    expect(elsewhere.keys.filter((pair, i) => pair[choice(i)]?.join() === received.keys[i]?.join())).toEqual([])
    // the same shared points, so only the key derivation can tell the difference
    const other = baseOtSenderKey(random).message
    const misattributed = baseOtSend({ secret, senderKey: other, otsid, message: received.message })
    expect(misattributed.keys.filter((pair, i) => pair[choice(i)]?.join() === received.keys[i]?.join())).toEqual([])
  })

  test('a wrong length is refused before anything is read', () => {
    for (const message of [new Uint8Array(0), received.message.subarray(1), concat(received.message, Uint8Array.of(0))])
      expect(failure(sendWith(message)).code).toBe('malformed-round')
    expect(failure(() => baseOtReceive({ senderKey: senderKey.subarray(1), otsid, random })).code).toBe('malformed-round')
    expect(failure(() => baseOtReceive({ senderKey, otsid: otsid.subarray(1), random })).code).toBe('invalid-argument')
    expect(failure(() => baseOtSend({ secret, senderKey, otsid: new Uint8Array(31), message: received.message })).code).toBe('invalid-argument')
    expect(failure(() => baseOtSend({ secret: new Uint8Array(31), senderKey, otsid, message: received.message })).code).toBe('invalid-scalar')
  })

  test.each([
    ['zeros', new Uint8Array(33)],
    ['x without y', concat(Uint8Array.of(2), new Uint8Array(31), Uint8Array.of(5))],
    ['x above the field', concat(Uint8Array.of(3), new Uint8Array(32).fill(255))],
    ['prefix 4', concat(Uint8Array.of(4), senderKey.subarray(1))],
  ])('an invalid point is refused in every place: %s', (_what, bytes) => {
    for (const place of [0, 1, 100, 254, 255]) {
      const error = failure(sendWith(put(33 * place, bytes)))
      expect(error.code).toBe('base-ot')
      expect(isPoolError(error.cause, 'invalid-point')).toBe(true)
    }
    expect(failure(() => baseOtReceive({ senderKey: bytes, otsid, random })).code).toBe('base-ot')
  })

  test('a sum that is the identity is refused', () => {
    // phi_b = -HP_{i,b}(phi_{1-b}) would make the sender derive its key from y·0, which everybody knows
    const decoy = twin.points.multiplyBase(5n)
    const domain = (i: number, b: number) => concat(utf8(fullTag('bot/popf')), otsid, u32be(i), Uint8Array.of(b))
    for (const [i, b] of [
      [0, 0],
      [0, 1],
      [127, 1],
    ] as const) {
      const phi = twin.points.negate(twin.points.hashToCurve(decoy, domain(i, b)))
      const pair = b === 0 ? concat(phi, decoy) : concat(decoy, phi)
      expect(failure(sendWith(put(66 * i, pair))).code).toBe('base-ot')
    }
  })

  test('a valid but different point changes both keys of its transfer and no other', () => {
    const changed = baseOtSend({ secret, senderKey, otsid, message: put(66 * 3 + 33, twin.points.multiplyBase(9n)) })
    changed.keys.forEach((pair, i) => {
      for (const b of [0, 1] as const) {
        if (i === 3) expect(pair[b]).not.toEqual(sent.keys[i]?.[b])
        else expect(pair[b]).toEqual(sent.keys[i]?.[b])
      }
    })
  })
})
