-- The staff member who is the account manager of an account. One who is disabled stays it.
ALTER TABLE accounts ADD COLUMN assignee_id UUID REFERENCES staff (id);
CREATE INDEX accounts_assignee ON accounts (assignee_id) WHERE assignee_id IS NOT NULL;
