-- Every file that a row names: where it is, and its key there. Uploads are folders: more may be in them.

-- name: kept_files
-- The files of account $1, or of all accounts where $1 is null. What is still to be deleted is not kept.
SELECT 'storage' AS place, key
FROM clips, unnest(array_remove(
    ARRAY[file_key, thumbnail_key, clean_key, layer_key] || more_thumbnail_keys, NULL)) AS key
WHERE $1::text IS NULL OR account_id = $1
UNION ALL
SELECT 'storage', 'brands/' || brand_id || '/' || f.name
FROM brand_files f JOIN brands USING (brand_id)
WHERE $1::text IS NULL OR account_id = $1
UNION ALL
SELECT 'uploads', upload_id FROM uploads WHERE $1::text IS NULL OR account_id = $1
UNION ALL
SELECT 'uploads', upload_id FROM partial_uploads WHERE $1::text IS NULL OR account_id = $1;
