-- Tables get the names that the code has: IndexEntry (hub/kernel/indexes.py), the last event of a conversation, and how far the
-- full-text search has come. Rows stay as they are.
DROP TRIGGER conversation_opens;
DROP TRIGGER journal_moves_tip;
ALTER TABLE tips RENAME TO last_events;
CREATE TRIGGER conversation_opens AFTER INSERT ON conversations BEGIN
    INSERT INTO last_events VALUES (NEW.id, 0);
END;

-- As journal_moves_tip did: a record is only ever added behind the last one of its conversation.
CREATE TRIGGER journal_advances_last_event AFTER INSERT ON journal BEGIN
    UPDATE last_events SET last = NEW.id WHERE conversation = NEW.conversation AND last = NEW.prev;
    SELECT RAISE(ABORT, 'the conversation has moved on') WHERE changes() = 0;
END;

ALTER TABLE marks RENAME TO index_entries;
DROP INDEX marks_of_document;
CREATE INDEX index_entries_of_document ON index_entries (kind, key);

ALTER TABLE archived RENAME TO search_progress;
