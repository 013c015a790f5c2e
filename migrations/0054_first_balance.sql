-- When an account's balance was read for the first time. A low balance in a first reading is no crossing of the threshold.
ALTER TABLE accounts ADD COLUMN balance_first_at BIGINT;
UPDATE accounts SET balance_first_at = 0 WHERE balance_at IS NOT NULL;
