/**
 * How the program ends, as numbers that scripts may rely on (docs/cli.md has the same table; a test holds them together).
 * @module
 */
import { type ErrorCode, errorTable } from '../../core/errors.ts'

export const EXIT = {
  /** Done, or stopped on request. */
  ok: 0,
  /** Anything that has no number of its own: a protocol that was aborted, a fault of the program. */
  failure: 1,
  /** Wrong command, option or setting. */
  usage: 2,
  /** An input is missing or not valid: pool file, invite, batch, saved state. */
  input: 3,
  /** Vault, backup, passphrase, guard or key file. */
  secrets: 4,
  /** L1 node, relay or running signer cannot be reached, or refuse. */
  unreachable: 5,
  /** There is no anvil to start. */
  noAnvil: 6,
  /** Stopped by a signal before it was ready, or by a second one. */
  interrupted: 130,
} as const
export type ExitName = keyof typeof EXIT

/** One line each for help and docs. */
export const EXIT_MEANING: Readonly<Record<ExitName, string>> = {
  ok: 'done, or stopped on request (SIGINT, SIGTERM)',
  failure: 'failed; the error says why',
  usage: 'wrong command, option or setting',
  input: 'an input is missing or not valid: pool file, invite, batch, saved state',
  secrets: 'vault, backup, passphrase, guard or key file cannot be used',
  unreachable: 'L1 node, relay or running signer cannot be reached, or refuse',
  noAnvil: 'there is no anvil to start as an L1 node',
  interrupted: 'stopped by a signal before it was ready, or by a second signal',
}

/** Codes whose number does not follow from their kind. */
const SPECIAL: Partial<Record<ErrorCode, ExitName>> = {
  'usage': 'usage',
  'invalid-argument': 'usage',
  'relay-insecure-bind': 'usage',
  'relay-config': 'usage',
  'output-file': 'usage',
  'not-confirmed': 'usage',
  'passphrase-file': 'secrets',
  'no-anvil': 'noAnvil',
  'anvil-failed': 'failure',
  'member-ended': 'failure',
  'relay-store': 'failure',
  'relay-store-locked': 'failure',
}
const SECRETS = /^(vault|guard|key|backup)-/

/** The number that the program ends with after an error. */
export function exitCodeOf(code: ErrorCode): number {
  const special = SPECIAL[code]
  if (special !== undefined) return EXIT[special]
  if (SECRETS.test(code)) return EXIT.secrets
  const { kind } = errorTable[code]
  if (kind === 'input') return EXIT.input
  return kind === 'io' ? EXIT.unreachable : EXIT.failure
}
