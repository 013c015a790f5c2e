-- Notifications of each person. Facts that one sweep finds share a row per person and kind.
CREATE TABLE notifications (
    id UUID PRIMARY KEY,
    staff_id UUID NOT NULL REFERENCES staff (id),
    kind TEXT NOT NULL,
    -- The sweep, or an ID of the fact's own.
    source UUID NOT NULL,
    items BIGINT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    path TEXT NOT NULL,
    at BIGINT NOT NULL,
    read_at BIGINT,
    -- Time from which an email may include it; NULL if none does, or once one does.
    email_due_at BIGINT,
    email_id UUID,
    UNIQUE (staff_id, kind, source)
);
CREATE INDEX notifications_staff ON notifications (staff_id, at);
CREATE INDEX notifications_unread ON notifications (staff_id, at) WHERE read_at IS NULL;
CREATE INDEX notifications_email_due ON notifications (email_due_at) WHERE email_due_at IS NOT NULL;
CREATE INDEX notifications_email ON notifications (email_id) WHERE email_id IS NOT NULL;
CREATE INDEX notifications_age ON notifications (at);

-- How a person wants to hear of a kind, if it is not the default.
CREATE TABLE notification_choices (
    staff_id UUID NOT NULL REFERENCES staff (id),
    kind TEXT NOT NULL,
    delivery TEXT NOT NULL,
    PRIMARY KEY (staff_id, kind)
);

-- Conditions that were notified and still hold, so that each is notified once.
CREATE TABLE notification_conditions (
    kind TEXT NOT NULL,
    -- The account, or empty for the pool.
    subject TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);

-- Queue of emails with notifications. A row is deleted once its email was sent or given up.
CREATE TABLE notification_emails (
    id UUID PRIMARY KEY,
    staff_id UUID NOT NULL REFERENCES staff (id),
    attempt BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    -- Until then one replica sends it. If that replica dies, nobody knows if it was sent.
    lease_until BIGINT
);
CREATE INDEX notification_emails_due ON notification_emails (due_at);

-- Browsers and networks from which a person signed in before.
CREATE TABLE known_devices (
    staff_id UUID NOT NULL REFERENCES staff (id),
    device TEXT NOT NULL,
    network TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (staff_id, device, network)
);
