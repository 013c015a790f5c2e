-- Events for the team's webhook: a queue, and the record of the deliveries.
CREATE TABLE webhook_deliveries (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    -- The sweep, or an ID of the fact's own.
    source UUID NOT NULL,
    items BIGINT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    path TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempt BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    -- After this time it is given up.
    expires_at BIGINT NOT NULL,
    -- Until then one replica sends it. If that replica dies, another sends it again.
    lease_until BIGINT,
    -- Result of the last attempt.
    status BIGINT,
    message TEXT NOT NULL DEFAULT '',
    attempted_at BIGINT,
    UNIQUE (kind, source)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (at);
