-- The lists of jobs and clips: at most $2 rows after the place ($3, $4), filtered. Places are compared
-- as rows, so that the index of an order serves it.

-- $12: only these; $13: none that was made from another job that is there; $14: those in the trash.

-- name: jobs_made_from
-- The jobs made from one, and from those in turn. Every job names what it was made from, and no index
-- serves the way back: all that the account has made so are read once.
WITH RECURSIVE made AS MATERIALIZED (
    SELECT j.job_id, coalesce(j.span_of, j.reel_of, j.rewrite_of, c.job_id) AS source
    FROM jobs j LEFT JOIN clips c ON c.clip_id = j.rerender_of
    WHERE j.account_id = $1
      AND coalesce(j.span_of, j.reel_of, j.rewrite_of, j.rerender_of) IS NOT NULL
), found AS (
    SELECT job_id FROM made WHERE source = $2
    UNION
    SELECT m.job_id FROM made m JOIN found f ON m.source = f.job_id
)
SELECT job_id FROM found;

-- name: list_jobs_newest
SELECT job_id, status::text, created_at, started_at, finished_at, stage, progress, language, title,
    video_url, file_name, metadata::text, rerender_of, rewrite_of, span_of, reel_of, batch_id, priority,
    paused_at, deletes_at, clip_total, error_code, error_message, error_reason,
    (source ->> 'duration_seconds')::double precision AS source_s,
    (SELECT count(*) FROM clips c WHERE is_result(c, j.job_id))::integer AS clip_count,
    best.thumbnail_key, best.expires_at AS thumbnail_expires_at
FROM jobs j
LEFT JOIN LATERAL (
    SELECT thumbnail_key, expires_at FROM clips c
    WHERE is_result(c, j.job_id)
    ORDER BY home_ordinal LIMIT 1
) best ON true
WHERE account_id = $1
  AND (created_at, job_id) < (coalesce($3::timestamptz, 'infinity'), coalesce($4::text, ''))
  AND is_listed(j, $5, $6, $7, $8, $9, $10, $11)
  AND (deletes_at IS NOT NULL) = $14
  AND ($12::text[] IS NULL OR job_id = ANY ($12))
  AND NOT ($13 AND (
      EXISTS (SELECT FROM jobs s WHERE s.job_id IN (j.span_of, j.reel_of, j.rewrite_of))
      OR EXISTS (SELECT FROM clips s WHERE s.clip_id = j.rerender_of)))
ORDER BY created_at DESC, job_id DESC
LIMIT $2;

-- name: list_jobs_oldest
SELECT job_id, status::text, created_at, started_at, finished_at, stage, progress, language, title,
    video_url, file_name, metadata::text, rerender_of, rewrite_of, span_of, reel_of, batch_id, priority,
    paused_at, deletes_at, clip_total, error_code, error_message, error_reason,
    (source ->> 'duration_seconds')::double precision AS source_s,
    (SELECT count(*) FROM clips c WHERE is_result(c, j.job_id))::integer AS clip_count,
    best.thumbnail_key, best.expires_at AS thumbnail_expires_at
FROM jobs j
LEFT JOIN LATERAL (
    SELECT thumbnail_key, expires_at FROM clips c
    WHERE is_result(c, j.job_id)
    ORDER BY home_ordinal LIMIT 1
) best ON true
WHERE account_id = $1
  AND (created_at, job_id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4::text, ''))
  AND is_listed(j, $5, $6, $7, $8, $9, $10, $11)
  AND (deletes_at IS NOT NULL) = $14
  AND ($12::text[] IS NULL OR job_id = ANY ($12))
  AND NOT ($13 AND (
      EXISTS (SELECT FROM jobs s WHERE s.job_id IN (j.span_of, j.reel_of, j.rewrite_of))
      OR EXISTS (SELECT FROM clips s WHERE s.clip_id = j.rerender_of)))
ORDER BY created_at, job_id
LIMIT $2;

-- name: list_clips_newest
SELECT c.*, corrections_of(c) AS corrections, verdict_of(c) AS verdict FROM clips c
WHERE account_id = $1
  AND (created_at, clip_id) < (coalesce($3::timestamptz, 'infinity'), coalesce($4::text, ''))
  AND is_listed(c, $5, $6, $7, $8, $9, $10, $11) AND NOT is_in_trash(c)
ORDER BY created_at DESC, clip_id DESC
LIMIT $2;

-- name: list_clips_oldest
SELECT c.*, corrections_of(c) AS corrections, verdict_of(c) AS verdict FROM clips c
WHERE account_id = $1
  AND (created_at, clip_id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4::text, ''))
  AND is_listed(c, $5, $6, $7, $8, $9, $10, $11) AND NOT is_in_trash(c)
ORDER BY created_at, clip_id
LIMIT $2;

-- name: list_clips_best
SELECT c.*, corrections_of(c) AS corrections, verdict_of(c) AS verdict FROM clips c
WHERE account_id = $1
  AND (virality_score, clip_id) < (coalesce($3::integer, 101), coalesce($4::text, ''))
  AND is_listed(c, $5, $6, $7, $8, $9, $10, $11) AND NOT is_in_trash(c)
ORDER BY virality_score DESC, clip_id DESC
LIMIT $2;
