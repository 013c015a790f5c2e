-- Every change of an account, of its tags and of its notes carries the id of its transaction. Numbers handed out by a
-- counter would be committed in another order than they were taken, unless all writers waited for each other.
CREATE FUNCTION account_is_revised() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.revision := pg_current_xact_id()::text::bigint; RETURN NEW; END $$;
CREATE TRIGGER accounts_revised BEFORE INSERT OR UPDATE ON accounts
FOR EACH ROW EXECUTE FUNCTION account_is_revised();
CREATE FUNCTION account_of_part_is_revised() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE accounts SET revision = revision WHERE id = OLD.account_id;
    ELSE
        UPDATE accounts SET revision = revision WHERE id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER account_tags_revised AFTER INSERT OR DELETE ON account_tags
FOR EACH ROW EXECUTE FUNCTION account_of_part_is_revised();
CREATE TRIGGER notes_revised AFTER INSERT OR UPDATE ON notes
FOR EACH ROW EXECUTE FUNCTION account_of_part_is_revised();

-- Whatever is committed from now on has at least this revision.
CREATE VIEW directory_horizon AS
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS revision, swept_at FROM directory;
