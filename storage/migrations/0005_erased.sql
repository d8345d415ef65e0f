-- What was erased is never looked for again when a term is over; closed conversations are found by their index alone.
ALTER TABLE conversations ADD COLUMN erased REAL;
CREATE INDEX conversations_over ON conversations (id) WHERE closed AND erased IS NULL;

-- How the archive's words were made (storage/text_analyzer.py); '' is not known, and taken for what the first to ask makes.
ALTER TABLE archived ADD COLUMN edition TEXT NOT NULL DEFAULT '';
