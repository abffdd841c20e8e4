import { expect, test } from 'vitest'
import { hex } from '../bytes.ts'
import { keysOfLink } from './link-keys.ts'

test('one secret gives two keys, which say nothing of each other, and always the same', () => {
  const secret = new Uint8Array(32).fill(7)
  const { identitySeed, voteKey } = keysOfLink(secret)
  expect(new Set([hex(secret), hex(identitySeed), hex(voteKey), hex(keysOfLink(new Uint8Array(32)).identitySeed)]).size).toBe(4)
  expect(hex(keysOfLink(secret.slice()).voteKey)).toBe(hex(voteKey))
  expect(() => keysOfLink(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
