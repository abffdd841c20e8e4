import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelled, testParties } from '../../test/support/index.ts'
import { hex } from '../bytes.ts'
import { type Config, configHash, NONE, OPERATIONS, type TransferConfig, transferConfigHash } from './config.ts'

const members = testParties(3)
const dealers = members.slice(1).map(({ index, identity }) => ({ party: 0x8000 + index, index, identity }))
const key = { poolHash: labelled('pool'), keyId: labelled('key'), epoch: labelled('epoch'), epochNo: 4, threshold: 2, members }
const signing: Config = { operation: OPERATIONS.sign, ...key, quorum: [1, 2] }
const moving: TransferConfig = {
  operation: OPERATIONS.reshare,
  ...key,
  certified: labelled('certified'),
  publicKey: new Uint8Array(33).fill(2),
  chainCode: labelled('chain code'),
  oldThreshold: 2,
  dealers,
  recipient: 0,
}

/** The same thing, changed. */
function changed(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1]
  if (value instanceof Uint8Array) return [value.map((byte, i) => (i === 0 ? byte ^ 1 : byte))]
  const list = value as Record<string, unknown>[] | number[]
  const first = list[0] as Record<string, unknown> | number
  const edited =
    typeof first === 'number' ? [first + 7] : Object.keys(first).flatMap(name => changed(first[name]).map(part => ({ ...first, [name]: part })))
  return [list.slice(1), [...list, first], [...list].reverse(), ...edited.map(one => [one, ...list.slice(1)])]
}

describe('configuration', () => {
  it.each([
    ['of a signature', signing, (config: object) => hex(configHash(config as Config))],
    ['of a ceremony that moves a key', moving, (config: object) => hex(transferConfigHash(config as TransferConfig))],
  ] as const)('%s: every field of it changes the hash', (_, config, hash) => {
    const hashes = new Set([hash(config)])
    let variants = 1
    for (const name of Object.keys(config) as (keyof typeof config)[])
      for (const value of changed(config[name])) {
        variants += 1
        hashes.add(hash({ ...config, [name]: value }))
      }
    expect(variants).toBeGreaterThan(Object.keys(config).length)
    expect(hashes.size).toBe(variants)
  })

  it('no operation has the hash of another, and no two have one number', () => {
    const numbers = Object.values(OPERATIONS)
    expect(new Set(numbers).size).toBe(numbers.length)
    const hashes = numbers.flatMap(operation => [configHash({ ...signing, operation }), transferConfigHash({ ...moving, operation })]).map(hex)
    expect(new Set(hashes).size).toBe(2 * numbers.length)
  })

  it('key generation and signing hash what they always did', () => {
    expect(hex(configHash({ ...signing, operation: OPERATIONS.keygen, keyId: NONE, epoch: NONE, quorum: [] }))).toMatchInlineSnapshot(
      `"0x13b6007a3815ae270eee33b674a41a3ce499ac3d221411962592390178f0dd8f"`,
    )
    expect(hex(configHash(signing))).toMatchInlineSnapshot(`"0x806e67755b0d8124e4ab8630972736db6bc7bcf5e5f9793e40e0eae6054710c6"`)
  })

  it('whoever deals for whom: different lists of people have different hashes', () => {
    const person = fc.record({ party: fc.integer({ min: 1, max: 3 }), index: fc.integer({ min: 1, max: 3 }), identity: fc.constant(NONE) })
    const hash = (list: TransferConfig['dealers']) => hex(transferConfigHash({ ...moving, dealers: list }))
    fc.assert(
      fc.property(fc.array(person, { maxLength: 4 }), fc.array(person, { maxLength: 4 }), (a, b) => {
        expect(hash(a) === hash(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })
})
