-- What only one hub does at a time (hub/leases.py); `until` in seconds of the Unix epoch. One that is over keeps its term.
CREATE TABLE leases (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    term  INTEGER NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID;
