-- Figures of a day in UTC, one row each. A day on which the portal did not run has no row. Nothing removes these rows.
CREATE TABLE daily_figures (
    -- Start of the day.
    day BIGINT PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    -- The pool as last read on that day; NULL if it was not read.
    pool_total BIGINT,
    pool_allocated BIGINT,
    -- Accounts of each status after the last complete sweep of that day; NULL if there was none.
    enabled_accounts BIGINT,
    disabled_accounts BIGINT,
    blocked_accounts BIGINT,
    cancelled_accounts BIGINT,
    unknown_accounts BIGINT,
    -- Accounts created at Telnyx, and accounts that were disabled, on that day.
    created BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    -- Sums of the limits that were raised and lowered on that day, where the limit before was known.
    channels_given BIGINT NOT NULL,
    channels_taken BIGINT NOT NULL
);

-- Changes of the latest days by person.
CREATE INDEX operations_finished_by ON operations (finished_at, staff_id, state);

-- Events that the dashboard lists: no sign-ins, exports and items of jobs.
CREATE INDEX audit_events_changes ON audit_events (seq)
WHERE (job_id IS NULL OR kind = 'job')
    AND kind NOT IN ('sign_in', 'sign_in_failed', 'sign_out', 'proved', 'session_ended', 'exported');
