-- True if the person hid the list of first steps on their dashboard.
ALTER TABLE staff ADD COLUMN hides_checklist BOOLEAN NOT NULL DEFAULT FALSE;
