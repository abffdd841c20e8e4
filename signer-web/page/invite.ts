/**
 * A link that brings an identity: everything secret stands after the `#`, which no server sees, and leaves the address bar at once.
 * @module
 */
import type { GivenIdentity } from '../api.ts'

const FORM = /^#identity=([0-9a-f]{64})\.([0-9a-f]{64})$/

/** What the link brought, once; undefined when it brought nothing. */
export function takeInvite(): GivenIdentity | undefined {
  const found = FORM.exec(location.hash)
  if (found === null) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  return { identitySeed: `0x${found[1]}`, voteKey: `0x${found[2]}` }
}
