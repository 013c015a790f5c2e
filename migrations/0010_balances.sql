-- When the balance was last asked for, whatever came of it: an account that Telnyx fails to tell about holds up no other.
ALTER TABLE accounts ADD COLUMN balance_asked_at BIGINT;
UPDATE accounts SET balance_asked_at = balance_at;
-- Whose balance is read next.
CREATE INDEX accounts_balance_next ON accounts ((COALESCE(balance_asked_at, 0)), id)
WHERE gone_at IS NULL AND status = 'enabled' AND rollup_billing IS NOT TRUE;
