-- New emails that people asked for and have not confirmed. Only the hash of a link's token is kept.
CREATE TABLE email_changes (
    staff_id UUID PRIMARY KEY REFERENCES staff (id),
    email TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
