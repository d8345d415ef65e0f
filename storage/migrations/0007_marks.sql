-- What documents are found by, beside their key: those with a value, in the order of a moment.
CREATE TABLE marks (
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    at    REAL NOT NULL,
    key   TEXT NOT NULL,
    PRIMARY KEY (kind, name, value, at, key)
) WITHOUT ROWID;
CREATE INDEX marks_of_document ON marks (kind, key);
