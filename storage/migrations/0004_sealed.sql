-- Data keys, each wrapped by a key-encryption key that is kept elsewhere. 0 is the key of digests.
CREATE TABLE keys (id INTEGER PRIMARY KEY, made REAL NOT NULL, key TEXT NOT NULL, content BLOB NOT NULL);

-- A sealed document tells in its second byte what it is (storage/vault.py).
DROP INDEX journal_thoughts;
CREATE INDEX journal_thoughts ON journal (id)
WHERE substr(doc, 1, 17) = CAST('{"type":"thought"' AS BLOB) OR substr(doc, 1, 2) = x'0074';
