DROP TRIGGER audit_events_no_delete;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
WHEN NOT EXISTS (SELECT 1 FROM audit_stubs WHERE is_open AND OLD.seq BETWEEN first_seq AND last_seq)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_words_no_update BEFORE UPDATE ON audit_words
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_words_no_delete BEFORE DELETE ON audit_words
WHEN NOT EXISTS (SELECT 1 FROM audit_stubs WHERE is_open AND OLD.seq BETWEEN first_seq AND last_seq)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
-- A stub is closed, once; nothing else of it changes.
CREATE TRIGGER audit_stubs_only_closed BEFORE UPDATE ON audit_stubs
WHEN NEW.is_open OR NOT OLD.is_open OR NEW.first_seq <> OLD.first_seq OR NEW.last_seq <> OLD.last_seq
    OR NEW.payload <> OLD.payload OR NEW.seal <> OLD.seal
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_stubs_no_delete BEFORE DELETE ON audit_stubs
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
