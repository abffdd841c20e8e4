/**
 * EIP-712 signatures of the vote key. The domain binds pool, L1 chain and inbox; a signature of one pool says nothing in another, and
 * a contract can judge all three kinds.
 * @module
 */
import { assertBytes, assertInteger, type Bytes, bigintToBytes, bytesToBigint, concat, fromHex, u64be, utf8 } from '../bytes.ts'
import { type Hex, isLowS, keccak256 } from '../ethereum.ts'
import { kernel, recoverAddress } from '../kernel/index.ts'
import type { Prepare, Proposal, VoidVote } from './messages.ts'
import { type Pool, poolHash } from './pool.ts'

/** The types as EIP-712 encodes them; contracts use the same strings. */
export const VOTE_TYPES = {
  domain: 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)',
  propose: 'Propose(uint64 height,uint32 round,bytes32 content,bytes32 payloadHash,uint64 originNumber,bytes32 originHash,int64 validRound)',
  prepare: 'Prepare(uint64 height,uint32 round,bytes32 content)',
  void: 'Void(uint64 height,uint32 round,bytes32 content,bytes32 header)',
  retire: 'Retire(bytes32 successor,uint64 height)',
} as const

/** `name` and `version` of the domain. */
export const VOTE_DOMAIN = { name: 'Sequorum', version: '1' } as const

const typeHash = Object.fromEntries(Object.entries(VOTE_TYPES).map(([name, type]) => [name, keccak256(utf8(type))])) as Record<
  keyof typeof VOTE_TYPES,
  Bytes
>

/** uint64 as an EIP-712 word. */
function height64(value: number, title: string): Bytes {
  assertInteger(value, title, 0, Number.MAX_SAFE_INTEGER)
  return concat(new Uint8Array(24), u64be(value))
}
/** uint32 as an EIP-712 word. */
function round32(value: number): Bytes {
  assertInteger(value, 'round', 0, 0xffff_ffff)
  return concat(new Uint8Array(24), u64be(value))
}
/** A round, or -1 for none, as int64, sign-extended to a word. */
const roundOrNone = (round: number | undefined): Bytes => (round === undefined ? new Uint8Array(32).fill(0xff) : round32(round))
function word(value: Bytes, title: string): Bytes {
  assertBytes(value, title, 32)
  return value
}

const separators = new WeakMap<Pool, Bytes>()

/** hashStruct of the domain { name, version, chainId: L1, verifyingContract: inbox, salt: pool hash }. */
export function domainSeparator(pool: Pool): Bytes {
  const known = separators.get(pool) ?? separatorOf(pool.l1, poolHash(pool))
  separators.set(pool, known)
  return known.slice()
}

const separatorOf = (l1: Pick<Pool['l1'], 'chainId' | 'inbox'>, salt: Bytes): Bytes =>
  keccak256(
    concat(
      typeHash.domain,
      keccak256(utf8(VOTE_DOMAIN.name)),
      keccak256(utf8(VOTE_DOMAIN.version)),
      bigintToBytes(BigInt(l1.chainId), 32),
      concat(new Uint8Array(12), fromHex(l1.inbox)),
      salt,
    ),
  )

/** keccak256(0x1901 || domainSeparator || hashStruct) (EIP-712). */
const digestIn = (separator: Bytes, struct: Bytes): Bytes => keccak256(concat(Uint8Array.of(0x19, 0x01), separator, keccak256(struct)))
const digest = (pool: Pool, struct: Bytes): Bytes => digestIn(domainSeparator(pool), struct)

export type UnsignedProposal = Omit<Proposal, 'signature'>
export type UnsignedPrepare = Pick<Prepare, 'height' | 'round' | 'content'>
/** `successor`: 32 bytes, pool hash. `height`: the next one that L1 has not taken. */
export interface UnsignedRetire {
  readonly successor: Bytes
  readonly height: number
}
export type UnsignedVoid = Pick<VoidVote, 'height' | 'round' | 'content' | 'header'>

/** What a PROPOSE signs. @throws {PoolError} `invalid-argument` when a field is out of range. */
export const proposalDigest = (proposal: UnsignedProposal, pool: Pool): Bytes =>
  digest(
    pool,
    concat(
      typeHash.propose,
      height64(proposal.height, 'height'),
      round32(proposal.round),
      word(proposal.content, 'content'),
      keccak256(proposal.payload),
      height64(proposal.origin.number, 'origin'),
      word(proposal.origin.hash, 'origin'),
      roundOrNone(proposal.justification?.validRound),
    ),
  )
/** What a PREPARE signs. @throws {PoolError} `invalid-argument` when a field is out of range. */
export const prepareDigest = (prepare: UnsignedPrepare, pool: Pool): Bytes =>
  digest(pool, concat(typeHash.prepare, height64(prepare.height, 'height'), round32(prepare.round), word(prepare.content, 'content')))
/**
 * What a RETIRE signs, in the domain of the pool that hands over (`salt` its pool hash).
 * @throws {PoolError} `invalid-argument` when a field is out of range.
 */
export const retireDigest = (retire: UnsignedRetire, l1: Pick<Pool['l1'], 'chainId' | 'inbox'>, salt: Bytes): Bytes =>
  digestIn(separatorOf(l1, salt), concat(typeHash.retire, word(retire.successor, 'successor'), height64(retire.height, 'height')))
/** What a VOID signs. @throws {PoolError} `invalid-argument` when a field is out of range. */
export const voidDigest = (vote: UnsignedVoid, pool: Pool): Bytes =>
  digest(
    pool,
    concat(typeHash.void, height64(vote.height, 'height'), round32(vote.round), word(vote.content, 'content'), word(vote.header, 'header')),
  )

/** 65 bytes r | s | v, v = 27 or 28, low s, deterministic. */
function signDigest(digest32: Bytes, voteKey: Bytes): Bytes {
  assertBytes(voteKey, 'vote key', 32)
  const { r, s, yParity } = kernel.signWith(voteKey, digest32)
  return concat(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(27 + yParity))
}

/** The address that signed, or undefined for anything but a canonical low-s signature. */
function recover(digest32: Bytes, signature: Bytes): Hex | undefined {
  const v = signature[64]
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined
  const r = bytesToBigint(signature.subarray(0, 32))
  const s = bytesToBigint(signature.subarray(32, 64))
  return isLowS(r, s) ? recoverAddress(digest32, r, s, v - 27) : undefined
}

/** Signs with the 32-byte secret of the vote key. @throws {PoolError} `invalid-argument` */
export const signRetire = (retire: UnsignedRetire, pool: Pool, voteKey: Bytes): Bytes =>
  signDigest(retireDigest(retire, pool.l1, poolHash(pool)), voteKey)
/** Who signed a RETIRE of the pool with this hash. */
export const retireSigner = (retire: UnsignedRetire, l1: Pool['l1'], salt: Bytes, signature: Bytes): Hex | undefined =>
  recover(retireDigest(retire, l1, salt), signature)

const seatOf = (pool: Pool, signer: Hex | undefined): number | undefined => pool.members.find(member => member.vote === signer)?.seat

/** Signs with the 32-byte secret of the vote key. @throws {PoolError} `invalid-argument` */
export const signProposal = (proposal: UnsignedProposal, pool: Pool, voteKey: Bytes): Bytes => signDigest(proposalDigest(proposal, pool), voteKey)
/** Signs with the 32-byte secret of the vote key. @throws {PoolError} `invalid-argument` */
export const signPrepare = (prepare: UnsignedPrepare, pool: Pool, voteKey: Bytes): Bytes => signDigest(prepareDigest(prepare, pool), voteKey)
/** Signs with the 32-byte secret of the vote key. @throws {PoolError} `invalid-argument` */
export const signVoid = (vote: UnsignedVoid, pool: Pool, voteKey: Bytes): Bytes => signDigest(voidDigest(vote, pool), voteKey)

/** Seat of the member that signed the proposal; undefined when no member did. */
export const proposalSigner = (proposal: Proposal, pool: Pool): number | undefined =>
  seatOf(pool, recover(proposalDigest(proposal, pool), proposal.signature))

/** True when the member in `seat` signed it. */
export const verifyProposal = (proposal: Proposal, seat: number, pool: Pool): boolean => proposalSigner(proposal, pool) === seat
/** True when the member in the vote's seat signed it. */
export const verifyPrepare = (prepare: Prepare, pool: Pool): boolean =>
  seatOf(pool, recover(prepareDigest(prepare, pool), prepare.signature)) === prepare.seat
/** True when the member in the vote's seat signed it. */
export const verifyVoid = (vote: VoidVote, pool: Pool): boolean => seatOf(pool, recover(voidDigest(vote, pool), vote.signature)) === vote.seat
