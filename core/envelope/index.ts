/**
 * End-to-end encryption between members: identities, sessions, envelopes.
 * @module
 */
export { MAX_MESSAGE } from './chunk.ts'
export { NOTHING, type SessionContext, type SessionParty, type SessionScope } from './context.ts'
export * from './header.ts'
export {
  type AuthClaim,
  authDigest,
  identityFromSeed,
  initSodium,
  type MemberIdentity,
  signEnvelope,
  verifyEnvelope,
  verifyIdentity,
} from './identity.ts'
export { createSession, type DropReason, type Session, type SessionEvent, type SessionOptions } from './session.ts'
export * from './wire.ts'
