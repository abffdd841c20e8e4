/**
 * `?seat=K`: this tab is a member. Loaded only then, so that a tab that just looks carries no worker. K tells this browser's seats apart: each has an
 * identity, a vault and a lock of its own.
 * @module
 */
import type { GivenIdentity } from '../api.ts'
import { takeInvite } from './invite.ts'
import { OwnSeat } from './parts/seat.tsx'
import { startSigner } from './signer.ts'

/** Starts the worker and gives the view of the seat. */
export function startSeat(seat: number): () => ReturnType<typeof OwnSeat> {
  const given: GivenIdentity | undefined = takeInvite()
  const signer = startSigner(`seat-${seat}`)
  return () => <OwnSeat seat={seat} signer={signer} given={given} />
}
