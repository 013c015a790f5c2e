-- Logos of the portal. The one that is shown is named in the setting 'appearance'. Others are
-- deleted a while after they were replaced, because open pages still load them.
CREATE TABLE logos (
    -- Beginning of the content's SHA-256 in hexadecimal.
    hash TEXT PRIMARY KEY,
    content BYTEA NOT NULL,
    uploaded_at BIGINT NOT NULL
);
