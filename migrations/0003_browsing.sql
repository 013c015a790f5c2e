-- What browsing at scale rests on: what changed since when, whole readings that confirm without being written to every
-- row, and the portal's own words about accounts.

-- One row. `swept_at`: when the last whole reading that was taken over began. `revision`: counts changes of accounts
-- (SQLite alone; PostgreSQL has its transaction ids).
CREATE TABLE directory (
    id BIGINT PRIMARY KEY,
    swept_at BIGINT,
    revision BIGINT NOT NULL
);
INSERT INTO directory (id, swept_at, revision) VALUES (1, NULL, 0);

-- The portal's own name of an account: Telnyx renames none.
ALTER TABLE accounts ADD COLUMN display_name TEXT;
-- Whether the last whole reading confirms status, profile and pricing as they stand; then they are as old as it is, or younger.
ALTER TABLE accounts ADD COLUMN swept BOOLEAN NOT NULL DEFAULT FALSE;
-- The available credit in millionths of the balance's currency, for sorting.
ALTER TABLE accounts ADD COLUMN available_micros BIGINT;
-- When this row, its tags or its notes last changed, as a number that grows; set by triggers.
ALTER TABLE accounts ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
CREATE INDEX accounts_revision ON accounts (revision);

CREATE TABLE tags (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    created_by UUID,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE account_tags (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    tag_id UUID NOT NULL REFERENCES tags (id),
    PRIMARY KEY (account_id, tag_id)
);
CREATE INDEX account_tags_tag ON account_tags (tag_id);

-- Notes: who, when; pinned ones first. A deleted note's text is gone, that there was one is not.
CREATE TABLE notes (
    id UUID PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    body TEXT NOT NULL,
    body_folded TEXT NOT NULL,
    pinned BOOLEAN NOT NULL DEFAULT FALSE,
    created_by UUID NOT NULL,
    created_by_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX notes_account ON notes (account_id, created_at);

-- Saved views of the list, each somebody's own: the query of its address.
CREATE TABLE views (
    id UUID PRIMARY KEY,
    staff_id UUID NOT NULL REFERENCES staff (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    query TEXT NOT NULL,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    UNIQUE (staff_id, name_folded)
);
