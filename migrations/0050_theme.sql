-- The colors of pages: 'system', 'light' or 'dark'.
ALTER TABLE staff ADD COLUMN theme TEXT NOT NULL DEFAULT 'system';
