-- People who type with speech or with tremor turn shortcuts of a single key off (WCAG 2.1.4).
ALTER TABLE staff ADD COLUMN single_keys BOOLEAN NOT NULL DEFAULT TRUE;

-- Accounts that each person opened last. Only the latest few are kept.
CREATE TABLE recent_accounts (
    staff_id UUID NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    PRIMARY KEY (staff_id, account_id)
);
