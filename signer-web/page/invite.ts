/**
 * A link that brings an identity: everything secret stands after the `#`, which no server sees, and leaves the address bar at once.
 * @module
 */
import type { GivenIdentity } from '../api.ts'

const FORM = /^#seat=([A-Za-z0-9_-]{43})$/

/** What the link brought, once; undefined when it brought nothing. */
export function takeInvite(): GivenIdentity | undefined {
  const found = FORM.exec(location.hash)?.[1]
  if (found === undefined) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  const bytes = Uint8Array.from(atob(found.replaceAll('-', '+').replaceAll('_', '/')), char => char.charCodeAt(0))
  return { secret: `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}` }
}
