-- Pages of a job's items, by state and by decision, without reading the items before them.
CREATE INDEX job_items_state_number ON job_items (job_id, state, number);
DROP INDEX job_items_decision;
CREATE INDEX job_items_decision ON job_items (job_id, decision, number, state);
-- Failures by the beginning of their message, because PostgreSQL limits the size of an index entry.
CREATE INDEX job_items_failures ON job_items (job_id, substr(message, 1, 300)) WHERE state = 'refused';

-- Items of a preview by decision, so that its page does not read them all.
CREATE TABLE job_groups (
    job_id UUID NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    decision TEXT NOT NULL,
    items BIGINT NOT NULL,
    -- What the run includes, and the channels that this takes from the pool and frees.
    included BIGINT NOT NULL,
    needed BIGINT NOT NULL,
    freed BIGINT NOT NULL,
    PRIMARY KEY (job_id, decision)
);
INSERT INTO job_groups (job_id, decision, items, included, needed, freed)
SELECT job_id, decision, COUNT(*), COUNT(CASE WHEN state <> 'left_out' THEN 1 END),
    COALESCE(SUM(CASE WHEN state <> 'left_out' AND channels > 0 THEN channels END), 0),
    COALESCE(SUM(CASE WHEN state <> 'left_out' AND channels < 0 THEN -channels END), 0)
FROM job_items GROUP BY job_id, decision;
