-- name: put_text
-- As it was written for the job; in the transaction that completes it.
INSERT INTO texts (job_id, kind, text, blocks, author, reason, options)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7::jsonb)
ON CONFLICT (job_id, kind) DO UPDATE
SET text = excluded.text, blocks = excluded.blocks, author = excluded.author,
    reason = excluded.reason, warnings = '[]', options = excluded.options, updated_at = now();

-- name: job_texts
-- In no order.
SELECT t.kind, t.text, t.blocks::text, t.author, t.reason, t.warnings::text, t.options::text,
    t.updated_at
FROM texts t JOIN jobs j USING (job_id)
WHERE j.job_id = $1 AND j.account_id = $2;

-- name: lock_text
SELECT t.kind, t.text, t.blocks::text, t.author, t.reason, t.warnings::text, t.options::text,
    t.updated_at
FROM texts t JOIN jobs j USING (job_id)
WHERE j.job_id = $1 AND j.account_id = $2 AND t.kind = $3
FOR UPDATE OF t;

-- name: edit_text
-- By its user. What it was written with stays, so that it can be written again as it was.
INSERT INTO texts (job_id, kind, text, author, warnings, options)
SELECT job_id, $3, $4, 'user', $5::jsonb, coalesce(options -> 'text_options', '{}')
FROM jobs
WHERE job_id = $1 AND account_id = $2 AND status = 'completed' AND rewrite_of IS NULL
ON CONFLICT (job_id, kind) DO UPDATE
SET text = excluded.text, blocks = '[]', author = 'user', reason = '',
    warnings = excluded.warnings, updated_at = now()
RETURNING kind, text, blocks::text, author, reason, warnings::text, options::text, updated_at;

-- name: cancel_rewriting
-- Cancels what would replace the text that its user writes now.
UPDATE jobs
SET status = 'canceled', finished_at = now(), stage = NULL, lease_owner = NULL, lease_until = NULL
WHERE rewrite_of = $1 AND options -> 'text_outputs' ->> 0 = $2
  AND status IN ('queued', 'processing')
RETURNING job_id;
