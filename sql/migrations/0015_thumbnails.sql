-- A clip's other thumbnails, the better first; `thumbnail_key` is the best. Clips made earlier have one.
ALTER TABLE clips ADD COLUMN more_thumbnail_keys text[] NOT NULL DEFAULT '{}';
