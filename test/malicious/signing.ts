/**
 * Signatures with a malicious signer.
 * @module
 */
import { hex } from '../../core/bytes.ts'
import { sighash } from '../../core/l1/transaction.ts'
import { type KeyShare, preprocess, type Signature, serializeSignature, sign } from '../../core/threshold/index.ts'
import { signingRounds } from '../../core/threshold/rounds.ts'
import { type Outcome, signRequest, testShares } from '../support/index.ts'
import { type Ceremony, optionsOf } from './ceremony.ts'
import { maliciousMember, resultOf } from './harness.ts'
import { isSignature, trySigning, wipeAll } from './keys.ts'
import { SIGN_OF_THREE, SIGN_OF_TWO } from './verdicts.ts'

/** A signature by all of a quorum of this size, of a key of three members. @param more.ready preprocessing is a ceremony before. */
export function signOf(
  threshold: 2 | 3,
  { cheater, victim, ready = false, thin = false }: Pick<Ceremony, 'cheater' | 'victim' | 'thin'> & { ready?: boolean },
): Ceremony {
  const quorum = [1, 2, 3].slice(0, threshold)
  const honest = quorum.filter(seat => seat !== cheater)
  return {
    name: `signature of ${threshold}${ready ? ' with a ready tuple' : ''}`,
    operation: 'sign',
    rounds: signingRounds(threshold),
    seats: quorum,
    cheater,
    victim,
    thin,
    table: threshold === 2 ? SIGN_OF_TWO : SIGN_OF_THREE,
    async play(plan, seed, run = 'this') {
      const scene = maliciousMember(quorum, cheater, plan, optionsOf(seed, run))
      const shares = testShares(3, threshold, run === 'epoch' ? `${seed} epoch` : seed)
      const request = signRequest()
      const outcomes = await scene.network.run(async (_, seat) => {
        const ctx = scene.context(seat)
        const share = shares.get(seat) as KeyShare
        const tuple = ready ? await preprocess(ctx, share, { quorum }) : undefined
        return sign(ctx, share, { request, quorum, tuple })
      })
      const results = new Map(honest.map(seat => [seat, resultOf(scene, seat, outcomes.get(seat) as Outcome<Signature>)]))
      return {
        scene,
        results,
        async verify() {
          const signed = honest.flatMap(seat => outcomes.get(seat)?.value ?? [])
          const digest = sighash(request.transaction)
          const out = signed.flatMap(signature => (isSignature(signature, digest, shares.get(2) as KeyShare) ? [] : ['a wrong signature']))
          if (new Set(signed.map(signature => hex(serializeSignature(signature)))).size > 1) out.push('two different signatures')
          for (const [seat, { error, signatureMayExist }] of results) {
            const gaveAway = error !== undefined && scene.network.sent.some(({ from, round }) => from === seat && round === 'O2')
            if (signatureMayExist !== gaveAway) out.push(`${seat} says ${signatureMayExist ? 'that' : 'not that'} a signature may exist`)
          }
          for (const seat of honest)
            for (const [peer, reason] of (shares.get(seat) as KeyShare).burned)
              if (peer !== cheater || results.get(seat)?.code !== reason) out.push(`${seat} burned ${peer} by ${reason}`)
          return out
        },
        async again() {
          const burning = honest.some(seat => (shares.get(seat) as KeyShare).burned.size > 0)
          const together = await trySigning(shares, quorum, `${seed} again`)
          const out = burning ? together.filter(problem => !/peer-burned|deadline/.test(problem)) : together
          if (burning && together.length === 0) out.push('signs with a burned peer')
          // the others do without the cheater
          return threshold === 2 ? [...out, ...(await trySigning(shares, [2, 3], `${seed} others`))] : out
        },
        end: () => wipeAll(shares.values()),
      }
    },
  }
}
