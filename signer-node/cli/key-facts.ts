/**
 * What is known of a member's key: asked from its running signer, else read in its vault.
 * @module
 */
import { hex, wipe } from '../../core/bytes.ts'
import { PoolError } from '../../core/errors.ts'
import type { KeyShare } from '../../core/threshold/index.ts'
import { askIfRunning } from '../control-client.ts'
import { type VaultSnapshot, withSnapshot } from '../vault-snapshot.ts'
import { passphraseFrom } from './terminal.ts'

/** Where a member's key is looked for. */
export interface KeyPlace {
  readonly vault: string
  readonly passphraseFile?: string
}

/** Public facts of one share; what only a running signer knows is absent when it was read in the vault. */
export interface KeyFacts {
  readonly source: 'signer' | 'vault'
  readonly account: `0x${string}`
  readonly keyId: `0x${string}`
  readonly publicKey: `0x${string}`
  readonly epoch: `0x${string}`
  readonly epochNo: number
  readonly seat: number
  readonly threshold: number
  readonly members: readonly number[]
  readonly restored: boolean
  readonly burned: readonly { readonly members: readonly number[]; readonly reason: string }[]
  readonly pending: readonly { readonly epoch: `0x${string}`; readonly epochNo: number }[]
  readonly superseded?: number | null
  readonly refreshing?: boolean
  readonly erased?: readonly number[]
  readonly lifted?: readonly { readonly member: number; readonly at: string }[]
  readonly activeSince?: string | null
  readonly activeFromHeight?: number | null
}

/** The same facts as the running signer gives, as far as a vault has them. */
export function factsOf(share: KeyShare, pending: VaultSnapshot['pending']): KeyFacts {
  return {
    source: 'vault',
    account: share.address,
    keyId: hex(share.keyId),
    publicKey: hex(share.publicKey),
    epoch: hex(share.epoch),
    epochNo: share.epochNo,
    seat: share.index,
    threshold: share.threshold,
    members: share.parties.map(party => party.index),
    restored: share.restored,
    burned: share.restored ? [] : [...share.burned].map(([peer, reason]) => ({ members: [share.index, peer].sort((a, b) => a - b), reason })),
    pending: pending.map(({ epoch, epochNo }) => ({ epoch: hex(epoch), epochNo })),
  }
}

/** @throws {PoolError} `no-key`, `vault-*`, `passphrase-file`, and what the running signer says */
export async function keyFacts({ vault, passphraseFile }: KeyPlace): Promise<KeyFacts> {
  const answer = await askIfRunning(vault, { kind: 'key' })
  if (answer !== undefined) return { source: 'signer', ...answer } as KeyFacts
  return withVault({ vault, passphraseFile }, ({ active, pending }) => {
    if (active === undefined) throw new PoolError('no-key', { vault })
    return factsOf(active, pending)
  })
}

/** Reads the vault, whether its signer runs or not. */
export async function withVault<T>(
  place: { vault: string; passphraseFile: string | undefined },
  use: (snapshot: VaultSnapshot) => T | Promise<T>,
): Promise<T> {
  const passphrase = await passphraseFrom(place.passphraseFile, `the vault ${place.vault}`, '--passphrase-file')
  try {
    return await withSnapshot(place.vault, passphrase, use)
  } finally {
    wipe(passphrase)
  }
}
