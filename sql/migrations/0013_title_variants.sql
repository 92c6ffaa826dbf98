-- Other titles of a clip, and how likely the clip is a whole moment. Clips made earlier have neither.
ALTER TABLE clips ADD COLUMN title_variants jsonb NOT NULL DEFAULT '[]';
ALTER TABLE clips ADD COLUMN confidence real;
