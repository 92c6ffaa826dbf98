-- What is drawn over a clip, as a file of its own.

ALTER TABLE clips ADD COLUMN layer_key text;
