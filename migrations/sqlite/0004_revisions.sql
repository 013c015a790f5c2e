-- Every change of an account, of its tags and of its notes takes the next number; one writer at a time makes them grow in
-- the order of the commits.
CREATE TRIGGER accounts_revised_new AFTER INSERT ON accounts
BEGIN
    UPDATE directory SET revision = revision + 1;
    UPDATE accounts SET revision = (SELECT revision FROM directory) WHERE id = NEW.id;
END;
CREATE TRIGGER accounts_revised AFTER UPDATE ON accounts WHEN NEW.revision = OLD.revision
BEGIN
    UPDATE directory SET revision = revision + 1;
    UPDATE accounts SET revision = (SELECT revision FROM directory) WHERE id = NEW.id;
END;
CREATE TRIGGER account_tags_revised_new AFTER INSERT ON account_tags
BEGIN UPDATE accounts SET revision = revision WHERE id = NEW.account_id; END;
CREATE TRIGGER account_tags_revised_gone AFTER DELETE ON account_tags
BEGIN UPDATE accounts SET revision = revision WHERE id = OLD.account_id; END;
CREATE TRIGGER notes_revised_new AFTER INSERT ON notes
BEGIN UPDATE accounts SET revision = revision WHERE id = NEW.account_id; END;
CREATE TRIGGER notes_revised AFTER UPDATE ON notes
BEGIN UPDATE accounts SET revision = revision WHERE id = NEW.account_id; END;

-- Whatever is committed from now on has at least this revision.
CREATE VIEW directory_horizon AS SELECT revision + 1 AS revision, swept_at FROM directory;
