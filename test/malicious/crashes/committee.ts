/**
 * Members with disks, of whom one may die in a ceremony that makes new shares; what they have when all are started again, and who of them can sign.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, equal, hex } from '../../../core/bytes.ts'
import type { CeremonyContext } from '../../../core/ceremony/context.ts'
import type { PoolError } from '../../../core/errors.ts'
import { sighash } from '../../../core/l1/transaction.ts'
import type { Vault } from '../../../core/member/ports.ts'
import { dropObsolete, storePending } from '../../../core/member/stored-shares.ts'
import { type Held, highestEpochNo, settle, type Verdict } from '../../../core/threshold/generations.ts'
import {
  activate,
  decodeShare,
  encodeShare,
  type KeyCertificate,
  type KeyShare,
  keyCertificateOf,
  type Signature,
  type SignRequest,
  serializeSignature,
  sign,
  verifyCertificates,
} from '../../../core/threshold/index.ts'
import { memoryNetwork, signRequest, testIdentity, testIdentitySeed, testSealingKey, testShares } from '../../support/index.ts'
import { type MemoryDisk, memoryDisk } from '../../support/memory-disk.ts'
import { testVoteKey } from '../../support/pool.ts'
import { DIED, type Life, life } from './life.ts'

/** A ceremony that leaves new shares. */
export interface Ceremony {
  readonly name: string
  /** Who takes part. */
  readonly parties: readonly number[]
  /** Who gets a share. */
  readonly members: readonly number[]
  readonly threshold: number
  /** Who has the key before, and whether new shares take the place of old ones in the same vault, or have a vault of their own as in a next pool. */
  readonly before?: { readonly seats: readonly number[]; readonly threshold: number; readonly sameVault: boolean }
  run(
    ctx: CeremonyContext<KeyShare>,
    input: { share: KeyShare | undefined; key: KeyCertificate | undefined; epochNo: number },
  ): Promise<KeyShare | undefined>
}

/** What a member has on disks: that of the new shares, and that of the old ones. They may be the same. */
interface Home {
  readonly seat: number
  readonly disk: MemoryDisk
  readonly old: MemoryDisk | undefined
}

export interface Committee {
  readonly ceremony: Ceremony
  readonly homes: ReadonlyMap<number, Home>
  /** Of the key before. */
  readonly publicKey: Bytes | undefined
}

export function found(ceremony: Ceremony, seed: string): Committee {
  const { before } = ceremony
  const shares = before && testShares(Math.max(...before.seats), before.threshold, seed)
  const blank = (seat: number, share?: Bytes) => memoryDisk({ identitySeed: testIdentitySeed(seat), voteKey: testVoteKey(seat), share })
  const seats = [...new Set([...ceremony.parties, ...(before?.seats ?? [])])].sort((a, b) => a - b)
  const homes = new Map(
    seats.map(seat => {
      const share = before?.seats.includes(seat) === true ? shares?.get(seat) : undefined
      const old = share && blank(seat, encodeShare(share, testSealingKey(seat)))
      return [seat, { seat, old, disk: before?.sameVault === true && old !== undefined ? old : blank(seat) }]
    }),
  )
  const publicKey = shares?.get(1)?.publicKey
  for (const share of shares?.values() ?? []) share.wipe()
  return { ceremony, homes, publicKey }
}

/** The shares in a vault, as a process that starts reads them. The caller wipes them. */
function readShares(disk: MemoryDisk, seat: number): { active: KeyShare | undefined; pending: KeyShare[] } {
  const { vault } = disk.open()
  const [active, key] = [vault.activeShare(), testSealingKey(seat)]
  return { active: active && decodeShare(active, key), pending: vault.pendingShares().map(bytes => decodeShare(bytes, key)) }
}

const wipeAll = (...held: readonly Held<KeyShare>[]): void => {
  for (const { active, pending } of held) for (const share of [...(active === undefined ? [] : [active]), ...pending]) share.wipe()
}

/** Makes `share` the active one and erases what that makes obsolete. */
async function take(vault: Vault, share: KeyShare): Promise<void> {
  await vault.saveActive(encodeShare(share, testSealingKey(share.index)))
  await dropObsolete(vault, share)
}

export interface Attempt {
  /** Of the members that lived on; undefined for one that got to its end. */
  readonly errors: ReadonlyMap<number, PoolError | undefined>
  /** The process of `mortal`. */
  readonly life: Life
  /** Pairs that somebody burned. */
  readonly burned: readonly string[]
}

/** Runs the ceremony once; `mortal` dies at point `end`, and `ends` says the same of others. All processes are over afterwards. */
export async function attempt(
  committee: Committee,
  input: { seed: string; epochNo: number; mortal: number; end?: number | undefined; ends?: ReadonlyMap<number, number> },
): Promise<Attempt> {
  const { ceremony, homes } = committee
  const burned: string[] = []
  const lives = new Map(ceremony.parties.map(seat => [seat, life(seat === input.mortal ? input.end : input.ends?.get(seat))]))
  const before = new Map(ceremony.parties.map(seat => [seat, heldBefore(homes.get(seat) as Home)]))
  const key = [...before.values()].flatMap(({ active }) => (active === undefined ? [] : [keyCertificateOf(active)]))[0]
  const made: KeyShare[] = []
  const outcomes = await memoryNetwork(ceremony.parties, { seed: input.seed }).run((ctx, seat) => {
    const own = lives.get(seat) as Life
    const { disk } = homes.get(seat) as Home
    const vault = own.vault(disk.open().vault)
    const share = before.get(seat)?.active
    const journal = {
      async pending(next: KeyShare) {
        made.push(next)
        await storePending(vault, testSealingKey(seat), ceremony.before?.sameVault === true ? share : undefined, next)
      },
      async burned(peer: number, reason: string) {
        burned.push(`${seat} burned ${peer}: ${reason}`)
      },
    }
    return own.run(async () => {
      const fresh = await ceremony.run({ ...own.live(ctx), journal }, { share, key, epochNo: input.epochNo })
      if (fresh !== undefined) await take(vault, fresh)
    })
  })
  const errors = new Map([...outcomes].filter(([, { value }]) => value !== DIED).map(([seat, { error }]) => [seat, error]))
  for (const one of lives.values()) one.bury()
  wipeAll(...before.values(), { active: undefined, pending: made })
  return { errors, life: lives.get(input.mortal) as Life, burned }
}

const heldBefore = ({ old, disk, seat }: Home): Held<KeyShare> => readShares(old ?? disk, seat)

/** Above every generation that anybody has. */
export function nextEpochNo({ homes, ceremony }: Committee): number {
  const numbers = [...homes.values()].flatMap(({ seat, disk, old }) =>
    [disk, ...(old === undefined ? [] : [old])].map(one => {
      const held = readShares(one, seat)
      wipeAll(held)
      return highestEpochNo(held) ?? -1
    }),
  )
  return ceremony.before === undefined ? 0 : Math.max(...numbers) + 1
}

/** Erases what a crash between activation and clean-up has left, as a member does when it starts. */
async function cleanUp({ seat, disk }: Home): Promise<void> {
  const held = readShares(disk, seat)
  if (held.active !== undefined) await dropObsolete(disk.open().vault, held.active)
  wipeAll(held)
}

/** Pending shares on all disks. */
export const pendingShares = ({ homes }: Committee): number =>
  [...homes.values()].reduce((sum, { disk }) => sum + disk.open().vault.pendingShares().length, 0)

/**
 * Everybody is started again with what is on its disk. Who has an active share hands its certificates to all; pending shares become active by them, and a vault
 * of old shares is emptied when it sees that all members of the next generation have theirs. Gives what each made of it.
 */
export async function meetAgain({ homes }: Committee): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  const shown: KeyCertificate[] = []
  for (const home of homes.values()) {
    const { seat, disk } = home
    await cleanUp(home)
    const held = readShares(disk, seat)
    if (held.active !== undefined) shown.push(keyCertificateOf(held.active))
    wipeAll(held)
  }
  for (const certificate of shown)
    for (const { seat, disk, old } of homes.values()) {
      const { verify } = testIdentity(seat)
      verifyCertificates(certificate, verify)
      const held = readShares(disk, seat)
      const { verdict, active } = settle(held, certificate)
      verdicts.push(verdict)
      if (verdict === 'activate' && active !== undefined) await take(disk.open().vault, activate(active, certificate, verify))
      wipeAll(held)
      if (old === undefined || old === disk) continue
      const before = readShares(old, seat)
      if (before.active !== undefined && equal(before.active.epoch, certificate.parentEpoch)) await old.open().vault.eraseShares()
      wipeAll(before)
    }
  return verdicts
}

/** Active shares by epoch, in every vault. The caller wipes them. */
function generations({ homes }: Committee): Map<string, Map<number, KeyShare>> {
  const found = new Map<string, Map<number, KeyShare>>()
  for (const { seat, disk, old } of homes.values())
    for (const one of new Set([disk, ...(old === undefined ? [] : [old])])) {
      const { active, pending } = readShares(one, seat)
      wipeAll({ active: undefined, pending })
      if (active === undefined) continue
      const epoch = hex(active.epoch)
      found.set(epoch, (found.get(epoch) ?? new Map<number, KeyShare>()).set(seat, active))
    }
  return found
}

export interface Standing {
  /** `none`: nobody has an active share. `old`, `new`: every member of that generation can sign with every other, and no other generation has any share. */
  readonly who: 'none' | 'old' | 'new'
  readonly epochNo: number
  /** The account that signs. */
  readonly publicKey: Bytes | undefined
}

/**
 * Which generation can sign, proved by signatures of its quorums; there is at most one, and whoever belongs to it has its share.
 * @throws when that does not hold.
 */
export async function standing(committee: Committee, input: { seed: string; quorums: 'all' | 'one' }): Promise<Standing> {
  const found = generations(committee)
  try {
    if (found.size > 1)
      throw new Error(`the committee is split: ${[...found].map(([epoch, shares]) => `${epoch}: ${[...shares.keys()]}`).join('; ')}`)
    const [shares] = found.values()
    const [first] = shares?.values() ?? []
    if (shares === undefined || first === undefined) return { who: 'none', epochNo: -1, publicKey: undefined }
    for (const { index } of first.parties) if (!shares.has(index)) throw new Error(`${index} has no share of the generation that signs`)
    for (const share of shares.values()) verifyCertificates(share, testIdentity(1).verify)
    const { publicKey } = committee
    if (publicKey !== undefined && !equal(publicKey, first.publicKey)) throw new Error('the account is another one')
    const quorums = choose([...shares.keys()], first.threshold)
    for (const quorum of input.quorums === 'all' ? quorums : quorums.slice(-1)) await mustSign(shares, quorum, `${input.seed} ${quorum}`)
    return { who: first.epochNo > 0 || committee.publicKey === undefined ? 'new' : 'old', epochNo: first.epochNo, publicKey: first.publicKey }
  } finally {
    for (const shares of found.values()) for (const share of shares.values()) share.wipe()
  }
}

function choose(seats: readonly number[], count: number): number[][] {
  if (count === 0) return [[]]
  return seats.flatMap((seat, i) => choose(seats.slice(i + 1), count - 1).map(rest => [seat, ...rest]))
}

/** Signs with the quorum and checks the signature by @noble/curves. */
export async function mustSign(shares: ReadonlyMap<number, KeyShare>, quorum: readonly number[], seed: string): Promise<Signature> {
  const request = signRequest(7)
  const outcomes = await memoryNetwork(quorum, { seed }).run((ctx, seat) => sign(ctx, shares.get(seat) as KeyShare, { request, quorum }))
  const signatures = [...outcomes].map(([seat, { value, error }]) => {
    if (value === undefined) throw new Error(`${seat} of ${quorum} does not sign: ${error.code} ${JSON.stringify(error.context)}`, { cause: error })
    if (!isSignature(value, request, shares.get(seat) as KeyShare)) throw new Error(`a wrong signature of ${quorum}`)
    return value
  })
  return signatures[0] as Signature
}

export function isSignature(signature: Signature, request: SignRequest, { publicKey }: Pick<KeyShare, 'publicKey'>): boolean {
  const digest = sighash(request.transaction)
  const bytes = serializeSignature(signature).subarray(0, 64)
  if (!secp256k1.verify(bytes, digest, publicKey, { prehash: false, lowS: true })) return false
  return equal(secp256k1.Signature.fromBytes(bytes).addRecoveryBit(signature.yParity).recoverPublicKey(digest).toBytes(true), publicKey)
}

/** Nobody signs with what is only pending: every such share is refused before anything is sent. Gives how many there were. */
export async function pendingSharesRefuse({ homes }: Committee): Promise<number> {
  let tried = 0
  for (const { seat, disk } of homes.values()) {
    const held = readShares(disk, seat)
    for (const share of held.pending) {
      tried++
      const quorum = share.parties.map(party => party.index).filter(index => index !== seat)
      const chosen = [seat, ...quorum.slice(0, share.threshold - 1)].sort((a, b) => a - b)
      const network = memoryNetwork(chosen)
      const error = await sign(network.context(seat), share, { request: signRequest(), quorum: chosen }).then(
        () => undefined,
        (reason: PoolError) => reason,
      )
      if (error?.code !== 'certificates-missing' || network.sent.length > 0) throw new Error(`${seat} signs with a pending share: ${error?.code}`)
    }
    wipeAll(held)
  }
  return tried
}
