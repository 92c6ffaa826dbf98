-- Other titles of a clip, how likely it is a whole moment, and of which kind. Clips made earlier have
-- none of them.
ALTER TABLE clips ADD COLUMN title_variants jsonb NOT NULL DEFAULT '[]';
ALTER TABLE clips ADD COLUMN confidence real;
ALTER TABLE clips ADD COLUMN kind text;
