/**
 * Tables of relay.db. `user_version` holds the version; a database of another version is refused, never guessed at.
 * @module
 */

export const SCHEMA_VERSION = 1

export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- Next sequence of each mailbox. It starts at the time of creation, so that a relay whose store was lost never gives out a sequence
-- that a member has seen already.
CREATE TABLE mailboxes (recipient INTEGER PRIMARY KEY, next INTEGER NOT NULL);

-- envelope is NULL once acknowledged: the id stays until expires_at, so that a repeated publish is known.
CREATE TABLE messages (
  recipient INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  id BLOB NOT NULL UNIQUE,
  digest BLOB NOT NULL,
  envelope BLOB,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (recipient, sequence)
) WITHOUT ROWID;
CREATE INDEX messages_expiry ON messages (expires_at);

CREATE TABLE intake (
  sequence INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  sender BLOB NOT NULL,
  nonce INTEGER NOT NULL,
  raw BLOB NOT NULL
);

CREATE TABLE publications (
  hash BLOB PRIMARY KEY,
  height INTEGER NOT NULL,
  nonce INTEGER NOT NULL,
  round INTEGER NOT NULL,
  content BLOB NOT NULL,
  raw BLOB NOT NULL,
  max_fee TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  sent_at INTEGER
) WITHOUT ROWID;
CREATE INDEX publications_height ON publications (height);

CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, parent BLOB NOT NULL, timestamp INTEGER NOT NULL);

CREATE TABLE batches (
  height INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  block_number INTEGER NOT NULL,
  block_hash BLOB NOT NULL,
  block_timestamp INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  data BLOB NOT NULL,
  gas_used INTEGER NOT NULL,
  fee TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  confirmed INTEGER NOT NULL DEFAULT 0,
  l2_blocks INTEGER NOT NULL DEFAULT 0,
  l2_transactions INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX batches_block ON batches (block_number);

-- L2 transactions of confirmed batches; a sender's next nonce is one above its highest here.
CREATE TABLE ordered (hash BLOB PRIMARY KEY, sender BLOB NOT NULL, nonce INTEGER NOT NULL, height INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX ordered_height ON ordered (height);
CREATE INDEX ordered_sender ON ordered (sender, nonce);

CREATE TABLE account_claims (seat INTEGER PRIMARY KEY, address BLOB NOT NULL, key_id BLOB NOT NULL);
`
