-- Jobs of the events that were recorded before the column. What is sealed stays as it is.
DROP TRIGGER audit_events_no_update;
UPDATE audit_events SET job_id = unhex(replace(json_extract(payload, '$.job'), '-', ''))
WHERE payload LIKE '%"job":"%' AND json_valid(payload) AND json_extract(payload, '$.job') IS NOT NULL;
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
