-- Columns that a person chose for a list, in their order, between dots. Without a row, the list has its own.
CREATE TABLE list_columns (
    staff_id UUID NOT NULL REFERENCES staff (id),
    list TEXT NOT NULL,
    column_keys TEXT NOT NULL,
    PRIMARY KEY (staff_id, list)
);

-- The height of rows in lists: 'comfortable' or 'compact'.
ALTER TABLE staff ADD COLUMN density TEXT NOT NULL DEFAULT 'comfortable';
