-- Values with which a person's form for new accounts starts, as JSON.
CREATE TABLE new_account_defaults (
    staff_id UUID PRIMARY KEY,
    defaults TEXT NOT NULL
);

-- Welcome emails to customers: a queue, and the record of what was sent.
CREATE TABLE welcome_emails (
    id UUID PRIMARY KEY,
    account_id TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Address and result of the last attempt; empty before.
    recipient TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    -- The person who asked for it.
    staff_id UUID NOT NULL,
    staff_name TEXT NOT NULL,
    staff_email TEXT NOT NULL,
    address TEXT,
    request_id TEXT,
    -- The creation that it follows, if it was asked for together with the account.
    operation_id UUID,
    job_id UUID,
    -- Number of attempts. Each outcome is written for one attempt only.
    attempt BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    -- Until then one replica sends it. If that replica dies, nobody knows if it was sent.
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX welcome_emails_due ON welcome_emails (state, due_at);
CREATE INDEX welcome_emails_account ON welcome_emails (account_id, created_at);
