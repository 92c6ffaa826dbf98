-- name: job_state
-- In one statement, so that a job seen as completed is seen with all its clips. is_admitted: whether
-- the key $3 that opened the stream is valid still.
SELECT status::text, stage, progress, error_code, error_message, error_reason,
    EXISTS(SELECT FROM api_keys k WHERE k.key_id = $3 AND is_valid(k)) AS is_admitted,
    ARRAY(SELECT ordinal FROM clips c WHERE c.job_id = jobs.job_id AND c.expires_at > now()
          ORDER BY ordinal) AS ordinals,
    ARRAY(SELECT clip_id FROM clips c WHERE c.job_id = jobs.job_id AND c.expires_at > now()
          ORDER BY ordinal) AS clip_ids
FROM jobs
WHERE job_id = $1 AND account_id = $2;
