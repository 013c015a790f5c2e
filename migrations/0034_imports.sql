-- An import of accounts until a week after its last change: the file as it was uploaded, and the
-- decisions of a person about it. Everything else is read from the file again.
CREATE TABLE imports (
    id UUID PRIMARY KEY,
    staff_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    content BYTEA NOT NULL,
    content_hash BYTEA NOT NULL,
    is_pasted BOOLEAN NOT NULL,
    -- ImportDecisions as JSON.
    decisions TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    -- The job that was previewed last.
    job_id UUID,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX imports_staff ON imports (staff_id, updated_at);
CREATE INDEX imports_job ON imports (job_id);
CREATE INDEX imports_hash ON imports (content_hash);

-- The meaning that a person gave to a header, for their next file.
CREATE TABLE import_columns (
    staff_id UUID NOT NULL,
    header TEXT NOT NULL,
    -- Empty if the column is not imported.
    meaning TEXT NOT NULL,
    PRIMARY KEY (staff_id, header)
);
