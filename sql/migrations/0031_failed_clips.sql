-- Ordinals of the clips that could not be rendered: another start of the job leaves them alone.
ALTER TABLE jobs ADD COLUMN failed_clips smallint[] NOT NULL DEFAULT '{}';
