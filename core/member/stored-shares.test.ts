import { describe, expect, it } from 'vitest'
import { generationOfShare } from '../../test/support/generations.ts'
import { memoryDisk } from '../../test/support/memory-disk.ts'
import { labelled } from '../../test/support/random.ts'
import { testSealingKey } from '../../test/support/reveal.ts'
import { testShares } from '../../test/support/shares.ts'
import { encodeShare, type KeyShare } from '../threshold/index.ts'
import { dropObsolete, pendingOf, storePending } from './stored-shares.ts'

const sealing = testSealingKey(1)
const first = testShares(3, 2, 'stored').get(1) as KeyShare
const other = testShares(3, 2, 'another key').get(1) as KeyShare
const at = (epochNo: number, branch = ''): KeyShare => generationOfShare(first, epochNo, { certifiedBy: [1], branch })

function vaultOf(active?: KeyShare) {
  const share = active === undefined ? undefined : encodeShare(active, sealing)
  return memoryDisk({ identitySeed: labelled('unused'), voteKey: labelled('unused'), share }).open().vault
}
const numbers = (vault: ReturnType<typeof vaultOf>): number[] => pendingOf(vault).map(({ epochNo }) => epochNo)

describe('stored shares', () => {
  it('are certified in ascending order only', async () => {
    const vault = vaultOf(first)
    await storePending(vault, sealing, first, at(2))
    await storePending(vault, sealing, first, at(5))
    expect(numbers(vault)).toEqual([5, 2])
    for (const epochNo of [0, 1, 2, 4, 5])
      await expect(storePending(vault, sealing, first, at(epochNo, 'sibling'))).rejects.toMatchObject({
        code: 'epoch-taken',
        context: { highest: 5 },
      })
    expect(numbers(vault)).toEqual([5, 2])
  })

  it('of a first key give way to those of the next attempt, while nobody has a key; those of a key that was taken over stay', async () => {
    const vault = vaultOf()
    await storePending(vault, sealing, undefined, first)
    await storePending(vault, sealing, undefined, other)
    expect(pendingOf(vault).map(({ keyId }) => keyId)).toEqual([other.keyId])
    await storePending(vault, sealing, undefined, at(3))
    await storePending(vault, sealing, undefined, at(4))
    expect(numbers(vault)).toEqual([4, 3, 0])
    await expect(storePending(vault, sealing, undefined, at(4, 'sibling'))).rejects.toMatchObject({ code: 'epoch-taken' })
  })

  it('are erased when a later generation is active, or another key', async () => {
    const vault = vaultOf(first)
    for (const epochNo of [1, 2, 3]) await storePending(vault, sealing, first, at(epochNo))
    await vault.savePending(encodeShare(generationOfShare(other, 9), sealing))
    await dropObsolete(vault, at(2))
    expect(numbers(vault)).toEqual([3])
  })
})
