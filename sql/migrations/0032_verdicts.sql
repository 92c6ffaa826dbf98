-- What is said of a clip is whether it was kept or rejected, and nothing is learned from it.
UPDATE feedback SET verdict = 'kept' WHERE verdict = 'posted';
ALTER TABLE feedback
    DROP COLUMN traits, DROP COLUMN views, DROP COLUMN likes, DROP COLUMN note;
