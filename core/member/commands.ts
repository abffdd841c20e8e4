/**
 * What an operator asks of a running member. Answers are public facts that survive JSON; progress is in the member's reports.
 * @module
 */
import { hex } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import type { KeyShare } from '../threshold/index.ts'
import type { Burns } from './burns.ts'
import type { KeyLedger } from './key-ledger.ts'
import type { Vault } from './ports.ts'
import type { Refresh } from './refresh.ts'
import { pendingOf } from './stored-shares.ts'

export type MemberCommand =
  /** What is known of the key and of this member's share. */
  | { readonly kind: 'key' }
  /** New shares for all members; answers when this member has activated its own. A person's refresh also lifts burns. */
  | { readonly kind: 'refresh' }
  /** Erases this member's share for good. */
  | { readonly kind: 'destroy' }

export interface CommandPorts {
  readonly seat: number
  readonly vault: Pick<Vault, 'pendingShares'>
  readonly ledger: KeyLedger
  readonly burns: Burns
  readonly refresh: Refresh
  /** The active share. */
  share(): KeyShare | undefined
  /** Erases the share and tells the others. */
  destroy(): Promise<void>
}

/**
 * Starts a command; what it has to wait for is in the promise inside, so that the member goes on meanwhile.
 * @throws {PoolError} `key-destroyed`, `no-key`; `refresh-refused`, `share-superseded` and what a refresh throws
 */
export async function perform(ports: CommandPorts, { kind }: MemberCommand): Promise<{ readonly answer: Promise<Record<string, unknown>> }> {
  const { ledger, refresh } = ports
  const { destroyed } = ledger.facts
  if (destroyed !== undefined) throw new PoolError('key-destroyed', { epochNo: destroyed.epochNo })
  const share = ports.share()
  if (share === undefined) throw new PoolError('no-key')
  switch (kind) {
    case 'key':
      return { answer: Promise.resolve(keyFacts(ports, share)) }
    case 'refresh':
      return { answer: refresh.start(true).then(() => generationFacts(ports.share() ?? share)) }
    case 'destroy':
      await ports.destroy()
      return { answer: Promise.resolve({ ...generationFacts(share), destroyed: true }) }
    default:
      throw new PoolError('invalid-argument', { title: 'command', expected: 'key, refresh or destroy' })
  }
}

const generationFacts = (share: KeyShare) => ({
  account: share.address,
  keyId: hex(share.keyId),
  epoch: hex(share.epoch),
  epochNo: share.epochNo,
})

function keyFacts({ seat, vault, ledger, burns, refresh }: CommandPorts, share: KeyShare): Record<string, unknown> {
  const { since, lifts, erasures } = ledger.facts
  return {
    ...generationFacts(share),
    publicKey: hex(share.publicKey),
    seat,
    threshold: share.threshold,
    members: share.parties.map(party => party.index),
    restored: share.restored,
    /** Number of a later generation that all members have and this one lacks. */
    superseded: refresh.superseded,
    burned: burns.pairs().map(({ pair, reason }) => ({ members: [...pair], reason })),
    lifted: lifts.map(({ peer, at }) => ({ member: peer, at: new Date(at).toISOString() })),
    pending: pendingOf(vault).map(({ epoch, epochNo }) => ({ epoch: hex(epoch), epochNo })),
    erased: erasures.map(erasure => erasure.seat),
    activeSince: since === undefined ? undefined : new Date(since.at).toISOString(),
    activeFromHeight: since?.height,
    refreshing: refresh.running !== undefined,
  }
}
