-- name: count_brands
SELECT count(*) FROM brands WHERE account_id = $1;

-- name: add_brand
INSERT INTO brands (brand_id, account_id, name, settings) VALUES ($1, $2, $3, $4::jsonb);

-- name: list_brands
-- With their files as an object by kind: {name, facts}.
SELECT brand_id, name, settings::text, created_at, updated_at,
    (SELECT coalesce(jsonb_object_agg(f.kind, jsonb_build_object('name', f.name, 'facts', f.facts)),
                     '{}'::jsonb)
     FROM brand_files f WHERE f.brand_id = b.brand_id)::text AS files
FROM brands b
WHERE account_id = $1 AND ($2::text IS NULL OR brand_id = $2)
ORDER BY created_at, brand_id;

-- name: lock_brand
SELECT name, settings::text FROM brands WHERE brand_id = $1 AND account_id = $2 FOR UPDATE;

-- name: change_brand
UPDATE brands SET name = $2, settings = $3::jsonb, updated_at = now() WHERE brand_id = $1;

-- name: delete_brand
-- Its files go with it.
DELETE FROM brands WHERE brand_id = $1;

-- name: put_brand_file
INSERT INTO brand_files (brand_id, kind, name, size_bytes, facts) VALUES ($1, $2, $3, $4, $5::jsonb)
ON CONFLICT (brand_id, kind) DO UPDATE
SET name = excluded.name, size_bytes = excluded.size_bytes, facts = excluded.facts;

-- name: get_brand_file
SELECT name FROM brand_files WHERE brand_id = $1 AND kind = $2;

-- name: delete_brand_file
DELETE FROM brand_files WHERE brand_id = $1 AND kind = $2 RETURNING name;

-- name: touch_brand
UPDATE brands SET updated_at = now() WHERE brand_id = $1;

-- name: job_with_brand
SELECT job_id FROM jobs
WHERE options -> 'brand' ->> 'brand_id' = $1 AND status IN ('queued', 'processing')
ORDER BY created_at
LIMIT 1;

-- name: known_brands
SELECT brand_id FROM brands WHERE brand_id = ANY ($1::text[]);
