-- What a text search of the activity looks through: an event's words, folded, beside the event, so that looking through all
-- of them reads little. `audit verify` derives them again from what is sealed. (INTEGER: to SQLite this is the row's own
-- number, which needs no index beside the table; to PostgreSQL enough for two billion events.)
CREATE TABLE audit_words (
    seq INTEGER PRIMARY KEY,
    words TEXT NOT NULL
);
CREATE INDEX audit_events_outcome ON audit_events (outcome, seq);

-- What stands in the place of events that were pruned: from which number to which, and sealed in the payload the hashes
-- before and after, who did it, when and why. Only while it is open, within the transaction that writes it, may the
-- events that it covers be deleted.
CREATE TABLE audit_stubs (
    first_seq BIGINT PRIMARY KEY,
    last_seq BIGINT NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    seal BYTEA NOT NULL,
    is_open BOOLEAN NOT NULL
);
