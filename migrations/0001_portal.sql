-- One text for SQLite and PostgreSQL: UUID TEXT BOOLEAN BIGINT BYTEA, times in unix milliseconds.

-- Single values: that this is a demo's database, which manager it is bound to.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Who signs in to the portal.
CREATE TABLE staff (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    time_zone TEXT NOT NULL DEFAULT 'UTC',
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    last_sign_in_at BIGINT,
    password_changed_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1
);

-- One-use links: first owner, invitation, forgotten password. Only the token's hash is kept.
CREATE TABLE links (
    id UUID PRIMARY KEY,
    purpose TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    staff_id UUID REFERENCES staff (id),
    created_by UUID,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX links_staff ON links (staff_id);

CREATE TABLE sessions (
    id_hash BYTEA PRIMARY KEY,
    staff_id UUID REFERENCES staff (id),
    public_id UUID NOT NULL UNIQUE,
    data BYTEA NOT NULL,
    address TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Failed sign-ins by address and by account, for the delay; counted failures for the audit, one event a minute.
CREATE TABLE throttles (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    uncounted BIGINT NOT NULL DEFAULT 0,
    reported_at BIGINT NOT NULL DEFAULT 0
);

-- The directory: each fact with its own source and age.
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    organization_name TEXT NOT NULL,
    email TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    -- The folded name without legal forms and punctuation, for finding namesakes.
    name_stem TEXT NOT NULL,
    search TEXT NOT NULL,
    manager_account_id TEXT,
    rollup_billing BOOLEAN,
    created_at BIGINT,
    updated_at BIGINT,
    profile_source TEXT NOT NULL,
    profile_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    status_source TEXT NOT NULL,
    status_at BIGINT NOT NULL,
    channel_limit BIGINT,
    limit_source TEXT,
    limit_at BIGINT,
    limit_by UUID,
    limit_by_name TEXT,
    custom_pricing BOOLEAN,
    pricing_source TEXT,
    pricing_at BIGINT,
    balance TEXT,
    balance_at BIGINT,
    first_seen_at BIGINT NOT NULL,
    missing_since BIGINT,
    not_found_count BIGINT NOT NULL DEFAULT 0,
    gone_at BIGINT,
    changed_elsewhere_at BIGINT
);
CREATE INDEX accounts_name ON accounts (name_folded, id);
CREATE INDEX accounts_email ON accounts (email_folded, id);
CREATE INDEX accounts_created ON accounts (created_at, id);
CREATE INDEX accounts_status ON accounts (status, name_folded, id);
-- Counts for the tabs come from this index alone.
CREATE INDEX accounts_counts ON accounts (status) WHERE gone_at IS NULL;
CREATE INDEX accounts_limit ON accounts (channel_limit, id);

-- The manager's pool, one row.
CREATE TABLE pool (
    id BIGINT PRIMARY KEY,
    total BIGINT NOT NULL,
    allocated BIGINT NOT NULL,
    observed_at BIGINT NOT NULL
);

-- Readings of all lists, and what came of each.
CREATE TABLE sweeps (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    outcome TEXT,
    message TEXT,
    seen BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL DEFAULT 0,
    -- How long it took without the pauses that the pace asked for.
    busy_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sweeps_started ON sweeps (kind, started_at);

-- The organization's users as last read, in Telnyx's order; any of their fields may be missing.
CREATE TABLE org_users (
    place BIGINT PRIMARY KEY,
    id TEXT,
    email TEXT,
    email_folded TEXT NOT NULL,
    record_type TEXT NOT NULL,
    status TEXT NOT NULL,
    bypasses_sso BOOLEAN,
    user_groups TEXT,
    created_at BIGINT,
    last_sign_in_at BIGINT,
    never_signed_in BOOLEAN NOT NULL,
    observed_at BIGINT NOT NULL
);
CREATE INDEX org_users_id ON org_users (id);
CREATE INDEX org_users_email ON org_users (email_folded);

CREATE TABLE org_user_groups (
    place BIGINT NOT NULL REFERENCES org_users (place) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (place, name)
);
CREATE INDEX org_user_groups_name ON org_user_groups (name);

-- Changes to Telnyx: a row before it is a request.
CREATE TABLE operations (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT,
    org_user_id TEXT,
    label TEXT NOT NULL,
    staff_id UUID NOT NULL,
    staff_name TEXT NOT NULL,
    staff_email TEXT NOT NULL,
    address TEXT,
    request_id TEXT,
    state TEXT NOT NULL,
    input TEXT NOT NULL,
    before TEXT NOT NULL,
    outcome TEXT,
    reason_code TEXT,
    reason TEXT NOT NULL DEFAULT '',
    undoes UUID,
    follows UUID,
    attempt BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    sent_at BIGINT,
    checks BIGINT NOT NULL DEFAULT 0,
    next_check_at BIGINT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE UNIQUE INDEX operations_one_at_a_time ON operations (subject) WHERE state IN ('running', 'checking', 'unknown');
-- An account was made by one creation only.
CREATE UNIQUE INDEX operations_made ON operations (account_id) WHERE kind = 'create';
CREATE INDEX operations_account ON operations (account_id, created_at);
CREATE INDEX operations_open ON operations (state, lease_until);
CREATE INDEX operations_finished ON operations (finished_at);
CREATE INDEX operations_follows ON operations (follows);
CREATE INDEX operations_undoes ON operations (undoes);

-- What happened, chained: each event's hash covers the one before.
CREATE TABLE audit_events (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    staff_id UUID,
    account_id TEXT,
    operation_id UUID,
    payload TEXT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE INDEX audit_events_staff ON audit_events (staff_id, seq);
CREATE INDEX audit_events_account ON audit_events (account_id, seq);
CREATE INDEX audit_events_kind ON audit_events (kind, seq);
CREATE INDEX audit_events_at ON audit_events (at, seq);
CREATE INDEX audit_events_operation ON audit_events (operation_id);

CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

-- Which replica runs a background loop.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder UUID NOT NULL,
    until BIGINT NOT NULL
);
