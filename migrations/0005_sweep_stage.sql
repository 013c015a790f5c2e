-- A whole reading while it is under way: what has come so far, so that another process goes on where one stopped. One row.
CREATE TABLE sweep_stage (
    id BIGINT PRIMARY KEY,
    sweep_id UUID NOT NULL,
    -- Whoever reads; somebody else's late pages are refused.
    holder UUID NOT NULL,
    started_at BIGINT NOT NULL,
    -- Rows of accounts with a smaller revision are as they were when the first page was compared with them.
    horizon BIGINT NOT NULL,
    -- The manager that the pages name.
    manager TEXT
);

-- The pages that came, each once.
CREATE TABLE sweep_pages (
    list BIGINT NOT NULL,
    number BIGINT NOT NULL,
    -- When its request started.
    at BIGINT NOT NULL,
    items BIGINT NOT NULL,
    total_pages BIGINT,
    total_results BIGINT,
    -- Accounts of which the page said what the directory had: 16 bytes each, made from their ids.
    same BYTEA NOT NULL,
    -- The other accounts, whole, as JSON.
    other TEXT NOT NULL,
    PRIMARY KEY (list, number)
);
