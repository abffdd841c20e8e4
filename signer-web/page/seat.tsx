/**
 * `?seat=K`: a bare seat in this tab. Loaded only then, so that a tab that just looks carries no worker.
 *
 * The first proof of the browser member: its verbs are offered as `globalThis.sequorum.seat`, and whoever drives the tab opens the seat with an
 * identity and starts ceremonies. Nothing secret comes back through them.
 * @module
 */
import type { Remote } from 'comlink'
import type { SignerApi } from '../api.ts'
import { SeatCard } from './parts/seat.tsx'
import { type Signer, startSigner } from './signer.ts'

declare global {
  /** What a driver of this tab finds. */
  var sequorum: { readonly seat: Remote<SignerApi> } | undefined
}

/** Starts the worker and gives the view of the seat. */
export function startSeat(seat: number): () => ReturnType<typeof SeatCard> {
  const signer: Signer = startSigner()
  globalThis.sequorum = { seat: signer.api }
  return function OwnSeat() {
    return <SeatCard seat={seat} status={signer.status.value} />
  }
}
