-- What accounts say of their clips.

-- name: change_feedback
UPDATE feedback SET verdict = $3, updated_at = now()
WHERE clip_id = $1 AND account_id = $2
RETURNING clip_id, job_id, verdict, created_at, updated_at;

-- name: add_feedback
-- The clip must exist; another request may have added the row meanwhile.
INSERT INTO feedback (clip_id, account_id, job_id, verdict)
SELECT clip_id, account_id, job_id, $3
FROM clips WHERE clip_id = $1 AND account_id = $2 AND expires_at > now()
ON CONFLICT (clip_id) DO UPDATE SET verdict = excluded.verdict, updated_at = now()
RETURNING clip_id, job_id, verdict, created_at, updated_at;

-- name: get_feedback
SELECT clip_id, job_id, verdict, created_at, updated_at
FROM feedback WHERE clip_id = $1 AND account_id = $2;
