-- name: add_upload
INSERT INTO uploads (upload_id, account_id, file_name, size_bytes, sha256, source, expires_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, now() + make_interval(secs => $7))
RETURNING upload_id, account_id, file_name, size_bytes, sha256, source::text, created_at,
    expires_at;

-- name: get_upload
SELECT upload_id, account_id, file_name, size_bytes, sha256, source::text, created_at, expires_at
FROM uploads
WHERE upload_id = $1 AND account_id = $2 AND expires_at > now();

-- name: stored_upload
-- That the bucket has.
SELECT size_bytes, sha256 FROM uploads WHERE upload_id = $1 AND stored_at IS NOT NULL;

-- name: unstored_uploads
SELECT upload_id FROM uploads WHERE stored_at IS NULL AND expires_at > now() ORDER BY created_at;

-- name: note_stored
UPDATE uploads SET stored_at = now() WHERE upload_id = $1 RETURNING upload_id;

-- name: idle_uploads
-- Whose copies a server can do without.
SELECT upload_id FROM uploads u
WHERE stored_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM jobs j
    WHERE (j.video_url = 'upload://' || u.upload_id OR j.kept_source = u.upload_id)
      AND j.status IN ('queued', 'processing'))
ORDER BY created_at;

-- name: pieces_of_upload
SELECT pieces::text FROM partial_uploads WHERE upload_id = $1;

-- name: set_pieces
-- Unless another server was faster.
UPDATE partial_uploads SET pieces = $3::jsonb
WHERE upload_id = $1 AND pieces = $2::jsonb
RETURNING upload_id;

-- name: known_uploads
SELECT upload_id FROM uploads WHERE upload_id = ANY ($1::text[])
UNION ALL
SELECT upload_id FROM partial_uploads WHERE upload_id = ANY ($1::text[]);

-- name: add_partial_upload
INSERT INTO partial_uploads (upload_id, account_id, file_name, size_bytes, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
RETURNING upload_id, file_name, size_bytes, expires_at, pieces::text;

-- name: get_partial_upload
SELECT upload_id, file_name, size_bytes, expires_at, pieces::text
FROM partial_uploads
WHERE upload_id = $1 AND account_id = $2 AND expires_at > now();

-- name: delete_partial_upload
DELETE FROM partial_uploads WHERE upload_id = $1 RETURNING upload_id;

-- name: expired_partial_uploads
-- A hundred after that place.
SELECT upload_id, account_id, expires_at
FROM partial_uploads
WHERE expires_at <= now() AND (expires_at, upload_id) > ($1, $2)
ORDER BY expires_at, upload_id
LIMIT 100;

-- name: upload_in_use
SELECT job_id FROM jobs
WHERE account_id = $1 AND (video_url = 'upload://' || $2::text OR kept_source = $2::text)
  AND status IN ('queued', 'processing')
LIMIT 1;

-- name: expired_uploads
-- A hundred after that place that no unfinished job needs.
SELECT u.upload_id, u.account_id, u.expires_at
FROM uploads u
WHERE u.expires_at <= now() AND (u.expires_at, u.upload_id) > ($1, $2)
  AND NOT EXISTS (
    SELECT 1 FROM jobs j
    WHERE (j.video_url = 'upload://' || u.upload_id OR j.kept_source = u.upload_id)
      AND j.status IN ('queued', 'processing')
  )
ORDER BY u.expires_at, u.upload_id
LIMIT 100;

-- name: delete_upload
DELETE FROM uploads WHERE upload_id = $1 RETURNING upload_id;

-- name: keep_upload
-- The upload that a job is made from, as long as the job's clips.
UPDATE uploads u
SET own_until = coalesce(own_until, expires_at), expires_at = greatest(expires_at, (
    SELECT max(c.expires_at) FROM clips c WHERE c.job_id = $1))
WHERE upload_id = $2
RETURNING upload_id;

-- name: keep_download
-- The file that a job has downloaded, as an upload that lasts as long as the job's clips.
INSERT INTO uploads (
    upload_id, account_id, file_name, size_bytes, sha256, source, expires_at, own_until)
SELECT $2, account_id, $3, $4, $5, $6::jsonb,
    (SELECT max(c.expires_at) FROM clips c WHERE c.job_id = $1), now()
FROM jobs WHERE job_id = $1;

-- name: set_kept_source
-- $3: whether there was no room for it.
UPDATE jobs SET kept_source = coalesce($2, kept_source), source_unkept = $3 WHERE job_id = $1;

-- name: kept_sources
-- What an account can do without, the oldest first: nobody waits for these.
SELECT u.upload_id, u.size_bytes, ARRAY(
    SELECT j.job_id FROM jobs j
    WHERE j.account_id = $1
      AND (j.video_url = 'upload://' || u.upload_id OR j.kept_source = u.upload_id)
      AND j.rerender_of IS NULL AND j.rewrite_of IS NULL AND j.span_of IS NULL
      AND j.reel_of IS NULL
    ORDER BY j.created_at, j.job_id) AS job_ids
FROM uploads u
WHERE u.account_id = $1 AND u.own_until <= now() AND NOT EXISTS (
    SELECT FROM jobs j
    WHERE (j.video_url = 'upload://' || u.upload_id OR j.kept_source = u.upload_id)
      AND j.status IN ('queued', 'processing'))
ORDER BY u.created_at, u.upload_id;
