/**
 * The shares in a member's vault, by generation: one active, several pending ones, in the order that the rule of generations asks for (core/threshold/generations.ts).
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import { checkEpochNo, type Generation } from '../threshold/generations.ts'
import { encodeShare, type KeyShare } from '../threshold/index.ts'
import { generationOf } from '../threshold/share-codec.ts'
import type { Vault } from './ports.ts'

/** Pending generations that are told to peers at most. */
const MAX_TOLD = 16

/** Pending shares that every vault keeps. One more would push the oldest out. */
export const MAX_PENDING = 32

/**
 * True when this member may certify no further generation. It must forget none that it has certified: whoever holds all certificates of that one, and has shown them
 * to nobody, could show them then, and this member would have no share of it.
 */
export const isFull = (vault: Pick<Vault, 'pendingShares'>): boolean => vault.pendingShares().length >= MAX_PENDING

/** What is pending, the newest generation first. */
export const pendingOf = (vault: Pick<Vault, 'pendingShares'>): readonly Generation[] =>
  vault
    .pendingShares()
    .map(generationOf)
    .sort((a, b) => b.epochNo - a.epochNo)
    .slice(0, MAX_TOLD)

/**
 * Stores a share that this member is about to certify.
 * @throws {PoolError} `epoch-taken` when it has a generation with this number or a higher one; `refresh-refused` when too many are pending.
 */
export async function storePending(vault: Vault, sealing: Bytes, active: KeyShare | undefined, share: KeyShare): Promise<void> {
  // A first key supersedes earlier attempts to make one: nobody had an active key when it began.
  if (share.epochNo === 0 && active === undefined) await vault.dropPending(bytes => generationOf(bytes).epochNo > 0)
  else checkEpochNo({ active, pending: pendingOf(vault).filter(({ keyId }) => equal(keyId, share.keyId)) }, share.epochNo)
  // Without an active share there is nothing to lose yet: the old pool signs on, or nobody has a key.
  if (active !== undefined && isFull(vault)) throw new PoolError('refresh-refused', { reason: 'too-many-pending', seats: [share.index] })
  await vault.savePending(encodeShare(share, sealing))
}

/** Erases what a new active share makes obsolete: every pending share of another key, or of its own generation or an earlier one. */
export const dropObsolete = (vault: Pick<Vault, 'dropPending'>, active: Generation): Promise<void> =>
  vault.dropPending(bytes => {
    const { keyId, epochNo } = generationOf(bytes)
    return equal(keyId, active.keyId) && epochNo > active.epochNo
  })
