import { describe, expect, test } from 'vitest'
import { leafPair } from '../../../test/support/leaf-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { concat } from '../../bytes.ts'
import { isPoolError, type PoolError } from '../../errors.ts'
import { LENGTHS } from '../shape.ts'
import { kernelOn } from './engine.ts'
import { type Export, instantiate } from './instance.ts'
import { Machine } from './machine.ts'

const random = seededRandom('trap')

function thrownBy(run: () => unknown): PoolError {
  try {
    run()
  } catch (error) {
    if (isPoolError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const NOTHING = Buffer.alloc(64 * 1024 * 1024)
const isErased = ({ memory }: Machine): boolean => NOTHING.compare(memory) === 0

/** A kernel in the middle of its work, whose function `name` gets a pointer beyond the memory when it is armed. */
function armed(name: string) {
  const instance = instantiate()
  let isArmed = false
  const call = instance.exports[name] as Export
  const trapping: Export = (...args) => (isArmed ? call(...args.map(() => 0xffff_fff0)) : call(...args))
  const machine = new Machine({ memory: instance.memory, exports: { ...instance.exports, [name]: trapping } })
  const kernel = kernelOn(machine)
  const { delta, aliceLeaves, bobLeaves } = leafPair(random)
  const held = {
    share: kernel.hold('share', new Uint8Array(32).fill(7)),
    zeroSeed: kernel.hold('zero-seed', random(32)),
    pair: kernel.hold('pair', concat(delta, aliceLeaves, bobLeaves)),
    dealing: kernel.deal({ seed: random(32), threshold: 2 }),
    tuple: kernel.openTuple(random(32)),
  }
  held.tuple.extend({ peer: 2, pair: held.pair, pairContext: random(32), seed: random(32) })
  const arm = (): void => {
    isArmed = true
  }
  return { machine, kernel, held, arm }
}

describe('a trap', () => {
  test.each(['ext_columns', 'b3_hash', 'vole_corrections', 'mem_copy'])('in %s leaves nothing behind, and nothing works any more', name => {
    const { machine, kernel, held, arm } = armed(name)
    const extension = kernel.openTuple(random(32)).extend({ peer: 1, pair: held.pair, pairContext: random(32), seed: random(32) })
    expect(isErased(machine)).toBe(false)
    const extend = () => held.tuple.extend({ peer: 3, pair: held.pair, pairContext: random(32), seed: random(32) })
    const multiply = () => held.tuple.multiply({ peer: 2, pair: held.pair, pairContext: random(32), view: random(32), extension, seed: random(32) })
    arm()
    // vole_corrections comes only after the check, which this message does not pass: its trap is provoked directly
    const first = thrownBy(name === 'vole_corrections' ? () => machine.step(() => machine.call.vole_corrections(0, 0, 0, 0)) : extend)
    expect(first.code).toBe('kernel-stopped')
    expect(first.cause).toBeInstanceOf(WebAssembly.RuntimeError)
    expect(isErased(machine)).toBe(true)

    const uses: (() => unknown)[] = [
      extend,
      multiply,
      () => held.share.seal(random(32), random(1)),
      () => held.share.prove(random(32)),
      () => held.zeroSeed.seal(random(32), random(1)),
      () => held.pair.seal(random(32), random(1)),
      () => held.dealing.shareFor(2),
      () => held.dealing.finish(1),
      () => held.dealing.proof.respond(1n),
      () => held.tuple.finish({ message: 1n, r: 1n }),
      () => kernel.openTuple(random(32)),
      () => kernel.deal({ seed: random(32), threshold: 2 }),
      () => kernel.hold('pair', random(LENGTHS.pair)),
      () => kernel.points.validate(held.share.publicShare),
      () => kernel.H('frame', []),
    ]
    for (const use of uses) {
      const { code, cause } = thrownBy(use)
      expect(code).toBe('kernel-stopped')
      expect(cause).toBe(first.cause)
    }
    // erasing what is erased is no error
    for (const handle of Object.values(held)) handle.wipe()
    expect(isErased(machine)).toBe(true)
  })

  test('another instance goes on', () => {
    const { held, arm } = armed('ext_columns')
    const other = kernelOn(new Machine())
    const share = other.hold('share', new Uint8Array(32).fill(7))
    arm()
    expect(thrownBy(() => held.tuple.extend({ peer: 3, pair: held.pair, pairContext: random(32), seed: random(32) })).code).toBe('kernel-stopped')
    expect(share.publicShare).toEqual(held.share.publicShare)
    expect(share.seal(random(32), random(3)).length).toBe(64)
  })
})

test('a refused argument is not a trap', () => {
  const kernel = kernelOn(new Machine())
  expect(thrownBy(() => kernel.hold('share', new Uint8Array(32))).code).toBe('invalid-scalar')
  expect(kernel.hold('share', new Uint8Array(32).fill(1)).wiped).toBe(false)
})
