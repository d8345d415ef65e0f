-- The journal is only ever appended to. `prev` leads to the conversation's record before, so no index is needed
-- that every message would dirty in another place.
CREATE TABLE journal (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    prev         INTEGER NOT NULL,
    phrase       INTEGER REFERENCES phrases,
    doc          BLOB NOT NULL
);

-- The robot says the same again and again: each phrase is kept once, by 63 bits of its SHA-256, and the journal has only its time.
CREATE TABLE phrases (id INTEGER PRIMARY KEY, doc BLOB NOT NULL);

-- Heads: the document changes with the holder.
CREATE TABLE conversations (
    id       INTEGER PRIMARY KEY,
    number   TEXT NOT NULL,
    address  TEXT NOT NULL,
    closed   INTEGER NOT NULL DEFAULT 0,
    queue    TEXT,
    since    REAL,
    operator TEXT,
    due      REAL,
    doc      BLOB NOT NULL
);
CREATE UNIQUE INDEX conversations_by_number ON conversations (number);
CREATE INDEX conversations_by_address ON conversations (address, id);
CREATE INDEX conversations_waiting ON conversations (queue, since, id) WHERE queue IS NOT NULL;
CREATE INDEX conversations_held ON conversations (operator, id) WHERE operator IS NOT NULL;
CREATE INDEX conversations_promised ON conversations (due, id) WHERE due IS NOT NULL;

-- The newest record of each conversation, apart from the heads: a few bytes, so that a message dirties a small page that
-- many others dirty, too.
CREATE TABLE tips (conversation INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TRIGGER conversation_opens AFTER INSERT ON conversations BEGIN
    INSERT INTO tips VALUES (NEW.id, 0);
END;

-- A record is only ever added behind the last one of its conversation: the compare-and-set that keeps two hubs, or two
-- steps, from overwriting each other costs no statement of its own.
CREATE TRIGGER journal_moves_tip AFTER INSERT ON journal BEGIN
    UPDATE tips SET last = NEW.id WHERE conversation = NEW.conversation AND last = NEW.prev;
    SELECT RAISE(ABORT, 'the conversation has moved on') WHERE changes() = 0;
END;

-- Records whose reaction is still owed; a row goes with the change that is the reaction.
CREATE TABLE outbox (id INTEGER PRIMARY KEY);

CREATE TABLE documents (
    kind TEXT NOT NULL,
    key  TEXT NOT NULL,
    doc  BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, doc BLOB NOT NULL);

-- The archive's full-text search: its contentless FTS5 tables, the few recent ones and the volumes, with their first record.
CREATE TABLE archive (
    kind  TEXT NOT NULL,
    part  INTEGER NOT NULL,
    first INTEGER NOT NULL,
    size  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, part)
) WITHOUT ROWID;
CREATE TABLE archived (only INTEGER PRIMARY KEY CHECK (only = 0), upto INTEGER NOT NULL);
INSERT INTO archived VALUES (0, 0);
