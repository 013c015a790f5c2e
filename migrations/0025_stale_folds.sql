-- Names and notes are folded differently now: quotes, dashes and white space have one form, format characters none.
-- The portal folds again what is named here when it starts, and then deletes the name.
CREATE TABLE stale_folds (what TEXT PRIMARY KEY);
INSERT INTO stale_folds (what) VALUES ('accounts'), ('notes'), ('tags'), ('views'), ('org_users');
