-- When a request of an operation was last left without an answer: it may still act after that.
ALTER TABLE operations ADD COLUMN unanswered_at BIGINT;
-- The pool's channels beyond the known limits, read after a later limit was confirmed.
ALTER TABLE operations ADD COLUMN rest_after BIGINT;
CREATE INDEX operations_unanswered ON operations (unanswered_at) WHERE unanswered_at IS NOT NULL;
