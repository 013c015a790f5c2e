-- A job is many changes under one heading. Its items are the plan that its preview showed.
CREATE TABLE jobs (
    id UUID PRIMARY KEY,
    state TEXT NOT NULL,
    action TEXT NOT NULL,
    selection TEXT NOT NULL,
    reason_code TEXT,
    reason TEXT NOT NULL DEFAULT '',
    staff_id UUID NOT NULL,
    staff_name TEXT NOT NULL,
    staff_email TEXT NOT NULL,
    address TEXT,
    request_id TEXT,
    -- The job that this one undoes.
    undoes UUID,
    -- Number of the last item that may start; NULL for all.
    run_until BIGINT,
    -- Why nothing of it is sent at the moment; empty if it is sent.
    waiting_for TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX jobs_state ON jobs (state, created_at);
CREATE INDEX jobs_created ON jobs (created_at);
CREATE INDEX jobs_staff ON jobs (staff_id, state);
CREATE INDEX jobs_undoes ON jobs (undoes);

CREATE TABLE job_items (
    job_id UUID NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- From 1, in the order in which items are sent.
    number BIGINT NOT NULL,
    account_id TEXT,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    decision TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The change to make, and the values that the preview showed.
    work TEXT,
    shown TEXT NOT NULL,
    -- What it takes from the pool; negative if it frees channels.
    channels BIGINT NOT NULL DEFAULT 0,
    -- Items of a phase start when those of the phases before have a result.
    phase BIGINT NOT NULL DEFAULT 1,
    -- The operation that this item undoes, and the key of its own one.
    undoes UUID,
    operation_id UUID NOT NULL,
    message TEXT NOT NULL DEFAULT '',
    lease_until BIGINT,
    not_before BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (job_id, number)
);
CREATE INDEX job_items_state ON job_items (job_id, state, phase, number);
CREATE INDEX job_items_finished ON job_items (job_id, finished_at);
CREATE INDEX job_items_decision ON job_items (job_id, decision, state);
CREATE INDEX job_items_open ON job_items (operation_id) WHERE state IN ('checking', 'unknown');
CREATE INDEX job_items_under_way ON job_items (job_id) WHERE state IN ('running', 'checking');
CREATE INDEX job_items_operation ON job_items (operation_id);

-- Plans of new jobs as JSON, until their items are rows.
CREATE TABLE job_plans (
    job_id UUID PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    items TEXT NOT NULL,
    stored BIGINT NOT NULL DEFAULT 0
);

-- The job that an operation belongs to.
ALTER TABLE operations ADD COLUMN job_id UUID;
