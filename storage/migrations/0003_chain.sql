-- Each record of the audit gets its hash, over the hash of the one before (hub/chain.py); those that are there are linked as they lie.
CREATE TABLE linked_audit (id INTEGER PRIMARY KEY AUTOINCREMENT, doc BLOB NOT NULL, hash BLOB NOT NULL);
INSERT INTO linked_audit
WITH RECURSIVE chain(id, doc, hash) AS (
    SELECT id, doc, linked(NULL, id, doc) FROM audit WHERE id = (SELECT min(id) FROM audit)
    UNION ALL
    SELECT audit.id, audit.doc, linked(chain.hash, audit.id, audit.doc)
    FROM chain JOIN audit ON audit.id = (SELECT min(id) FROM audit WHERE id > chain.id)
) SELECT id, doc, hash FROM chain;
DROP TABLE audit;
ALTER TABLE linked_audit RENAME TO audit;

-- Against mistakes; whoever may write the file can drop them, and is found by the chain and its seals.
CREATE TRIGGER audit_is_continued BEFORE INSERT ON audit WHEN NEW.id != (SELECT coalesce(max(id), 0) + 1 FROM audit) BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
