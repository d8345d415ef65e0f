-- A conversation is found by any part of its number (from three digits on): by the beginning of one of these ends of it, without dashes.
CREATE TABLE number_parts (
    part         TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    PRIMARY KEY (part, conversation)
) WITHOUT ROWID;
CREATE TRIGGER conversation_has_number AFTER INSERT ON conversations BEGIN
    INSERT OR IGNORE INTO number_parts
    WITH RECURSIVE ends(part) AS (
        SELECT replace(NEW.number, '-', '') UNION ALL SELECT substr(part, 2) FROM ends WHERE length(part) > 3
    ) SELECT part, NEW.id FROM ends;
END;
INSERT OR IGNORE INTO number_parts
WITH RECURSIVE ends(part, id) AS (
    SELECT replace(number, '-', ''), id FROM conversations UNION ALL SELECT substr(part, 2), id FROM ends WHERE length(part) > 3
) SELECT part, id FROM ends;

-- Who closed it last, while it is closed; `since` is then when.
ALTER TABLE conversations ADD COLUMN served TEXT;
CREATE INDEX conversations_served ON conversations (served, since, id) WHERE served IS NOT NULL;
