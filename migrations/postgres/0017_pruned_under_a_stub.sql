DROP TRIGGER audit_events_append_only ON audit_events;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_words_append_only BEFORE UPDATE OR TRUNCATE ON audit_words
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE FUNCTION audit_is_pruned_under_a_stub() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_stubs WHERE is_open AND OLD.seq BETWEEN first_seq AND last_seq) THEN
        RAISE EXCEPTION 'the audit is append-only';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION audit_is_pruned_under_a_stub();
CREATE TRIGGER audit_words_no_delete BEFORE DELETE ON audit_words
FOR EACH ROW EXECUTE FUNCTION audit_is_pruned_under_a_stub();
-- A stub is closed, once; nothing else of it changes.
CREATE FUNCTION audit_stub_is_only_closed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.is_open OR NOT OLD.is_open OR NEW.first_seq <> OLD.first_seq OR NEW.last_seq <> OLD.last_seq
        OR NEW.payload <> OLD.payload OR NEW.seal <> OLD.seal THEN
        RAISE EXCEPTION 'the audit is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_stubs_only_closed BEFORE UPDATE ON audit_stubs
FOR EACH ROW EXECUTE FUNCTION audit_stub_is_only_closed();
CREATE TRIGGER audit_stubs_no_delete BEFORE DELETE OR TRUNCATE ON audit_stubs
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
