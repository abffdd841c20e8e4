/**
 * `?seat=K`: this tab is a member. Loaded only then, so that a tab that just looks carries no worker. K tells this browser's seats apart: each has an
 * identity, a vault and a lock of its own.
 * @module
 */
import type { GivenIdentity } from '../api.ts'
import { watchAttention } from './attention.ts'
import { takeInvite } from './invite.ts'
import { watchLife } from './life.ts'
import { openMirror } from './mirror.ts'
import { OwnSeat } from './parts/seat.tsx'
import { openSettings } from './settings.ts'
import { startSigner } from './signer.ts'

/** Starts the worker and gives the view of the seat. */
export function startSeat(seat: number): () => ReturnType<typeof OwnSeat> {
  const given: GivenIdentity | undefined = takeInvite()
  const profile = `seat-${seat}`
  const signer = startSigner(profile)
  const settings = openSettings(profile)
  const own = {
    seat,
    signer,
    given,
    settings,
    life: watchLife(signer, settings),
    mirror: openMirror(profile, signer),
    notifier: watchAttention(seat, signer.status),
  }
  return () => <OwnSeat {...own} />
}
