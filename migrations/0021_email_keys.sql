-- Emails are compared exactly (`domain::email::key`): lower case, with the domain in ASCII. The portal fills in at its
-- start what SQL cannot: capital letters, whose lower case depends on the server's locale, and letters beyond ASCII.
ALTER TABLE accounts ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
ALTER TABLE org_users ADD COLUMN email_key TEXT NOT NULL DEFAULT '';

UPDATE accounts SET email_key = email
WHERE octet_length(email) = length(email) AND email = lower(email) AND email = trim(email);
UPDATE org_users SET email_key = email
WHERE email IS NOT NULL AND octet_length(email) = length(email) AND email = lower(email) AND email = trim(email);

DROP INDEX accounts_email;
DROP INDEX org_users_email;
CREATE INDEX accounts_email_key ON accounts (email_key);
CREATE INDEX org_users_email_key ON org_users (email_key);
