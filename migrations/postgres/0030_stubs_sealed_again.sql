-- A stub is closed, once, or sealed again when the key is replaced; what it says never changes.
CREATE OR REPLACE FUNCTION audit_stub_is_only_closed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.is_open OR NEW.first_seq <> OLD.first_seq OR NEW.last_seq <> OLD.last_seq OR NEW.payload <> OLD.payload THEN
        RAISE EXCEPTION 'the audit is append-only';
    END IF;
    RETURN NEW;
END $$;
