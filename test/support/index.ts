/**
 * Helpers for tests of ceremonies, also for users of the package: `sequorum/testing`. Nothing here is fit for a real key.
 * @module
 */
export { testIdentity, testIdentitySeed, testParties, testParty } from './identity.ts'
export {
  type Choice,
  editBroadcast,
  editDirect,
  editFrame,
  type Faults,
  firstOf,
  flip,
  type Match,
  type MemoryNetwork,
  type Message,
  memoryNetwork,
  type NetworkOptions,
  type Outcome,
  type Tamper,
  valuesOf,
} from './network.ts'
export { labelled, seededFraction, seededRandom } from './random.ts'
export { signRequest } from './request.ts'
export { testSealingKey } from './reveal.ts'
export { testShares } from './shares.ts'
