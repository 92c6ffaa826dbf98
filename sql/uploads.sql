-- name: add_upload
INSERT INTO uploads (upload_id, account_id, file_name, size_bytes, sha256, source, expires_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, now() + make_interval(secs => $7))
RETURNING upload_id, account_id, file_name, size_bytes, sha256, source::text, created_at,
    expires_at;

-- name: get_upload
SELECT upload_id, account_id, file_name, size_bytes, sha256, source::text, created_at, expires_at
FROM uploads
WHERE upload_id = $1 AND account_id = $2 AND expires_at > now();

-- name: known_uploads
SELECT upload_id FROM uploads WHERE upload_id = ANY ($1::text[]);

-- name: expired_uploads
SELECT u.upload_id
FROM uploads u
WHERE u.expires_at <= now()
  AND NOT EXISTS (
    SELECT 1 FROM jobs j
    WHERE j.video_url = 'upload://' || u.upload_id AND j.status IN ('queued', 'processing')
  )
LIMIT 100;

-- name: delete_upload
DELETE FROM uploads WHERE upload_id = $1;
