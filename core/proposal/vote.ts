/**
 * EIP-712 signatures of the vote key. The domain binds pool, L1 chain and inbox; a signature of one pool says nothing in another.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Bytes, bigintToBytes, concat, equal, fromHex, hex, u64be, utf8 } from '../bytes.ts'
import { type Hex, isLowS, keccak256, recoverAddress } from '../ethereum.ts'
import type { Prepare, Proposal, VoidVote } from './messages.ts'
import { type Pool, poolHash } from './pool.ts'

/** The types as EIP-712 encodes them; contracts use the same strings. */
export const VOTE_TYPES = {
  domain: 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)',
  propose: 'Propose(uint64 height,uint32 round,bytes32 content,bytes32 payloadHash,uint64 originNumber,bytes32 originHash,int64 validRound)',
  prepare: 'Prepare(uint64 height,uint32 round,bytes32 content)',
  void: 'Void(uint64 height,uint32 round,bytes32 content,bytes32 header)',
} as const

const typeHash = Object.fromEntries(Object.entries(VOTE_TYPES).map(([name, type]) => [name, keccak256(utf8(type))])) as Record<
  keyof typeof VOTE_TYPES,
  Bytes
>

/** A non-negative integer as an EIP-712 word. */
const word = (value: number): Bytes => concat(new Uint8Array(24), u64be(value))
/** -1 as int64, sign-extended to a word; otherwise as `word`. */
const signedWord = (value: number): Bytes => (value < 0 ? new Uint8Array(32).fill(0xff) : word(value))
const address = (text: string): Bytes => concat(new Uint8Array(12), fromHex(text))

/** hashStruct of the domain { name, version, chainId: L1, verifyingContract: inbox, salt: pool hash }. */
export function domainSeparator(pool: Pool): Bytes {
  return keccak256(
    concat(
      typeHash.domain,
      keccak256(utf8('Sequorum')),
      keccak256(utf8('1')),
      bigintToBytes(BigInt(pool.l1.chainId), 32),
      address(pool.l1.inbox),
      poolHash(pool),
    ),
  )
}

/** EIP-712: keccak256(0x1901 || domainSeparator || hashStruct). */
const digest = (pool: Pool, struct: Bytes): Bytes => keccak256(concat(Uint8Array.of(0x19, 0x01), domainSeparator(pool), keccak256(struct)))

export type UnsignedProposal = Omit<Proposal, 'signature'>
export type UnsignedPrepare = Pick<Prepare, 'height' | 'round' | 'content'>
export type UnsignedVoid = Pick<VoidVote, 'height' | 'round' | 'content' | 'header'>

export const proposalDigest = (proposal: UnsignedProposal, pool: Pool): Bytes =>
  digest(
    pool,
    concat(
      typeHash.propose,
      word(proposal.height),
      word(proposal.round),
      proposal.content,
      keccak256(proposal.payload),
      word(proposal.origin.number),
      proposal.origin.hash,
      signedWord(proposal.justification?.validRound ?? -1),
    ),
  )
export const prepareDigest = (prepare: UnsignedPrepare, pool: Pool): Bytes =>
  digest(pool, concat(typeHash.prepare, word(prepare.height), word(prepare.round), prepare.content))
export const voidDigest = (vote: UnsignedVoid, pool: Pool): Bytes =>
  digest(pool, concat(typeHash.void, word(vote.height), word(vote.round), vote.content, vote.header))

/** 65 bytes r | s | v, v = 27 or 28, low s. */
function signDigest(digest32: Bytes, voteKey: Bytes): Bytes {
  const recovered = secp256k1.sign(digest32, voteKey, { prehash: false, lowS: true, format: 'recovered' })
  return concat(recovered.subarray(1), Uint8Array.of(27 + (recovered[0] as number)))
}

/** The address that signed, or undefined for anything but a canonical low-s signature. */
function recover(digest32: Bytes, signature: Bytes): Hex | undefined {
  const v = signature[64]
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined
  const r = BigInt(hex(signature.subarray(0, 32)))
  const s = BigInt(hex(signature.subarray(32, 64)))
  return isLowS(r, s) ? recoverAddress(digest32, r, s, v - 27) : undefined
}

const byMember = (pool: Pool, seat: number, digest32: Bytes, signature: Bytes): boolean => {
  const member = pool.members.find(candidate => candidate.seat === seat)
  const signer = recover(digest32, signature)
  return member !== undefined && signer !== undefined && equal(fromHex(signer), fromHex(member.vote))
}

/** `voteKey`: 32-byte secret of the vote key. */
export const signProposal = (proposal: UnsignedProposal, pool: Pool, voteKey: Bytes): Bytes => signDigest(proposalDigest(proposal, pool), voteKey)
export const signPrepare = (prepare: UnsignedPrepare, pool: Pool, voteKey: Bytes): Bytes => signDigest(prepareDigest(prepare, pool), voteKey)
export const signVoid = (vote: UnsignedVoid, pool: Pool, voteKey: Bytes): Bytes => signDigest(voidDigest(vote, pool), voteKey)

/** True when the member in `seat` signed it. */
export const verifyProposal = (proposal: Proposal, seat: number, pool: Pool): boolean =>
  byMember(pool, seat, proposalDigest(proposal, pool), proposal.signature)
export const verifyPrepare = (prepare: Prepare, pool: Pool): boolean => byMember(pool, prepare.seat, prepareDigest(prepare, pool), prepare.signature)
export const verifyVoid = (vote: VoidVote, pool: Pool): boolean => byMember(pool, vote.seat, voidDigest(vote, pool), vote.signature)
