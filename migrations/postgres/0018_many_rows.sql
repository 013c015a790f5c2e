-- Whoever writes the facts of many accounts in one transaction selects from this first: two that wrote the same rows in
-- another order would wait for each other, and one of them would fail. Taken before directory_held.
CREATE VIEW directory_many AS SELECT pg_advisory_xact_lock(7306102)::text AS held;
