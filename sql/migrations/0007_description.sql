-- A sentence of its own that tells what a clip is about; of clips made before there is none.
ALTER TABLE clips ADD COLUMN description text NOT NULL DEFAULT '';
