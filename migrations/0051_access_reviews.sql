-- Reviews of the organization's users. At most one is open.
CREATE TABLE access_reviews (
    id UUID PRIMARY KEY,
    -- 'open' or 'signed_off'. A discarded review is deleted.
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by_name TEXT NOT NULL,
    started_by_email TEXT NOT NULL,
    -- Start of the reading of Telnyx that the users come from, and if users may be missing from it.
    read_at BIGINT NOT NULL,
    is_partial BOOLEAN NOT NULL,
    -- The signed-off review that this one is compared with.
    previous_id UUID REFERENCES access_reviews (id),
    signed_off_at BIGINT,
    signed_off_by_name TEXT,
    signed_off_by_email TEXT,
    -- Digest of the users and decisions, and the audit event that contains it.
    digest TEXT,
    event_seq BIGINT,
    event_hash BYTEA
);
CREATE UNIQUE INDEX access_reviews_open ON access_reviews (state) WHERE state = 'open';
CREATE INDEX access_reviews_started ON access_reviews (started_at);
CREATE INDEX access_reviews_previous ON access_reviews (previous_id);

-- The users of a review as they were at its start, and what was decided about each.
CREATE TABLE access_review_items (
    review_id UUID NOT NULL REFERENCES access_reviews (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
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
    -- Change since the earlier review, with the earlier groups and kind if they differ. A user who
    -- left has a row too, without a decision.
    change TEXT NOT NULL,
    groups_before TEXT,
    kind_before TEXT,
    decision TEXT,
    note TEXT NOT NULL DEFAULT '',
    decided_by_name TEXT,
    decided_by_email TEXT,
    decided_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (review_id, place)
);
