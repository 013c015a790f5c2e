-- There is one writer at a time: nothing is to be locked.
CREATE VIEW directory_many AS SELECT '' AS held;
