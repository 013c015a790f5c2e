-- Pages of a job's items, by state and by decision, without reading the items before them, and the
-- sum of their channels.
CREATE INDEX job_items_state_number ON job_items (job_id, state, number, channels);
DROP INDEX job_items_decision;
CREATE INDEX job_items_decision ON job_items (job_id, decision, number, state);
-- Failures by the beginning of their message, because PostgreSQL limits the size of an index entry.
CREATE INDEX job_items_failures ON job_items (job_id, substr(message, 1, 300)) WHERE state = 'refused';
