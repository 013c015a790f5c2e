-- Whoever writes a fact holds the directory; whoever moves the age of whole readings forward takes it, and thereby waits
-- for those who write. To select from one of these views is to lock, until the end of the transaction.
CREATE VIEW directory_held AS SELECT pg_advisory_xact_lock_shared(7306101)::text AS held;
CREATE VIEW directory_taken AS SELECT pg_advisory_xact_lock(7306101)::text AS held;
