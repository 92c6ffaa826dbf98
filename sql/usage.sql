-- name: charged
-- credits: of the plan's own.
SELECT coalesce(sum(minutes), 0)::double precision AS minutes,
    coalesce(sum(credits - granted), 0)::integer AS credits
FROM charges
WHERE account_id = $1 AND charged_at >= $2;

-- name: storage_used_bytes
SELECT (
    coalesce((SELECT sum(size_bytes) FROM clips WHERE account_id = $1), 0)
    + coalesce((SELECT sum(size_bytes) FROM uploads WHERE account_id = $1), 0)
    + coalesce((SELECT sum(size_bytes) FROM brand_files JOIN brands USING (brand_id)
                WHERE account_id = $1), 0)
    + coalesce((SELECT sum(size_bytes) FROM partial_uploads WHERE account_id = $1), 0)
)::bigint;

-- name: open_jobs
-- What an account has in flight: lengths of its unfinished jobs, null where not known yet.
-- Jobs that render a clip or write a text again are free.
SELECT job_id, duration_s
FROM jobs
WHERE account_id = $1 AND status IN ('queued', 'processing') AND rerender_of IS NULL
  AND rewrite_of IS NULL AND span_of IS NULL AND reel_of IS NULL
ORDER BY created_at, job_id;

-- name: charge
INSERT INTO charges (job_id, account_id, minutes, credits, granted) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (job_id) DO NOTHING
RETURNING job_id;

-- name: take_credits
UPDATE accounts SET credits = credits - $2 WHERE account_id = $1;
