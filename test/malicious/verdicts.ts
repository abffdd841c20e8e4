/**
 * What honest members must find out: the table of verdicts, written by hand from the protocol (docs/ceremony.md). One row per field of every
 * message; every mutation of the field has the verdict of its row.
 * @module
 */
import type { ErrorCode } from '../../core/errors.ts'

/** Who is named. `silent`: the cheater, suspected. `others`: everybody else, suspected. `victim`: the member that was lied to and stopped, suspected of silence. */
export type Blame = 'cheater' | 'silent' | 'others' | 'victim' | 'nobody'

/** One way a ceremony ends for a member. */
export interface Ending {
  /** `none`: it ends well. */
  readonly code: ErrorCode | 'none'
  readonly blame: Blame
  /** The pair with the cheater is burned. */
  readonly burns?: boolean
}
/** Any of these endings is right. */
export type Verdict = readonly Ending[]

export const none: Verdict = [{ code: 'none', blame: 'nobody' }]
/** Attributable: only the cheater can have caused it. */
export const named = (code: ErrorCode): Verdict => [{ code, blame: 'cheater' }]
/** Attributable, and the pair is burned. */
export const burned = (code: ErrorCode): Verdict => [{ code, blame: 'cheater', burns: true }]
/** Not attributable. */
export const nobody = (code: ErrorCode): Verdict => [{ code, blame: 'nobody' }]
export const anyOther = (code: ErrorCode): Verdict => [{ code, blame: 'others' }]
const silent = (code: ErrorCode): Verdict => [{ code, blame: 'silent' }]
/** The third member of a ceremony when only one was lied to, and stopped. */
const bereft = (code: ErrorCode): Verdict => [{ code, blame: 'victim' }]
export const either = (...verdicts: readonly Verdict[]): Verdict => verdicts.flat()

/** A field: what follows from another valid value of it, and from bytes that cannot be a value. */
export interface Row {
  readonly wrong: Verdict
  /** Default: as `wrong`. */
  readonly invalid?: Verdict
  /** For a third member, when only one is told the wrong value; default: the message's `bereft`. */
  readonly third?: Verdict
}

/** A kind of message: what follows when it does not come, when its echo is another, and from each of its fields. */
export interface MessageRow {
  readonly absent: Verdict
  /** For a third member when one member has stopped at this message. */
  readonly bereft: Verdict
  readonly echo: Verdict
  /** Nothing is waited for afterwards: what comes then is not looked at. */
  readonly last?: boolean
  /** Sent with the message of the round before it, without waiting for that of others. */
  readonly together?: boolean
  /** The message of another party in its place. */
  readonly body: Row
  readonly fields: Readonly<Record<string, Row>>
}

/** By name of the message. */
export type Table = Readonly<Record<string, MessageRow>>

const row = (wrong: Verdict, more: Omit<Row, 'wrong'> = {}): Row => ({ wrong, ...more })
/** Everybody's next echo differs: also a third member's, from the one that was lied to. */
const split = row(nobody('view-mismatch'), { third: nobody('view-mismatch') })
const malformed = row(named('malformed-round'))
const scalarRow = (wrong: Verdict, third?: Verdict): Row =>
  row(wrong, { invalid: named('invalid-scalar'), ...(third === undefined ? {} : { third }) })
const pointRow = (wrong: Verdict): Row => row(wrong, { invalid: named('invalid-point') })

const list = (path: string, of: Row): Record<string, Row> => ({
  [path]: of,
  [`${path}.count`]: malformed,
  [`${path}.first`]: of,
  [`${path}.last`]: of,
})
const inside = (path: string, rows: Readonly<Record<string, Row>>): Record<string, Row> =>
  Object.fromEntries(Object.entries(rows).map(([name, of]) => [`${path}.${name}`, of]))

const waiting: Pick<MessageRow, 'absent' | 'bereft' | 'echo'> = {
  absent: silent('deadline'),
  bereft: bereft('deadline'),
  echo: nobody('view-mismatch'),
}

// ── key generation ───────────────────────────────────────────────────────────────────────────────────────────────────

const opening = row(named('bad-opening'))
const trees = row(named('pprf'))
/** Of each correction the receiver uses one side: a change of the other changes nothing. */
const correction = row(either(named('pprf'), none), { third: either(bereft('certificates-missing'), none) })

/**
 * The cheater's own trees do not fit what it chose, and it is the only one to see that: it stops, or goes on with OT state of which nothing it makes
 * verifies.
 */
const ownLoss = row(silent('certificates-missing'), { third: silent('certificates-missing') })

const pairs = inside('baseOt', {
  first: row(ownLoss.wrong, { invalid: named('base-ot'), third: silent('certificates-missing') }),
  middle: row(either(ownLoss.wrong, named('base-ot')), { third: either(silent('certificates-missing'), bereft('deadline')) }),
  last: row(ownLoss.wrong, { invalid: named('base-ot'), third: silent('certificates-missing') }),
})
/** Both sides contribute to it: a wrong half is noticed by the first signature of a quorum of three. */
const zeroSeed = row(none, { third: none })
const seedTrees = inside('trees', {
  'first.corrections': correction,
  'first.sum': trees,
  'first.check': trees,
  'middle': correction,
  'last.corrections': correction,
  'last.sum': trees,
  'last.check': trees,
})
const proof: Readonly<Record<string, Row>> = { proofCommitment: pointRow(named('bad-proof')), proofResponse: scalarRow(named('bad-proof')) }
const publicShare: Readonly<Record<string, Row>> = { publicShare: row(named('bad-public-share')), ...proof }
const lastOfDeal: MessageRow = {
  last: true,
  absent: silent('certificates-missing'),
  bereft: none,
  echo: nobody('view-mismatch'),
  body: row(named('bad-certificate')),
  fields: { signature: row(named('bad-certificate')) },
}

export const KEYGEN: Table = {
  'R1 broadcast': { ...waiting, body: split, fields: { nonce: split, commitment: split } },
  'R2 broadcast': {
    ...waiting,
    body: opening,
    fields: {
      ...list('coefficients', opening),
      chainCode: opening,
      otKey: opening,
      blind: opening,
      ...proof,
    },
  },
  'R3 direct': {
    ...waiting,
    body: row(named('bad-share')),
    fields: {
      share: scalarRow(named('bad-share')),
      zeroSeed,
      ...pairs,
    },
  },
  'R4 broadcast': {
    ...waiting,
    bereft: bereft('certificates-missing'),
    body: row(named('bad-public-share')),
    fields: publicShare,
  },
  'R4 direct': {
    ...waiting,
    bereft: bereft('certificates-missing'),
    body: trees,
    fields: seedTrees,
  },
  'R5 broadcast': lastOfDeal,
}

// ── refresh, reshare, import ─────────────────────────────────────────────────────────────────────────────────────────

export const DEAL: Table = {
  'D1 broadcast': { ...waiting, body: split, fields: { nonce: split, commitment: split } },
  'D2 broadcast': { ...waiting, body: opening, fields: { ...list('coefficients', opening), otKey: opening, blind: opening, ...proof } },
  'D3 direct': { ...waiting, body: row(named('bad-share')), fields: { share: scalarRow(named('bad-share')) } },
  'D4 direct': { ...waiting, together: true, body: ownLoss, fields: { zeroSeed, ...pairs } },
  'D5 direct': { ...waiting, bereft: bereft('certificates-missing'), body: trees, fields: seedTrees },
  'D6 broadcast': { ...waiting, together: true, bereft: bereft('certificates-missing'), body: row(named('bad-public-share')), fields: publicShare },
  'D7 broadcast': lastOfDeal,
}

// ── export ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The recipient sees it in the other signer's part, or that signer misses the receipt. */
const otherView = row(either(nobody('view-mismatch'), bereft('deadline')))

export const EXPORT_BY_SIGNER: Table = {
  'X1 broadcast': { ...waiting, body: otherView, fields: { nonce: otherView } },
  'X2 direct': { ...waiting, last: true, body: row(named('bad-share')), fields: { share: scalarRow(named('bad-share')) } },
}

/** A recipient that contradicts itself gets parts that it does not take, and nobody sees a receipt. */
const noReceipt = row(silent('deadline'))
const alone: Pick<MessageRow, 'absent' | 'bereft' | 'echo'> = {
  absent: silent('deadline'),
  bereft: silent('deadline'),
  echo: nobody('view-mismatch'),
}

export const EXPORT_BY_RECIPIENT: Table = {
  'X1 broadcast': { ...alone, body: noReceipt, fields: { nonce: noReceipt } },
  'X3 broadcast': { ...alone, bereft: none, last: true, body: row(named('bad-certificate')), fields: { signature: row(named('bad-certificate')) } },
}

// ── signing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const extension = row(burned('ote-check'))
const product = row(burned('vole-check'))
const nonce = row(named('bad-nonce-opening'))

const preprocessing: Table = {
  'P1 broadcast': { ...waiting, body: split, fields: { nonce: split, commitment: split } },
  'P1 direct': { ...waiting, body: extension, fields: inside('extension', { nonce: extension, u: extension, xHat: extension, check: extension }) },
  'P2 direct': {
    ...waiting,
    body: product,
    fields: inside('multiplication', {
      'nonce': product,
      'q.first': scalarRow(burned('vole-check')),
      'q.middle': row(either(burned('vole-check'), named('invalid-scalar'))),
      'q.last': scalarRow(burned('vole-check')),
      'check': product,
      'v': scalarRow(burned('vole-check')),
    }),
  },
}

const online: Readonly<Record<string, Row>> = {
  nonceShare: nonce,
  blind: nonce,
  gammaK: scalarRow(burned('gamma-k')),
  gammaX: scalarRow(burned('gamma-x')),
  gammaPointK: pointRow(burned('gamma-k')),
  gammaPointX: pointRow(burned('gamma-x')),
}
const opened: Pick<MessageRow, 'absent' | 'bereft' | 'echo' | 'body'> = { ...waiting, echo: nobody('bind-mismatch'), body: nonce }
/** Who has the last message of everybody has the signature. */
const lastMessage: Pick<MessageRow, 'absent' | 'bereft' | 'echo' | 'last'> = {
  last: true,
  absent: silent('deadline'),
  bereft: none,
  echo: nobody('r-view'),
}

export const SIGN_OF_TWO: Table = {
  ...preprocessing,
  'O1 direct': { ...opened, fields: online },
  'O2 broadcast': {
    ...lastMessage,
    body: row(burned('final-verify')),
    fields: { u: scalarRow(burned('final-verify')), w: scalarRow(burned('final-verify')) },
  },
}

export const SIGN_OF_THREE: Table = {
  ...preprocessing,
  'O1 direct': {
    ...opened,
    fields: { ...online, keyShare: pointRow(burned('gamma-x')), psi: scalarRow(anyOther('final-verify'), anyOther('final-verify')) },
  },
  'O2 broadcast': {
    ...lastMessage,
    body: row(anyOther('final-verify')),
    fields: { u: scalarRow(anyOther('final-verify')), w: scalarRow(anyOther('final-verify')) },
  },
}
