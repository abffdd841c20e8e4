/**
 * One value of every message and of every record that is stored as well as sent. The compiler asks for a new one with every new kind; README.md says how its
 * bytes are added to messages-v1.json.
 * @module
 */
import { type Bytes, hex, utf8 } from '../../core/bytes.ts'
import { type Codec, codec } from '../../core/codec.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../core/envelope/header.ts'
import { signEnvelope } from '../../core/envelope/identity.ts'
import { type MemberFrame, memberFrame, type RelayFrame, relayFrame } from '../../core/envelope/wire.ts'
import { burnNoticeCodec, signBurnNotice } from '../../core/member/burn-notice.ts'
import { type RoomMessage, type RoomMessageOf, roomMessage } from '../../core/member/messages.ts'
import { type HeightRecord, heightRecordCodec } from '../../core/proposal/lock.ts'
import {
  type Certificate,
  certificateCodec,
  type Prepare,
  type Proposal,
  prepareCodec,
  proposalCodec,
  refusalCodec,
  type VoidVote,
  voidCodec,
} from '../../core/proposal/messages.ts'
import { poolHash } from '../../core/proposal/pool.ts'
import { retire, retirementCodec, successorOf } from '../../core/proposal/succession.ts'
import { signPrepare, signProposal, signVoid } from '../../core/proposal/vote.ts'
import { type Erasure, erasureCodec, type KeyShare, keyCertificateCodec, keyCertificateOf, proveErasure } from '../../core/threshold/index.ts'
import { labelled, testIdentity, testShares } from '../support/index.ts'
import { testPool, testVoteKey } from '../support/pool.ts'

export const pool = testPool(3)
export const share = testShares(3, 2, 'compat').get(1) as KeyShare
/** A pool that takes the account of the first one over. */
export const nextPool = successorOf(
  pool,
  { account: share.address, keyId: share.keyId },
  { members: testPool(4).members, threshold: 2, agreementQuorum: 3 },
)

const id = labelled('ceremony')
const height = 7
const at = { height, round: 2, content: labelled('content', height) }
const earlier = { ...at, round: 1 }

/** A certificate of seats 1 and 2 for round 1. */
export const certificate: Certificate = {
  ...earlier,
  prepares: [1, 2].map(seat => ({ seat, signature: signPrepare(earlier, pool, testVoteKey(seat)) })),
}
export const prepare: Prepare = { ...at, seat: 3, signature: signPrepare(at, pool, testVoteKey(3)) }
const unsigned = {
  ...at,
  origin: { number: 42, hash: labelled('origin', 42) },
  payload: utf8('calldata of a batch'),
  justification: { validRound: 1, certificate },
}
export const proposal: Proposal = { ...unsigned, signature: signProposal(unsigned, pool, testVoteKey(3)) }
const unsignedVoid = { ...at, header: labelled('another block', 42) }
export const voidVote: VoidVote = { ...unsignedVoid, seat: 2, signature: signVoid(unsignedVoid, pool, testVoteKey(2)) }
export const retirement = retire(pool, nextPool, 2, 9, testVoteKey(2))
export const erasure: Erasure = proveErasure(
  { keyId: share.keyId, epoch: share.epoch, epochNo: share.epochNo, seat: 2, reason: 'superseded', time: 1_795_000_000_000 },
  testIdentity(2).sign,
)
export const burnNotice = signBurnNotice({ keyId: share.keyId, epoch: share.epoch, seat: 1, peer: 3, reason: 'ote-check' }, testIdentity(1).sign)
const keyCertificate = keyCertificateCodec.encode(keyCertificateOf(share))
const record: HeightRecord = {
  height,
  votedRound: 2,
  votedContent: at.content,
  lockedRound: 1,
  lockedContent: at.content,
  certificate,
  signed: [{ round: 1, content: at.content, sighash: labelled('sighash'), maxFeePerGas: 30_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n }],
  voided: [labelled('content', 6)],
}
export const envelope: Envelope = signEnvelope(
  testIdentity(1),
  { kind: 'message', room: poolHash(pool), session: id, attempt: 1, from: 1, to: 2, sequence: 5 },
  utf8('a sealed body'),
)
const raw = utf8('a signed transaction')
const fees = { maxFeePerGas: 30_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n }
const quorum = [1, 3]

const room: { readonly [K in RoomMessage['kind']]: Omit<RoomMessageOf<K>, 'kind'> } = {
  status: {
    nextHeight: height,
    keyId: share.keyId,
    epoch: share.epoch,
    epochNo: 3,
    pending: [{ epoch: labelled('epoch', 5), epochNo: 5 }],
    generating: undefined,
    restored: false,
  },
  keygen: { ceremony: id },
  keyCertificate: { certificate: keyCertificate },
  proposal: { proposal, vote: prepare, sign: { ceremony: id, quorum, held: true, ...fees } },
  prepare: { prepare },
  refusal: { ...at, reason: 'stale-round' },
  locked: { certificate, proposal },
  sign: { ...at, ceremony: id, quorum, transaction: utf8('an unsigned transaction'), certificate, held: false },
  signed: { ...at, signers: quorum, raw },
  commit: at,
  preprocess: { ceremony: id, quorum, epoch: share.epoch },
  gone: { ceremony: id },
  refresh: { ceremony: id, epoch: share.epoch, epochNo: 4, operator: true },
  refreshRefused: { ceremony: id, reason: 'burn-limit', peer: 3 },
  burned: { notices: [burnNotice] },
  erased: { erasures: [erasure] },
  reshare: { ceremony: id, dealers: [1, 0x8002], epoch: share.epoch, epochNo: 4 },
  holder: { certificate: keyCertificate, nextHeight: height },
  handOver: { height: 9 },
  retired: { promises: [retirement] },
  waiting: { transactions: [utf8('a transaction'), utf8('another one')] },
}

const toRelay: { readonly [K in MemberFrame['kind']]: Omit<Extract<MemberFrame, { kind: K }>, 'kind'> } = {
  auth: {
    room: poolHash(pool),
    identity: share.parties[0]?.identity as Bytes,
    device: labelled('device').slice(0, 16),
    clientNonce: labelled('client nonce'),
    time: 1_795_000_000_000,
    since: 11,
    transactionsSince: 12,
    signature: testIdentity(1).sign(labelled('auth')),
  },
  publish: { request: 1, envelope: encodeEnvelope(envelope) },
  ack: { sequence: 11 },
  submit: { request: 2, ...at, raw },
  account: { request: 3, address: labelled('account').slice(0, 20), keyId: share.keyId },
  report: { json: '{"seat":1}' },
}

const fromRelay: { readonly [K in RelayFrame['kind']]: Omit<Extract<RelayFrame, { kind: K }>, 'kind'> } = {
  challenge: { nonce: labelled('server nonce'), origin: 'wss://relay.example' },
  welcome: { seat: 1, lastSequence: 11, online: [1, 2] },
  published: { request: 1, status: 0 },
  refused: { request: 1, code: 'quota', reason: 'too much waits' },
  deliver: { sequence: 12, envelope: encodeEnvelope(envelope) },
  caughtUp: { sequence: 12 },
  turn: { rotationEpoch: 0, height, round: 2, opensAt: 1_795_000_000_000, order: [3, 1, 2] },
  transaction: { sequence: 13, raw },
  presence: { online: [1, 2, 3] },
  l1: { height, hash: labelled('transaction'), state: 2, blockNumber: 43 },
  drain: { afterMs: 500 },
}

const envelopeCodec: Codec<Envelope> = codec(encodeEnvelope, reader => decodeEnvelope(reader.take(reader.remaining)))

// biome-ignore lint/suspicious/noExplicitAny: values of many codecs in one table
export type Sample = { readonly codec: Codec<any>; readonly value: unknown }

const tagged = (name: string, from: Sample['codec'], table: Readonly<Record<string, object>>): [string, Sample][] =>
  Object.entries(table).map(([kind, fields]) => [`${name} ${kind}`, { codec: from, value: { kind, ...fields } }])

/** By name. */
export const SAMPLES: ReadonlyMap<string, Sample> = new Map<string, Sample>([
  ...tagged('room', roomMessage, room),
  ...tagged('to relay', memberFrame, toRelay),
  ...tagged('from relay', relayFrame, fromRelay),
  ['envelope', { codec: envelopeCodec, value: envelope }],
  ['proposal', { codec: proposalCodec, value: proposal }],
  ['prepare', { codec: prepareCodec, value: prepare }],
  ['certificate', { codec: certificateCodec, value: certificate }],
  ['void', { codec: voidCodec, value: voidVote }],
  ['refusal', { codec: refusalCodec, value: { ...at, reason: 'stale-round' } }],
  ['height record', { codec: heightRecordCodec, value: record }],
  ['retirement', { codec: retirementCodec, value: retirement }],
  ['erasure', { codec: erasureCodec, value: erasure }],
  ['burn notice', { codec: burnNoticeCodec, value: burnNotice }],
])

/** What must stay as it is for all of them. */
export const POOL_HASH = hex(poolHash(pool))
