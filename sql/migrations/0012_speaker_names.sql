-- Names that callers give to the speakers of a talk, by label. The talk stays as it was recognized, so
-- that a name can be taken back; whoever reads it applies them.
ALTER TABLE jobs ADD COLUMN speaker_names jsonb NOT NULL DEFAULT '{}';
