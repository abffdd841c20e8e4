/**
 * A key that is whole outside of the pool: one that exists is dealt among the members in place of key generation (import), or the shares are put together
 * for one member (export). Both are an operator's decision at every member that takes part; nothing here begins by itself or by what a peer says.
 * @module
 */
import { type Bytes, concat, type Secret, u32be, utf8 } from '../bytes.ts'
import { PoolError } from '../errors.ts'
import type { Pool } from '../proposal/pool.ts'
import { exportKey, importKey, type KeyShare } from '../threshold/index.ts'
import { H } from '../transcript.ts'
import type { CeremonyHost } from './ceremonies.ts'
import type { FirstKey } from './key-setup.ts'
import type { Log } from './ports.ts'

/** What every member has to be told the same of before an import. */
export interface KeyOffer {
  /** Seat of the member that has the key. */
  readonly importer: number
  /** 33 bytes, compressed. */
  readonly publicKey: Bytes
  /** 32 bytes. */
  readonly chainCode: Bytes
}

export interface Importing extends KeyOffer {
  /** The key, of the importer only; the caller's. */
  readonly secret?: Secret | undefined
}

/** The ceremony that deals an existing key. Members that were told of different keys, or of none, never get a channel with each other. */
export const importing = (pool: Pool, ceremonies: Pick<CeremonyHost, 'run'>, { importer, publicKey, chainCode, secret }: Importing): FirstKey => ({
  audience: pool.members.map(member => member.seat),
  invite: ceremony => ({ kind: 'keygen', ceremony }),
  run: ({ kind, ceremony }) =>
    kind === 'keygen'
      ? ceremonies.run(
          {
            kind: 'keygen',
            id: ceremony,
            seats: pool.members.map(member => member.seat),
            payload: H('import-offer', [u32be(importer), publicKey, chainCode]),
          },
          ctx =>
            importKey(ctx, {
              threshold: pool.threshold,
              importer,
              publicKey,
              chainCode,
              // importKey erases what it gets; a failed try is repeated.
              ...(secret === undefined ? {} : { secret: secret.expose().slice() }),
            }),
        )
      : undefined,
})

export interface ExportRequest {
  /** Seat of the member that gets the whole key. */
  readonly recipient: number
  /** As many seats as the threshold says; the recipient may be one of them. */
  readonly signers: readonly number[]
  /** A word that the operators agree on, new for each try: those who said another one never meet. 1 to 64 characters. */
  readonly word: string
}

export interface ExportPorts {
  readonly pool: Pool
  readonly seat: number
  readonly ceremonies: Pick<CeremonyHost, 'run'>
  readonly log: Log
  /** The active share. */
  share(): KeyShare | undefined
}

/**
 * This member's part in an export: waits for the others, whose operators have to ask for the very same, for four minutes.
 * @returns the key, 32 bytes, at the recipient, who wipes it; undefined at the others.
 * @throws {PoolError} `no-key`, `bad-quorum`, `invalid-argument`; `deadline` naming who is missing; what `exportKey` throws
 */
export async function takePartInExport(
  { pool, seat, ceremonies, log, share: present }: ExportPorts,
  request: ExportRequest,
): Promise<Bytes | undefined> {
  const { recipient, word } = request
  const signers = [...request.signers].sort((a, b) => a - b)
  const seats = [...new Set([recipient, ...signers])].sort((a, b) => a - b)
  const share = present()
  if (share === undefined) throw new PoolError('no-key')
  if (word.length < 1 || word.length > 64) throw new PoolError('invalid-argument', { title: 'word', expected: '1 to 64 characters' })
  const isMember = (one: number): boolean => pool.members.some(member => member.seat === one)
  if (!seats.every(isMember) || signers.length !== share.threshold || new Set(signers).size !== signers.length)
    throw new PoolError('bad-quorum', { reason: `needs exactly ${share.threshold} distinct members`, quorum: signers })
  if (!seats.includes(seat)) throw new PoolError('bad-quorum', { reason: 'this member is neither signer nor recipient', quorum: signers })
  const payload = H('export-request', [share.keyId, share.epoch, u32be(recipient), concat(...signers.map(u32be)), utf8(word)])
  log('warn', 'export.begins', { recipient, signers })
  const key = await ceremonies.run({ kind: 'export', id: payload, seats, payload, key: share }, ctx => exportKey(ctx, share, { recipient, signers }))
    .result
  log('warn', 'key.exported', { recipient, signers })
  return key
}
