/**
 * A cheater that tells two members different things and afterwards echoes to each what it wants to hear: what the honest members echo to each other finds it.
 */
import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../core/bytes.ts'
import { BROADCAST, frameCodec } from '../../core/ceremony/frame.ts'
import { viewDigest } from '../../core/ceremony/index.ts'
import type { Round } from '../../core/ceremony/router.ts'
import { configHash, NONE, OPERATIONS } from '../../core/threshold/config.ts'
import { type KeyShare, keygen, sign } from '../../core/threshold/index.ts'
import { P1, P2, R1, R2 } from '../../core/threshold/rounds.ts'
import type { Tag } from '../../core/transcript.ts'
import { flip, labelled, signRequest, testParties, testShares } from '../support/index.ts'
import { maliciousMember, type Scene, type Sending } from './harness.ts'
import { trySigning, wipeAll } from './keys.ts'
import type { Parcel } from './mutations.ts'
import { SEED } from './seed.ts'

const SEATS = [1, 2, 3]
const [CHEATER, VICTIM, THIRD] = [1, 2, 3]

type Commitment = { readonly nonce: Bytes; readonly commitment: Bytes }

/**
 * Tells the victim another nonce in `told`, and echoes to it in `echoed` the view that it then has.
 * @param head of the view: what comes before the commitments, from the echo of the first round.
 */
function splitter(told: Round<Commitment, unknown>, echoed: number, tag: Tag, head: (echo: Bytes) => readonly Bytes[], scene: () => Scene) {
  const codec = told.broadcast
  if (codec === undefined) throw new Error('a round with commitments')
  const seen = new Map<number, readonly Bytes[]>()
  let echo: Bytes = new Uint8Array(0)
  return ({ to, round, kind, bytes }: Sending): readonly Parcel[] | undefined => {
    if (to !== VICTIM) return undefined
    const frame = frameCodec.decode(bytes)
    if (round === told.id && kind === BROADCAST) {
      const own = codec.decode(frame.body)
      const other = { ...own, nonce: flip(own.nonce) }
      seen.set(CHEATER, [other.nonce, other.commitment])
      echo = frame.echo
      return [{ bytes: frameCodec.encode({ ...frame, body: codec.encode(other) }) }]
    }
    if (round !== echoed) return undefined
    for (const { from, to: receiver, bytes: sent } of scene().network.sent) {
      const first = frameCodec.decode(sent)
      if (receiver !== CHEATER || first.round !== told.id || first.kind !== BROADCAST) continue
      const { nonce, commitment } = codec.decode(first.body)
      seen.set(from, [nonce, commitment])
    }
    expect([...seen.keys()].sort()).toEqual(SEATS)
    return [{ bytes: frameCodec.encode({ ...frame, echo: viewDigest(tag, head(echo), seen) }) }]
  }
}

describe('two views of one round, each echoed to who has it', () => {
  it('preprocessing of three: both honest members stop before a product is looked at, and nobody is burned', async () => {
    const shares = testShares(3, 3, SEED)
    const scene: Scene = maliciousMember(SEATS, CHEATER, {
      instead: splitter(
        P1,
        P2.id,
        'view',
        echo => [echo],
        () => scene,
      ),
    })
    const request = signRequest()
    const outcomes = await scene.network.run((_, seat) => sign(scene.context(seat), shares.get(seat) as KeyShare, { request, quorum: SEATS }))
    // the one it lied to finds its echo right, and stops at that of the other honest member
    expect(outcomes.get(VICTIM)?.error).toMatchObject({ code: 'view-mismatch', context: { round: 'P2', from: THIRD }, culprits: [] })
    expect(outcomes.get(THIRD)?.error).toMatchObject({ code: 'view-mismatch', context: { round: 'P2', from: VICTIM }, culprits: [] })
    expect(scene.network.journal).toEqual([])
    expect(scene.network.sent.filter(({ round }) => round === 'O1')).toEqual([])
    expect(scene.changed()).toBe(2)
    expect(await trySigning(shares, SEATS, `${SEED} after`)).toEqual([])
    wipeAll(shares.values())
  })

  it('key generation: nobody has a share', async () => {
    const poolHash = labelled('pool')
    const sessionId = labelled(`split ${SEED}`)
    const config = { operation: OPERATIONS.keygen, poolHash, keyId: NONE, epoch: NONE, epochNo: 0, threshold: 2, members: testParties(3), quorum: [] }
    const plan = splitter(
      R1,
      R2.id,
      'view1',
      () => [configHash(config), sessionId],
      () => scene,
    )
    const scene: Scene = maliciousMember(SEATS, CHEATER, { instead: plan }, { poolHash, sessionId })
    const outcomes = await scene.network.run((_, seat) => keygen(scene.context(seat), { threshold: 2 }))
    expect(outcomes.get(VICTIM)?.error).toMatchObject({ code: 'view-mismatch', context: { round: 'R2', from: THIRD }, culprits: [] })
    expect(outcomes.get(THIRD)?.error).toMatchObject({ code: 'view-mismatch', context: { round: 'R2', from: VICTIM }, culprits: [] })
    expect(scene.network.journal).toEqual([])
    expect(scene.changed()).toBe(2)
  })
})
