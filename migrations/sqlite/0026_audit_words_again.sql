-- Words are folded differently now; the portal writes them again from the sealed events when it starts.
DROP TRIGGER audit_words_no_delete;
DELETE FROM audit_words;
CREATE TRIGGER audit_words_no_delete BEFORE DELETE ON audit_words
WHEN NOT EXISTS (SELECT 1 FROM audit_stubs WHERE is_open AND OLD.seq BETWEEN first_seq AND last_seq)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
