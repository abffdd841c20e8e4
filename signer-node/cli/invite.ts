/**
 * A member's public entry as a file that travels to whoever makes the pool file. The identity signs it, so that a mistyped or altered one is noticed.
 * @module
 */
import * as v from 'valibot'
import { fromHex, hex, u64be, utf8 } from '../../core/bytes.ts'
import { identityFromSeed, initSodium, verifyIdentity } from '../../core/envelope/identity.ts'
import { PoolError } from '../../core/errors.ts'
import { H } from '../../core/transcript.ts'
import type { OpenVault } from '../vault-file.ts'

export interface Invite {
  /** 32 bytes, hex: Ed25519 identity key. */
  readonly identity: `0x${string}`
  /** Address of the vote key. */
  readonly vote: `0x${string}`
  readonly weight: bigint
  readonly name: string
}

const lowerHex = (pattern: RegExp) =>
  v.pipe(
    v.string(),
    v.regex(pattern),
    v.transform(text => text as `0x${string}`),
  )

const schema = v.strictObject({
  kind: v.literal('sequorum-invite'),
  version: v.literal(1),
  identity: lowerHex(/^0x[0-9a-f]{64}$/),
  vote: lowerHex(/^0x[0-9a-f]{40}$/),
  weight: v.pipe(v.string(), v.regex(/^[1-9][0-9]{0,9}$/)),
  name: v.pipe(v.string(), v.maxLength(100)),
  signature: lowerHex(/^0x[0-9a-f]{128}$/),
})

/** `H("invite"; identity, vote, u64 weight, name)`. */
const digest = ({ identity, vote, weight, name }: Invite) => H('invite', [fromHex(identity), fromHex(vote), u64be(weight), utf8(name)])

/** The JSON of an invite, signed by the vault's identity. */
export function makeInvite(vault: OpenVault, { weight, name }: Pick<Invite, 'weight' | 'name'>): string {
  const invite: Invite = { ...vault.entry, weight, name }
  const identity = identityFromSeed(vault.identitySeed)
  const signature = hex(identity.sign(digest(invite)))
  identity.wipe()
  return `${JSON.stringify({ kind: 'sequorum-invite', version: 1, ...invite, weight: weight.toString(), signature }, null, 2)}\n`
}

/**
 * Checks parsed JSON of an invite file.
 * @throws {PoolError} `bad-invite` with what is wrong.
 */
export async function parseInvite(json: unknown, file: string): Promise<Invite> {
  await initSodium()
  const result = v.safeParse(schema, json)
  if (!result.success) throw new PoolError('bad-invite', { file, at: v.getDotPath(result.issues[0]) ?? '(root)', problem: result.issues[0].message })
  const { identity, vote, name, signature } = result.output
  const invite: Invite = { identity, vote, name, weight: BigInt(result.output.weight) }
  if (!verifyIdentity(fromHex(identity), digest(invite), fromHex(signature)))
    throw new PoolError('bad-invite', { file, problem: 'the signature does not fit: it was changed after it was made' })
  return invite
}
