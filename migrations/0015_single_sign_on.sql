-- Who somebody is at a provider of single sign-on: its own name for them, which no other person ever gets there.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    staff_id UUID NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (staff_id, issuer)
);

-- When somebody first chose a password or signed in at a provider; none while their invitation is open.
ALTER TABLE staff ADD COLUMN joined_at BIGINT;
UPDATE staff SET joined_at = password_changed_at;
