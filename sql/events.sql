-- name: job_state
-- In one statement, so that a job seen as completed is seen with all its clips.
SELECT status::text, stage, progress, error_code, error_message, error_reason,
    ARRAY(SELECT ordinal FROM clips c WHERE c.job_id = jobs.job_id AND c.expires_at > now()
          ORDER BY ordinal) AS ordinals,
    ARRAY(SELECT clip_id FROM clips c WHERE c.job_id = jobs.job_id AND c.expires_at > now()
          ORDER BY ordinal) AS clip_ids
FROM jobs
WHERE job_id = $1 AND account_id = $2;
