/**
 * One error class and one table of codes. `docs/errors.md` is generated from the table; a test holds the two together.
 * @module
 */

/** `input`: what a caller, file or peer handed in is wrong. `io`: the outside did not answer. `abort`: a protocol stopped. `bug`: ours. */
export type ErrorKind = 'input' | 'io' | 'abort' | 'bug'

interface CodeEntry {
  readonly kind: ErrorKind
  /** What happened, in one sentence without a full stop. */
  readonly summary: string
  /** What the reader does next. */
  readonly next: string
}

const table = {
  // ── base ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  'invalid-argument': { kind: 'input', summary: 'an argument has the wrong type, size or range', next: 'Fix the named argument.' },
  'malformed-bytes': {
    kind: 'input',
    summary: 'bytes do not follow their format',
    next: 'Discard them; ask the sender for a version that matches this software.',
  },
  'secret-used': { kind: 'bug', summary: 'a secret was read after it was erased', next: 'Report it with the redacted log.' },
  'internal': { kind: 'bug', summary: 'something that cannot happen has happened', next: 'Report it with the redacted log.' },
  'deadline': {
    kind: 'abort',
    summary: 'parties did not answer in time',
    next: 'See who is missing; bring them back or run again with another quorum.',
  },
  // ── kernel, threshold, ceremony ───────────────────────────────────────────────────────────────────────────────────
  'seal-mismatch': {
    kind: 'input',
    summary: 'a sealed secret does not open: another key, another place, or changed bytes',
    next: 'Use the vault that it was stored in; otherwise restore a backup.',
  },
  'kernel-unsupported': {
    kind: 'input',
    summary: 'this platform does not run the compiled kernel: it has no 128-bit WebAssembly SIMD',
    next: 'Use a newer browser or Node, or choose the reference kernel.',
  },
  'kernel-memory': {
    kind: 'bug',
    summary: "the kernel's memory is full",
    next: 'Restart the member; wipe shares and tuples that are not used any more. Report it if it comes back.',
  },
  'kernel-stopped': {
    kind: 'bug',
    summary: 'the kernel stopped at a fault and erased its memory',
    next: 'Restart the member: the share loads from the vault. Report the cause.',
  },
  'malformed-round': {
    kind: 'abort',
    summary: 'a round message has the wrong length or form',
    next: 'Run again; if it comes back, the peer runs another version or cheats.',
  },
  'invalid-point': {
    kind: 'abort',
    summary: 'bytes are not a point of secp256k1, or the point is the identity',
    next: 'Run again; a peer that sends it twice is faulty.',
  },
  'invalid-scalar': {
    kind: 'abort',
    summary: 'a scalar is out of range or not in its one encoding',
    next: 'Run again; a peer that sends it twice is faulty.',
  },
  'base-ot': {
    kind: 'abort',
    summary: 'a base oblivious transfer received points that cannot be honest',
    next: 'Discard the whole ceremony and start a new one; nothing of it may be kept. Shares of an older generation are as they were.',
  },
  'pprf': {
    kind: 'abort',
    summary: 'the seed trees of a peer are inconsistent',
    next: 'Discard the whole ceremony and start a new one; nothing of it may be kept. Shares of an older generation are as they were.',
  },
  'ote-check': {
    kind: 'abort',
    summary: 'the oblivious-transfer extension of a peer is inconsistent',
    next: 'The pair is burned: refresh the key without that peer, or after it has been examined.',
  },
  'vole-check': {
    kind: 'abort',
    summary: 'the multiplication message of a peer is inconsistent',
    next: 'The pair is burned: refresh the key without that peer, or after it has been examined.',
  },
  'channel-closed': {
    kind: 'io',
    summary: 'the channel of a ceremony ended before the ceremony did',
    next: 'Check the connection and run the ceremony again.',
  },
  'bad-parties': {
    kind: 'abort',
    summary: 'the parties of a ceremony are not usable',
    next: 'Give distinct seats and identities, this member among them, that match the key.',
  },
  'bad-quorum': {
    kind: 'abort',
    summary: 'the quorum is not a set of exactly t members of the key',
    next: 'Choose exactly t distinct members, this one among them.',
  },
  'view-mismatch': {
    kind: 'abort',
    summary: 'two parties saw different broadcasts or started with different settings',
    next: 'Nobody is blamed: compare the signed originals, then run again.',
  },
  'equivocation': {
    kind: 'abort',
    summary: 'a party sent two different messages for one round',
    next: 'Keep the two signed messages as evidence and run again without that party.',
  },
  'bad-opening': {
    kind: 'abort',
    summary: 'what a party opened is not what it committed to',
    next: 'Run again; suspend the named party if it happens twice.',
  },
  'wrong-degree': {
    kind: 'abort',
    summary: 'a party committed to a polynomial of the wrong degree',
    next: 'Run again without the named party; it tried to change the threshold.',
  },
  'bad-proof': {
    kind: 'abort',
    summary: 'a proof of knowledge does not verify',
    next: 'Run again; suspend the named party if it happens twice.',
  },
  'bad-contribution': {
    kind: 'abort',
    summary: 'a dealer of a refresh, reshare or import deals something other than its part of the key',
    next: 'The old shares are as they were: run again without the named party, which holds another share than it should or tried to change the key.',
  },
  'bad-share': {
    kind: 'abort',
    summary: 'a key share does not fit its public commitment',
    next: 'Run again; suspend the named party if it happens twice.',
  },
  'bad-public-share': {
    kind: 'abort',
    summary: 'a public share is not the one that follows from the commitments',
    next: 'Run again; suspend the named party if it happens twice.',
  },
  'bad-certificate': {
    kind: 'abort',
    summary: 'a completion certificate does not verify, or is for another key',
    next: 'Keep the pending share; get the certificates from another member.',
  },
  'certificates-missing': {
    kind: 'abort',
    summary: 'the key is not certified by all members',
    next: 'Keep the pending share; it becomes active with the full set, which any member that has it can hand over.',
  },
  'bind-mismatch': {
    kind: 'abort',
    summary: 'a party is signing something else, or with another tuple',
    next: 'Nobody is blamed: check that all members of the quorum have the same proposal, then run again with a new tuple.',
  },
  'bad-nonce-opening': {
    kind: 'abort',
    summary: 'a nonce point is not the one that was committed to',
    next: 'Run again with a new tuple; suspend the named party if it happens twice.',
  },
  'gamma-k': {
    kind: 'abort',
    summary: 'the nonce share of a peer is inconsistent with its multiplication',
    next: 'The pair is burned: refresh the key without that peer, or after it has been examined.',
  },
  'gamma-x': {
    kind: 'abort',
    summary: 'the key share of a peer is inconsistent with its multiplication',
    next: 'The pair is burned: refresh the key without that peer, or after it has been examined.',
  },
  'pk-sum': {
    kind: 'abort',
    summary: 'the key shares of the quorum do not add up to the public key',
    next: 'One of the quorum is wrong, nobody can say which: run again with another quorum.',
  },
  'bad-nonce': {
    kind: 'abort',
    summary: 'the joint nonce cannot be used in a signature',
    next: 'Run again with a new tuple.',
  },
  'r-view': {
    kind: 'abort',
    summary: 'two parties computed different nonces',
    next: 'Nobody is blamed: run again with a new tuple. Only the same transaction may be signed at this nonce.',
  },
  'final-verify': {
    kind: 'abort',
    summary: 'the assembled signature does not verify',
    next: 'Only the same transaction may be signed at this nonce; run again with another quorum.',
  },
  'peer-burned': {
    kind: 'abort',
    summary: 'the shared secrets with a peer were destroyed after it failed a check',
    next: 'Sign with a quorum without that peer; a refresh gives new shared secrets.',
  },
  'tuple-used': {
    kind: 'abort',
    summary: 'a preprocessed tuple was used before',
    next: 'Run preprocessing again; a tuple is for one signature.',
  },
  'wrong-epoch': {
    kind: 'abort',
    summary: 'a tuple, share or certificate belongs to another key epoch',
    next: 'Discard it and make a new one under the current epoch.',
  },
  'share-restored': {
    kind: 'abort',
    summary: 'this share came back from a backup, which holds no shared secrets with any peer',
    next: 'Refresh the key with all members; the share signs after that.',
  },
  'epoch-taken': {
    kind: 'abort',
    summary: 'this member has a generation of shares with this number or a higher one already',
    next: 'Run again with a number above every one that a member has, active or pending.',
  },
  'hardened-path': {
    kind: 'input',
    summary: 'a hardened child needs the whole private key, which nobody has',
    next: 'Choose a path whose numbers are below 2^31 and bear no mark.',
  },
  'bad-erasure': {
    kind: 'input',
    summary: 'a proof of erasure does not verify, or is for another share',
    next: 'Ask the member for the proof again; without it, take its old share as still there.',
  },
  // ── transaction, batch ────────────────────────────────────────────────────────────────────────────────────────────
  'malformed-transaction': {
    kind: 'input',
    summary: 'bytes are not a transaction of an accepted type',
    next: 'Send a signed EIP-155, EIP-2930, EIP-1559 or EIP-7702 transaction; on L1 only canonical EIP-1559 is signed.',
  },
  'malformed-batch': {
    kind: 'input',
    summary: 'calldata, frames, channel or batch do not follow the OP Stack format',
    next: 'Discard it; see docs/batch.md for the format.',
  },
  'unsupported-batch': {
    kind: 'input',
    summary: 'the batch uses an encoding that this software does not read',
    next: 'See the named kind; a newer version may read it.',
  },
  // ── proposal ──────────────────────────────────────────────────────────────────────────────────────────────────────
  'invalid-certificate': {
    kind: 'abort',
    summary: 'a certificate does not hold the votes it needs',
    next: 'Discard it; a valid one has q votes of distinct members for one height, round and content.',
  },
  'lock-conflict': {
    kind: 'abort',
    summary: 'a certificate cannot move this lock',
    next: 'Nothing is to be done: the height goes on with the content that is locked.',
  },
  'bad-pool-file': {
    kind: 'input',
    summary: 'the pool file is not valid',
    next: 'Correct the named field; `sequorum pool init` writes a valid file.',
  },
  // ── envelope, relay connection ────────────────────────────────────────────────────────────────────────────────────
  'transcript-mismatch': {
    kind: 'abort',
    summary: 'two parties saw different hellos of one session',
    next: 'Nobody is blamed, nothing is burned: the relay or one of the parties told two stories. Run again; if it comes back, compare the signed hellos.',
  },
  'bad-seal': {
    kind: 'abort',
    summary: 'a party signed a message that cannot be opened',
    next: 'Run again; suspend the named party if it happens twice.',
  },
  'no-session': {
    kind: 'input',
    summary: 'there is no established session to send in',
    next: 'Wait until the session is established; open a new one under a higher attempt if it was closed.',
  },
  'message-too-large': { kind: 'input', summary: 'a message is larger than a session carries', next: 'Send less at a time.' },
  'relay-refused': {
    kind: 'io',
    summary: 'the relay refused what this member sent',
    next: 'See the named code; a quota empties by itself, anything else will be refused again.',
  },
  'relay-closed': { kind: 'io', summary: 'the connection to the relay was closed', next: 'Connect again.' },
  'outbox-full': {
    kind: 'io',
    summary: 'too much waits to be sent to the relay',
    next: 'Check the connection to the relay; what was refused here has to be sent again.',
  },
  // ── l1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  'l1-unreachable': {
    kind: 'io',
    summary: 'the L1 node does not answer, or not as an Ethereum node does',
    next: 'Check the RPC address and the node, then try again.',
  },
  // ── relay ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  'relay-insecure-bind': {
    kind: 'input',
    summary: 'the relay would listen without TLS on an address that others can reach',
    next: 'Give it a certificate and key, or say that a proxy in front of it does TLS, or bind to 127.0.0.1.',
  },
  'relay-bind': {
    kind: 'io',
    summary: 'the relay cannot listen on its address',
    next: 'See whether another process uses the port, and whether the address is one of this machine.',
  },
  'relay-config': { kind: 'input', summary: 'a setting of the relay cannot be used', next: 'Correct the named setting.' },
  'relay-store-locked': {
    kind: 'io',
    summary: 'another relay has this data directory open',
    next: 'Stop it, or give this one a directory of its own.',
  },
  'relay-store-version': {
    kind: 'input',
    summary: 'the relay database was written by another version of this software',
    next: 'Run the version that wrote it, or start with an empty data directory: members send again what is missing.',
  },
  'relay-store-pool': {
    kind: 'input',
    summary: 'the relay database belongs to another pool',
    next: 'Give each pool a data directory of its own.',
  },
  'relay-store': {
    kind: 'io',
    summary: 'the relay database did not store or read something',
    next: 'See the cause: a full disk and missing rights are the usual ones. Nothing was acknowledged.',
  },
  'relay-l1': {
    kind: 'io',
    summary: 'the L1 node of the relay did not answer, or answered with an error',
    next: 'Check the RPC address and the node; the relay tries again by itself.',
  },
  // ── member, vault, guard ──────────────────────────────────────────────────────────────────────────────────────────
  'not-a-member': {
    kind: 'input',
    summary: 'the vault holds an identity that is not in the pool file',
    next: 'Use the vault that made this member’s entry, or the right pool file.',
  },
  'wrong-parent': {
    kind: 'input',
    summary: 'the next pool file names another pool as its parent',
    next: 'Make it by `sequorum pool next` from the very pool file that this member runs with.',
  },
  'wrong-key': {
    kind: 'input',
    summary: 'the certificates are for another key or another committee than the pool file names',
    next: 'Nothing was used. Compare the pool files of those who sent it; they have to be the same everywhere.',
  },
  'cannot-retire': {
    kind: 'input',
    summary: 'this member cannot promise to be silent from that height on',
    next: 'It has voted there already, or serves another next pool. A later height will do; all operators must use the same next pool file.',
  },
  'wrong-l1': { kind: 'input', summary: 'the L1 node is on another chain than the pool', next: 'Give the URL of a node of the pool’s L1.' },
  'l1-diverged': {
    kind: 'io',
    summary: 'L1 no longer has a block that this member took for settled',
    next: 'Check the L1 node; restart the member once it is on the right chain.',
  },
  'refresh-refused': {
    kind: 'abort',
    summary: 'the shares cannot be refreshed now',
    next: 'See the reason and the seats: bring back who is missing, wait for a refresh that runs, or reshare without the named member.',
  },
  'share-superseded': {
    kind: 'abort',
    summary: 'all members have a later generation of the key, of which this member has no share',
    next: 'Its share is of no use any more: give the seat a new one by a reshare (`sequorum pool next`).',
  },
  'key-destroyed': {
    kind: 'abort',
    summary: 'this member has destroyed its share',
    next: 'Give the seat a new one by a reshare (`sequorum pool next`), or leave it out.',
  },
  'vault-missing': { kind: 'input', summary: 'there is no vault file', next: 'Check the path; `sequorum pool invite` makes a vault.' },
  'vault-exists': { kind: 'input', summary: 'there is a vault file already', next: 'Open it, or choose another path; a vault is never overwritten.' },
  'vault-permissions': {
    kind: 'input',
    summary: 'others could read or replace the vault file',
    next: 'chmod 600 the file and chmod 700 its folder; both must belong to the user who runs this.',
  },
  'vault-passphrase': { kind: 'input', summary: 'the passphrase does not open the vault', next: 'Give the passphrase that the vault was made with.' },
  'vault-damaged': {
    kind: 'input',
    summary: 'the vault file is not whole',
    next: 'Restore it from a copy. A temporary file beside it (.tmp) is an unfinished write and may be deleted.',
  },
  'vault-locked': {
    kind: 'io',
    summary: 'the vault is in use by another process',
    next: 'Stop that process; after a crash the lock ends by itself within 5 s.',
  },
  'vault-closed': { kind: 'input', summary: 'the vault is closed', next: 'Open it again.' },
  'vault-io': {
    kind: 'io',
    summary: 'the vault file cannot be read or written',
    next: 'See the cause: a full disk and missing rights are the usual ones. The file on disk is the last one that was saved.',
  },
  'backup-wrong-passphrase': {
    kind: 'input',
    summary: 'the passphrase does not open the backup',
    next: 'Give the passphrase that this backup was made with; it need not be the one of the vault.',
  },
  'backup-damaged': {
    kind: 'input',
    summary: 'the file is not a whole backup of a version that this software reads',
    next: 'Use another copy of it, or the version of this software that made it.',
  },
  'backup-unusable': {
    kind: 'bug',
    summary: 'the backup that was just made does not read back as it was meant',
    next: 'Do not count on it: make it again, and report it if it comes back.',
  },
  'backup-older-epoch': {
    kind: 'input',
    summary: 'the backup is of an older generation of shares than is known to exist',
    next: 'Restore the newest backup of this member. An older share does not fit those of the others: only with the order to take it all the same is it restored.',
  },
  'backup-other-key': {
    kind: 'input',
    summary: 'the backup is of another member, key or pool than what is here',
    next: 'Choose the backup that was made of this member, or restore it in a place of its own.',
  },
  'weak-passphrase': {
    kind: 'input',
    summary: 'the passphrase is too easy to guess',
    next: 'Choose several words that do not belong together, or let a password manager make one.',
  },
  'passkey-failed': {
    kind: 'input',
    summary: 'the passkey does not open this seat',
    next: 'Use the passphrase; a passkey that no longer fits is removed and added again in the open seat.',
  },
  'passphrase-file': {
    kind: 'input',
    summary: 'the passphrase file cannot be used',
    next: 'Give an owner-only file (chmod 600) or a pipe with one passphrase of 8 or more bytes.',
  },
  'guard-pool': {
    kind: 'input',
    summary: 'the guard database belongs to another pool',
    next: 'Keep one vault folder per pool; the guard must never be deleted or moved to another pool.',
  },
  'guard-version': {
    kind: 'input',
    summary: 'the guard database was written by another version of this software',
    next: 'Run the version that wrote it; do not delete the guard, it is what keeps this member from signing twice.',
  },
  'guard-locked': {
    kind: 'io',
    summary: 'the guard database is in use by another process',
    next: 'Stop that process: one member runs once.',
  },
  'guard-io': {
    kind: 'io',
    summary: 'the guard database did not store or read something',
    next: 'See the cause: a full disk and missing rights are the usual ones. Nothing was voted or signed on it.',
  },
  // ── browser member ────────────────────────────────────────────────────────────────────────────────────────────────
  'seat-busy': { kind: 'input', summary: 'another tab of this browser has this seat open', next: 'Go on in that tab, or close it first.' },
  'seat-open': { kind: 'input', summary: 'this tab has a seat open already', next: 'Close it first, or use another tab.' },
  'seat-closed': { kind: 'input', summary: 'no seat is open in this tab', next: 'Open the seat first.' },
  'no-key': { kind: 'input', summary: 'this member has no key share', next: 'Run key generation first, with all members.' },
  'key-exists': {
    kind: 'input',
    summary: 'this member has a key share already',
    next: 'Use it; a second key generation would make another account.',
  },
  'sign-refused': {
    kind: 'input',
    summary: 'this member does not sign this transaction',
    next: 'See the reason; only batches of the pool are signed, one for each height.',
  },
  'browser-store': {
    kind: 'io',
    summary: 'the browser did not store something',
    next: 'Check that the site may keep data and that the disk has room, then open the seat again.',
  },
  // ── command line ──────────────────────────────────────────────────────────────────────────────────────────────────
  'bad-key-offer': {
    kind: 'input',
    summary: 'the file does not say which key is to be imported into this pool',
    next: 'Take the one that `sequorum key import` has written for this pool file, unchanged.',
  },
  'control-request': {
    kind: 'input',
    summary: 'the running signer does not understand what it was asked',
    next: 'Use the version of this program that the signer was started with.',
  },
  'control-socket': {
    kind: 'io',
    summary: 'the control socket of the signer cannot be made',
    next: 'The signer runs without it; `sequorum key` cannot ask it. Shorten the path of the vault, or end the process that answers there.',
  },
  'signer-not-running': {
    kind: 'io',
    summary: 'no running signer answers for this vault',
    next: 'Start `sequorum signer` with this vault, then try again.',
  },
  'control-ended': {
    kind: 'io',
    summary: 'the signer ended before it answered',
    next: 'See its log; start it again, and `sequorum key show` says how things stand.',
  },
  'not-confirmed': {
    kind: 'input',
    summary: 'nothing was done: what cannot be undone was not confirmed',
    next: 'Type the word that is asked for, or give --yes where nobody can be asked.',
  },
  'relay-unreachable': { kind: 'io', summary: 'the relay does not answer', next: 'Check that the relay runs at this address, then try again.' },
  'key-file': {
    kind: 'input',
    summary: 'the key file cannot be used',
    next: 'Give an owner-only file (chmod 600) that holds one private key of 32 bytes in hex.',
  },
  'not-funded': {
    kind: 'io',
    summary: 'the account could not be funded',
    next: 'Send ether to the account, or give the file of a key that has some.',
  },
  'demo-differs': {
    kind: 'input',
    summary: 'the folder holds a demo pool with other settings',
    next: 'Leave the option out to go on with that pool, or choose another folder.',
  },
  'usage': { kind: 'input', summary: 'the command line is not understood', next: 'Run it with --help.' },
  'input-file': { kind: 'input', summary: 'an input file cannot be used', next: 'Check the path, the rights and the contents.' },
  'output-file': { kind: 'input', summary: 'an output file cannot be written', next: 'Choose another path; existing files are not overwritten.' },
  'bad-invite': {
    kind: 'input',
    summary: 'the invite of a member is not valid',
    next: 'Get the file again from that member; `sequorum pool invite` writes it.',
  },
  'no-anvil': {
    kind: 'io',
    summary: 'there is no anvil to start as an L1 node',
    next: 'Run `npm ci` on x86-64 Linux, or install Foundry, or set ANVIL to the binary, or name a running node with --l1.',
  },
  'anvil-failed': {
    kind: 'io',
    summary: 'the embedded L1 node did not start or has ended',
    next: 'See its last words; another port or folder may help.',
  },
  'anvil-state': {
    kind: 'input',
    summary: 'the saved state of the embedded L1 node cannot be used',
    next: 'Restore the file from a copy, or start with a new folder: a pool cannot go on without its chain.',
  },
  'member-ended': { kind: 'io', summary: 'the thread of a member has ended by itself', next: 'See the log; start the member again.' },
} as const satisfies Record<string, CodeEntry>

export type ErrorCode = keyof typeof table
/** The code table, as data for docs and tests. */
export const errorTable: Readonly<Record<ErrorCode, CodeEntry>> = table

/** A party that caused an abort, and what shows it. `party` is a seat (1-based). */
export interface Culprit {
  readonly party: number
  /** `confirmed`: a check that only this party could fail. `suspected`: one of several, or silent. */
  readonly certainty: 'confirmed' | 'suspected'
  readonly evidence?: string
}

export interface PoolErrorDetails {
  readonly culprits?: readonly Culprit[]
  readonly cause?: unknown
}

type Context = Readonly<Record<string, string | number | bigint | boolean | readonly (string | number)[] | undefined>>

/** The one error of this project. `context` holds public facts only: no secret, no key, no plaintext of a ceremony. */
export class PoolError extends Error {
  override readonly name = 'PoolError'
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly context: Context
  readonly culprits: readonly Culprit[]
  /** Where the docs explain this code. */
  readonly docs: string

  constructor(code: ErrorCode, context: Context = {}, details: PoolErrorDetails = {}) {
    const entry: CodeEntry = table[code]
    const facts = Object.entries(context).filter(([, value]) => value !== undefined)
    const tail = facts.length === 0 ? '' : ` (${facts.map(([key, value]) => `${key}: ${String(value)}`).join(', ')})`
    super(`${entry.summary}${tail}. ${entry.next}`, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.kind = entry.kind
    this.context = context
    this.culprits = details.culprits ?? []
    this.docs = `docs/errors.md#${code}`
  }

  /** Plain data that survives JSON and worker boundaries. */
  toJSON(): { code: ErrorCode; kind: ErrorKind; message: string; context: Record<string, string>; culprits: readonly Culprit[]; docs: string } {
    const context = Object.fromEntries(Object.entries(this.context).map(([key, value]) => [key, String(value)]))
    return { code: this.code, kind: this.kind, message: this.message, context, culprits: this.culprits, docs: this.docs }
  }
}

/** True for a PoolError of the given code, or of any code when none is named. */
export const isPoolError = (error: unknown, code?: ErrorCode): error is PoolError =>
  error instanceof PoolError && (code === undefined || error.code === code)

/** Any thrown value as a PoolError; what is not one becomes `internal` with its cause. */
export const asPoolError = (error: unknown): PoolError =>
  error instanceof PoolError ? error : new PoolError('internal', { reason: error instanceof Error ? error.message : String(error) }, { cause: error })
