-- name: put_text
-- As it was written for the job; in the transaction that completes it.
INSERT INTO texts (job_id, kind, version, text, blocks, author, reason, options)
SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4::jsonb, $5, $6, $7::jsonb
FROM texts WHERE job_id = $1 AND kind = $2;

-- name: edit_text
-- By its user. What it was written with stays, so that it can be written again as it was.
INSERT INTO texts (job_id, kind, version, text, author, warnings, options)
SELECT job_id, $3, (
        SELECT coalesce(max(version), 0) + 1 FROM texts t WHERE t.job_id = jobs.job_id AND kind = $3),
    $4, 'user', $5::jsonb, coalesce($6::jsonb, options -> 'text_options', '{}')
FROM jobs
WHERE job_id = $1 AND account_id = $2 AND status = 'completed' AND rewrite_of IS NULL
RETURNING kind, text, blocks::text, author, reason, warnings::text, options::text, updated_at, version,
    1 + (SELECT count(*)::integer FROM texts n WHERE n.job_id = $1 AND n.kind = $3) AS versions;

-- name: renew_text
-- The same text once more: what it claims is compared with the talk of now.
UPDATE texts SET warnings = $4::jsonb, updated_at = now()
WHERE job_id = $1 AND kind = $2 AND version = $3
RETURNING kind, text, blocks::text, author, reason, warnings::text, options::text, updated_at, version,
    (SELECT count(*)::integer FROM texts n WHERE n.job_id = texts.job_id AND n.kind = texts.kind) AS versions;

-- name: drop_old_texts
-- All but the newest $3, and the one that is meant.
DELETE FROM texts t
WHERE job_id = $1 AND kind = $2 AND NOT is_current(t)
  AND version <= (SELECT max(version) FROM texts WHERE job_id = $1 AND kind = $2) - $3;

-- name: job_texts
-- In no order.
SELECT t.kind, t.text, t.blocks::text, t.author, t.reason, t.warnings::text, t.options::text,
    t.updated_at, t.version,
    (SELECT count(*)::integer FROM texts n WHERE n.job_id = t.job_id AND n.kind = t.kind) AS versions
FROM texts t JOIN jobs j USING (job_id)
WHERE j.job_id = $1 AND j.account_id = $2 AND is_current(t);

-- name: text_versions
-- The one that is meant first.
SELECT t.kind, t.text, t.blocks::text, t.author, t.reason, t.warnings::text, t.options::text,
    t.updated_at, t.version,
    (SELECT count(*)::integer FROM texts n WHERE n.job_id = t.job_id AND n.kind = t.kind) AS versions
FROM texts t JOIN jobs j USING (job_id)
WHERE j.job_id = $1 AND j.account_id = $2 AND t.kind = $3
ORDER BY t.chosen_at DESC, t.version DESC;

-- name: restore_text
-- After lock_own_job.
UPDATE texts SET chosen_at = clock_timestamp()
WHERE job_id = $1 AND kind = $2 AND version = $3
RETURNING kind, text, blocks::text, author, reason, warnings::text, options::text, updated_at, version,
    (SELECT count(*)::integer FROM texts n WHERE n.job_id = texts.job_id AND n.kind = texts.kind) AS versions;

-- name: lock_text
SELECT t.kind, t.text, t.blocks::text, t.author, t.reason, t.warnings::text, t.options::text,
    t.updated_at, t.version,
    (SELECT count(*)::integer FROM texts n WHERE n.job_id = t.job_id AND n.kind = t.kind) AS versions
FROM texts t JOIN jobs j USING (job_id)
WHERE j.job_id = $1 AND j.account_id = $2 AND t.kind = $3 AND is_current(t)
FOR UPDATE OF t;

-- name: cancel_rewriting
-- Cancels what would replace the text that its user writes now.
UPDATE jobs
SET status = 'canceled', finished_at = now(), stage = NULL, lease_owner = NULL, lease_until = NULL
WHERE rewrite_of = $1 AND options -> 'text_outputs' ->> 0 = $2
  AND status IN ('queued', 'processing')
RETURNING job_id;
