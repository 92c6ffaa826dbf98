-- Whose captions a clip shows: its own, the source's ("source"), or none.
ALTER TABLE clips ADD COLUMN captions text NOT NULL DEFAULT 'drawn';
