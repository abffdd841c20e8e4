import { afterEach, describe, expect, it, vi } from 'vitest'
import { labelled, memoryNetwork, type NetworkOptions, testShares } from '../../test/support/index.ts'
import { hex } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { exportKey, importKey, type KeyShare, keygen, refresh } from './index.ts'
import { secretsOf } from './share.ts'

const slowEngine = kernel.name === 'reference'

afterEach(() => void vi.restoreAllMocks())

/** Watches every secret that the kernel hands out from now on; gives those that nobody has wiped, by what made them. */
function watchSecrets(): () => string[] {
  const alive = new Map<object, string>()
  const watch = <T extends { wipe(): void }>(name: string, secret: T): T => {
    alive.set(secret, name)
    const wipe = secret.wipe.bind(secret)
    vi.spyOn(secret as { wipe(): void }, 'wipe').mockImplementation(() => {
      alive.delete(secret)
      wipe()
    })
    return secret
  }
  const { deal, openPair, hold } = kernel
  vi.spyOn(kernel, 'deal').mockImplementation(input => {
    const dealing = watch('dealing', deal(input))
    const finish = dealing.finish.bind(dealing)
    vi.spyOn(dealing, 'finish').mockImplementation(index => {
      const share = finish(index)
      return share && watch('share', share)
    })
    return dealing
  })
  vi.spyOn(kernel, 'openPair').mockImplementation(input => {
    const setup = watch('setup', openPair(input))
    const agree = setup.agreeZeroSeed.bind(setup)
    const finish = setup.finish.bind(setup)
    vi.spyOn(setup, 'agreeZeroSeed').mockImplementation(value => watch('zero seed', agree(value)))
    vi.spyOn(setup, 'finish').mockImplementation(trees => watch('pair', finish(trees)))
    return setup
  })
  vi.spyOn(kernel, 'hold').mockImplementation((kind, bytes) => watch(`held ${kind}`, hold(kind, bytes)))
  return () => [...alive.values()].sort()
}

const OF_TWO = ['pair', 'pair', 'share', 'share', 'zero seed', 'zero seed']

describe.skipIf(slowEngine)('secrets of a ceremony', () => {
  it('a refresh leaves those of the new shares, which wiping these ends', async () => {
    const shares = testShares(2, 2)
    const alive = watchSecrets()
    const outcomes = await memoryNetwork([1, 2]).run((ctx, seat) => refresh(ctx, shares.get(seat) as KeyShare, { epochNo: 1 }))
    expect(alive()).toEqual(OF_TWO)
    for (const { value } of outcomes.values()) value?.wipe()
    expect(alive()).toEqual([])
  })

  it.each(['D1', 'D2', 'D3', 'D4', 'D5', 'D6'])('one that ends in %s leaves none', async round => {
    const shares = testShares(2, 2)
    const alive = watchSecrets()
    const net = memoryNetwork([1, 2], { faults: { drop: message => message.round === round } })
    const outcomes = await net.run((ctx, seat) => refresh(ctx, shares.get(seat) as KeyShare, { epochNo: 1 }))
    expect([...outcomes.values()].map(({ error }) => error?.code)).toEqual(['deadline', 'deadline'])
    expect(alive()).toEqual([])
    // the old shares are not touched
    expect([...shares.values()].map(share => secretsOf(share).share.wiped)).toEqual([false, false])
  })

  it('one that ends without certificates leaves what the journal has', async () => {
    const shares = testShares(2, 2)
    const alive = watchSecrets()
    const net = memoryNetwork([1, 2], { faults: { drop: ({ round }) => round === 'D7' } })
    await net.run((ctx, seat) => refresh(ctx, shares.get(seat) as KeyShare, { epochNo: 1 }))
    expect(alive()).toEqual(OF_TWO)
    for (const entry of net.journal) if (entry.kind === 'pending') entry.share.wipe()
    expect(alive()).toEqual([])
  })

  it.each(['R1', 'R2', 'R3', 'R4'])('a key generation that ends in %s leaves none', async round => {
    const alive = watchSecrets()
    const net = memoryNetwork([1, 2], { faults: { drop: message => message.round === round } })
    await net.run(ctx => keygen(ctx, { threshold: 2 }))
    expect(alive()).toEqual([])
  })

  it.each<[string, NetworkOptions]>([
    ['done', {}],
    ['without a part', { faults: { drop: ({ round }) => round === 'X2' } }],
    ['without a receipt', { faults: { drop: ({ round }) => round === 'X3' } }],
  ])('an export leaves none: %s', async (_, options) => {
    const shares = testShares(3, 2)
    const alive = watchSecrets()
    await memoryNetwork([1, 2], options).run((ctx, seat) => exportKey(ctx, shares.get(seat) as KeyShare, { recipient: 1, signers: [1, 2] }))
    expect(alive()).toEqual([])
  })

  it('an import leaves neither the key in the kernel nor the bytes it came in', async () => {
    const secret = labelled('a whole key')
    const publicKey = kernel.points.multiply(kernel.points.base, BigInt(hex(secret))) as Uint8Array
    const input = { threshold: 2, importer: 1, publicKey, chainCode: labelled('chain code') }
    for (const drop of ['D1', 'D3', 'nothing']) {
      const alive = watchSecrets()
      const given = secret.slice()
      const net = memoryNetwork([1, 2], { seed: drop, faults: { drop: ({ round }) => round === drop } })
      await net.run((ctx, seat) => importKey(ctx, seat === 1 ? { ...input, secret: given } : input))
      expect(given).toEqual(new Uint8Array(32))
      expect(alive()).toEqual(drop === 'nothing' ? OF_TWO : [])
      vi.restoreAllMocks()
    }
  })
})
