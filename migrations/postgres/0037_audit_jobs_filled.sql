-- Jobs of the events that were recorded before the column. What is sealed stays as it is.
ALTER TABLE audit_events DISABLE TRIGGER audit_events_append_only;
UPDATE audit_events SET job_id = substring(payload FROM '"job":"([0-9a-f-]{36})"')::uuid
WHERE payload LIKE '%"job":"%' AND payload ~ '"job":"[0-9a-f-]{36}"';
ALTER TABLE audit_events ENABLE TRIGGER audit_events_append_only;
