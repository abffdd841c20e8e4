/**
 * Ceremonies: rounds among named parties over any channel.
 * @module
 */
export { accuse, attribute, suspect, withContext } from './blame.ts'
export {
  type CeremonyContext,
  type Channel,
  checkContext,
  type Deadline,
  type Identity,
  type Journal,
  MAX_INDEX,
  MAX_PARTIES,
  type Party,
  type Progress,
} from './context.ts'
export { assertEcho, viewDigest } from './echo.ts'
export { BROADCAST, DIRECT, type Frame, type FrameKind, frameCodec, MAX_BODY } from './frame.ts'
export { progressOf } from './progress.ts'
export { type AnyRound, type Received, type Round, type Router, routerOf } from './router.ts'
export { newSessionId } from './session.ts'
