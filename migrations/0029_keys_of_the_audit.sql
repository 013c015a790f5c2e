-- Which key sealed the head: nothing is appended with another one.
ALTER TABLE audit_head ADD COLUMN key_fingerprint TEXT;

-- The keys that sealed events up to a number, before PORTAL_SECRET_KEY was replaced; encrypted with the present key.
CREATE TABLE audit_keys (
    last_seq BIGINT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    sealed_key BYTEA NOT NULL
);
