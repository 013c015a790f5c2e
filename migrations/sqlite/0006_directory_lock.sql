-- There is one writer at a time: nothing is to be locked.
CREATE VIEW directory_held AS SELECT '' AS held;
CREATE VIEW directory_taken AS SELECT '' AS held;
