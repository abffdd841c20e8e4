/** The protocols of a simulated member, the real ones or quick ones, watched: what each signs, and with which tuple. */
import { hex } from '../../core/bytes.ts'
import type { CeremonyContext } from '../../core/ceremony/context.ts'
import { sighash } from '../../core/l1/transaction.ts'
import { type KeyShare, preprocess, type Signature, type SignRequest, sign, type Tuple } from '../../core/threshold/index.ts'
import type { Invariants } from './invariants.ts'
import { quickPreprocess, quickSign } from './quick-signing.ts'
import type { Probe } from './world.ts'

interface SignInput {
  readonly request: SignRequest
  readonly quorum: readonly number[]
  readonly tuple?: Tuple | undefined
}

export function watchedProtocols(input: { seat: number; real: boolean; invariants: Invariants; probe(): Probe }) {
  const { seat, real, invariants } = input
  return {
    preprocess: real ? preprocess : quickPreprocess,
    async sign(ctx: CeremonyContext<KeyShare>, share: KeyShare, what: SignInput): Promise<Signature> {
      const { tuple, request } = what
      input.probe().signing?.(seat, request.slot.height, tuple)
      if (tuple === undefined) return (real ? sign : quickSign)(ctx, share, what)
      const id = hex(tuple.id)
      invariants.tupleUsed(seat, id)
      const signature = await (real ? sign : quickSign)(ctx, share, what)
      invariants.tupleSigned(seat, id, hex(sighash(request.transaction)))
      return signature
    },
  }
}
