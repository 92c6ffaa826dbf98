-- How much of what is spoken has words, and where it has none.
ALTER TABLE jobs ADD COLUMN coverage jsonb;
