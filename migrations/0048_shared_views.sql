-- Views that everyone sees, in an order that people choose, and a version of each view's content.
ALTER TABLE views ADD COLUMN shared BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE views ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE views ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
UPDATE views SET position = (
    SELECT COUNT(*) FROM views other WHERE other.staff_id = views.staff_id AND other.name_folded <= views.name_folded
);
CREATE UNIQUE INDEX views_shared_name ON views (name_folded) WHERE shared;

-- The view that each person's list opens with. It may be a shared one.
CREATE TABLE default_views (
    staff_id UUID PRIMARY KEY REFERENCES staff (id),
    view_id UUID NOT NULL REFERENCES views (id)
);
CREATE INDEX default_views_view ON default_views (view_id);
INSERT INTO default_views (staff_id, view_id)
SELECT staff_id, id FROM views WHERE is_default ON CONFLICT (staff_id) DO NOTHING;
ALTER TABLE views DROP COLUMN is_default;
