-- What the robot thought, found without reading what was said between.
CREATE INDEX journal_thoughts ON journal (id) WHERE substr(doc, 1, 17) = CAST('{"type":"thought"' AS BLOB);
