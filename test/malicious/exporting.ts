/**
 * Export of the whole key by two of three members, with a malicious signer or recipient.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, equal } from '../../core/bytes.ts'
import { exportKey, type KeyShare } from '../../core/threshold/index.ts'
import { EXPORT_ROUNDS } from '../../core/threshold/rounds.ts'
import { memoryNetwork, type Outcome, testShares } from '../support/index.ts'
import { type Ceremony, optionsOf } from './ceremony.ts'
import { maliciousMember, resultOf } from './harness.ts'
import { trySigning, wipeAll } from './keys.ts'

const SIGNERS = [1, 2]
const RECIPIENT = 3
const SEATS = [1, 2, 3]

/** Members 1 and 2 give their parts to member 3. */
export const exportWith = (spec: Pick<Ceremony, 'name' | 'cheater' | 'victim' | 'table' | 'silentIn'>): Ceremony => ({
  ...spec,
  operation: 'export',
  rounds: EXPORT_ROUNDS,
  seats: SEATS,
  async play(plan, seed, run = 'this') {
    const scene = maliciousMember(SEATS, spec.cheater, plan, optionsOf(seed, run))
    const shares = testShares(3, 2, run === 'epoch' ? `${seed} epoch` : seed)
    const input = { recipient: RECIPIENT, signers: SIGNERS }
    const take = (seat: number): KeyShare => shares.get(seat) as KeyShare
    const outcomes = await scene.network.run((_, seat) => exportKey(scene.context(seat), take(seat), input))
    const honest = SEATS.filter(seat => seat !== spec.cheater)
    return {
      scene,
      results: new Map(honest.map(seat => [seat, resultOf(scene, seat, outcomes.get(seat) as Outcome<Bytes | undefined>)])),
      async verify() {
        const out: string[] = []
        for (const seat of honest) {
          const value = outcomes.get(seat)?.value
          if (seat !== RECIPIENT && value !== undefined) out.push(`${seat} was given the key`)
          if (value !== undefined && !equal(secp256k1.getPublicKey(value, true), take(seat).publicKey)) out.push(`${seat} got another key`)
          if (!take(seat).active || take(seat).burned.size > 0) out.push(`the share of ${seat} was touched`)
        }
        return out
      },
      async again() {
        const next = await memoryNetwork(SEATS, { seed: `${seed} again` }).run((ctx, seat) => exportKey(ctx, take(seat), input))
        const failed = [...next].flatMap(([seat, { error }]) => (error === undefined ? [] : [`${seat}: ${error.code} in an honest run`]))
        return [...failed, ...(await trySigning(shares, [2, 3], `${seed} after`))]
      },
      end: () => wipeAll(shares.values()),
    }
  },
})
