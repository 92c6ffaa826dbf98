-- What accounts say of their clips, and what is learned from it.

-- name: change_feedback
-- $3 to $6 replace what is there only where $7 names their column.
UPDATE feedback SET
    verdict = CASE WHEN 'verdict' = ANY ($7::text[]) THEN $3 ELSE verdict END,
    views = CASE WHEN 'views' = ANY ($7::text[]) THEN $4 ELSE views END,
    likes = CASE WHEN 'likes' = ANY ($7::text[]) THEN $5 ELSE likes END,
    note = CASE WHEN 'note' = ANY ($7::text[]) THEN $6 ELSE note END,
    updated_at = now()
WHERE clip_id = $1 AND account_id = $2
RETURNING clip_id, job_id, verdict, views, likes, note, traits IS NOT NULL AS is_learned_from,
    created_at, updated_at;

-- name: add_feedback
-- Of a clip that exists and has none; the traits of its span are copied, so that they outlive it.
INSERT INTO feedback (clip_id, account_id, job_id, traits)
SELECT c.clip_id, c.account_id, c.job_id,
    nullif(t.talk #> ARRAY['highlights', c.ordinal::text, 'traits'], 'null'::jsonb)
FROM clips c LEFT JOIN talks t USING (job_id)
WHERE c.clip_id = $1 AND c.account_id = $2 AND c.expires_at > now()
ON CONFLICT (clip_id) DO NOTHING;

-- name: get_feedback
SELECT clip_id, job_id, verdict, views, likes, note, traits IS NOT NULL AS is_learned_from,
    created_at, updated_at
FROM feedback WHERE clip_id = $1 AND account_id = $2;

-- name: count_feedback
SELECT count(*) AS clips,
    count(*) FILTER (WHERE verdict = 'kept') AS kept,
    count(*) FILTER (WHERE verdict = 'rejected') AS rejected,
    count(*) FILTER (WHERE verdict = 'posted') AS posted,
    count(*) FILTER (WHERE views IS NOT NULL OR likes IS NOT NULL) AS with_audience
FROM feedback WHERE account_id = $1;

-- name: lessons
-- The latest $2, the latest first.
SELECT job_id AS job, traits::text, verdict, views, likes
FROM feedback
WHERE account_id = $1 AND traits IS NOT NULL
  AND (verdict IS NOT NULL OR views IS NOT NULL OR likes IS NOT NULL)
ORDER BY created_at DESC, clip_id DESC
LIMIT $2;

-- name: delete_feedback
DELETE FROM feedback WHERE account_id = $1;
