-- Steps between a first proof and a session, and challenges to passkeys: short-lived, each used once. Of the token that
-- names one only the hash is kept; the state holds no secret in clear.
CREATE TABLE ceremonies (
    token_hash BYTEA PRIMARY KEY,
    kind TEXT NOT NULL,
    staff_id UUID REFERENCES staff (id),
    state TEXT NOT NULL,
    address TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremonies_expiry ON ceremonies (expires_at);
CREATE INDEX ceremonies_address ON ceremonies (address);

-- Authenticator apps: the seed encrypted, and the latest step whose code was taken, so that none is taken twice.
CREATE TABLE authenticator_apps (
    staff_id UUID PRIMARY KEY REFERENCES staff (id),
    seed BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);

-- Codes for when every other second factor is lost, hashed, each used once.
CREATE TABLE recovery_codes (
    staff_id UUID NOT NULL REFERENCES staff (id),
    code_hash BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (staff_id, code_hash)
);

-- Passkeys: the public key with its counter, as JSON.
CREATE TABLE passkeys (
    id UUID PRIMARY KEY,
    staff_id UUID NOT NULL REFERENCES staff (id),
    credential_id BYTEA NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkeys_staff ON passkeys (staff_id);

-- What somebody is told on their profile until they dismiss it: how their sign-in was changed, when and from where.
CREATE TABLE notices (
    id UUID PRIMARY KEY,
    staff_id UUID NOT NULL REFERENCES staff (id),
    words TEXT NOT NULL,
    address TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX notices_staff ON notices (staff_id);
