-- A stub is closed, once, or sealed again when the key is replaced; what it says never changes.
DROP TRIGGER audit_stubs_only_closed;
CREATE TRIGGER audit_stubs_only_closed BEFORE UPDATE ON audit_stubs
WHEN NEW.is_open OR NEW.first_seq <> OLD.first_seq OR NEW.last_seq <> OLD.last_seq OR NEW.payload <> OLD.payload
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
