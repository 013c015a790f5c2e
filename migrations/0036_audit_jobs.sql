-- The job that an event belongs to, beside the sealed event, for filters.
ALTER TABLE audit_events ADD COLUMN job_id UUID;
CREATE INDEX audit_events_job ON audit_events (job_id, seq) WHERE job_id IS NOT NULL;
-- Events without those of a job's items. Only few of a large job remain.
CREATE INDEX audit_events_without_items ON audit_events (seq) WHERE job_id IS NULL OR kind = 'job';
