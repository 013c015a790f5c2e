-- Lists, searches and counts come from the index in memory: what SQL needed for them only slowed each write down.
DROP INDEX accounts_name;
DROP INDEX accounts_created;
DROP INDEX accounts_status;
DROP INDEX accounts_counts;
DROP INDEX accounts_limit;
ALTER TABLE accounts DROP COLUMN search;
