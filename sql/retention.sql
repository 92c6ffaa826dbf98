-- Deletes expired rows. Queries that find rows return up to a hundred after a place ($1, $2), in
-- order. Plans ($3) keep rows for days ($4); a plan that is not named keeps them forever. The lowest
-- number of days bounds the index scan.

-- name: expired_transcripts
-- Includes the partial transcripts of failed jobs; skips jobs with a text being rewritten.
SELECT j.job_id, j.account_id, j.finished_at AS expires_at,
    coalesce(pg_column_size(t.talk), 0)
        + (SELECT coalesce(sum(pg_column_size(h.part)), 0) FROM heard h WHERE h.job_id = j.job_id)
    AS size_bytes
FROM jobs j
JOIN accounts a USING (account_id)
JOIN unnest($3::text[], $4::integer[]) AS kept (plan, days) ON kept.plan = a.plan
LEFT JOIN talks t ON t.talk_id = j.talk_id
WHERE j.status IN ('completed', 'failed', 'canceled') AND j.transcript_removed_at IS NULL
  AND j.finished_at <= now() - make_interval(days => kept.days)
  AND j.finished_at <= now() - make_interval(days => (SELECT min(days) FROM unnest($4) AS days))
  AND (j.finished_at, j.job_id) > ($1, $2)
  AND (t.talk IS NOT NULL OR EXISTS (SELECT FROM heard h WHERE h.job_id = j.job_id))
  AND NOT EXISTS (
    SELECT FROM jobs r
    WHERE r.rewrite_of = j.job_id AND r.status IN ('queued', 'processing'))
ORDER BY j.finished_at, j.job_id
LIMIT 100;

-- name: remove_transcript
-- Unless the job runs again meanwhile, or has done so. The words of the talk go with the last job that has
-- them (delete_unread_talk).
WITH ended AS (
    UPDATE jobs j
    SET transcript_removed_at = CASE
        WHEN EXISTS (
            SELECT FROM talks t WHERE t.talk_id = j.talk_id AND t.talk IS NOT NULL) THEN now() END
    WHERE j.job_id = $1 AND j.status IN ('completed', 'failed', 'canceled') AND j.finished_at = $2
      AND NOT EXISTS (
        SELECT FROM jobs r
        WHERE r.rewrite_of = j.job_id AND r.status IN ('queued', 'processing'))
    RETURNING j.job_id
), parts AS (
    DELETE FROM heard WHERE job_id IN (SELECT job_id FROM ended)
)
SELECT job_id FROM ended;

-- name: expired_texts
-- A text lasts from its last writing, by whomever.
SELECT t.job_id || ' ' || t.kind || ' ' || t.version AS place, t.job_id, t.kind, t.updated_at AS expires_at,
    j.account_id, octet_length(t.text) + pg_column_size(t.blocks) AS size_bytes
FROM texts t
JOIN jobs j USING (job_id)
JOIN accounts a USING (account_id)
JOIN unnest($3::text[], $4::integer[]) AS kept (plan, days) ON kept.plan = a.plan
WHERE j.status IN ('completed', 'failed', 'canceled')
  AND t.updated_at <= now() - make_interval(days => kept.days)
  AND t.updated_at <= now() - make_interval(days => (SELECT min(days) FROM unnest($4) AS days))
  AND (t.updated_at, t.job_id || ' ' || t.kind || ' ' || t.version) > ($1, $2)
ORDER BY t.updated_at, place
LIMIT 100;

-- name: remove_text
-- Each version by itself.
WITH job AS (
    SELECT job_id FROM jobs WHERE job_id = $1 FOR UPDATE  -- before the text, as whoever edits it does
), gone AS (
    DELETE FROM texts
    WHERE job_id IN (SELECT job_id FROM job) AND kind = $2 AND updated_at = $3
    RETURNING job_id, version
)
UPDATE jobs SET texts_removed_at = CASE WHEN EXISTS (
    SELECT FROM texts t
    WHERE t.job_id = jobs.job_id AND t.kind = $2 AND t.version NOT IN (SELECT version FROM gone))
    THEN texts_removed_at ELSE now() END
WHERE job_id IN (SELECT job_id FROM gone)
RETURNING job_id;

-- name: trashed_jobs
SELECT job_id, account_id, deletes_at AS expires_at FROM jobs
WHERE deletes_at <= now() AND (deletes_at, job_id) > ($1, $2)
ORDER BY deletes_at, job_id
LIMIT 100;

-- name: expired_jobs
-- Never before what was made of it, its kept source, and what is still to be told of it. A job that has
-- written a text of it again would go with it, so that one goes first, by days of its own.
SELECT j.job_id, j.account_id, j.finished_at AS expires_at
FROM jobs j
JOIN accounts a USING (account_id)
JOIN unnest($3::text[], $4::integer[]) AS kept (plan, days) ON kept.plan = a.plan
WHERE j.status IN ('completed', 'failed', 'canceled')
  AND j.finished_at <= now() - make_interval(days => kept.days)
  AND j.finished_at <= now() - make_interval(days => (SELECT min(days) FROM unnest($4) AS days))
  AND (j.finished_at, j.job_id) > ($1, $2)
  AND NOT EXISTS (
    SELECT FROM clips c WHERE (c.job_id = j.job_id OR c.home_job_id = j.job_id) AND c.expires_at > now())
  AND NOT EXISTS (
    SELECT FROM uploads u WHERE u.upload_id = j.kept_source AND u.expires_at > now())
  AND NOT EXISTS (SELECT FROM deliveries d WHERE d.job_id = j.job_id AND d.status = 'pending')
  AND NOT EXISTS (SELECT FROM jobs r WHERE r.rewrite_of = j.job_id)
ORDER BY j.finished_at, j.job_id
LIMIT 100;

-- name: hold_job
-- Until the transaction ends nobody runs it again, deletes it, or writes a text of it.
SELECT FROM jobs WHERE job_id = $1 FOR UPDATE;

-- name: may_job_go
-- What has changed since it was found.
SELECT EXISTS (
    SELECT FROM jobs j
    WHERE j.job_id = $1 AND j.status IN ('completed', 'failed', 'canceled') AND j.finished_at = $2
      AND NOT EXISTS (SELECT FROM deliveries d WHERE d.job_id = j.job_id AND d.status = 'pending')
      AND NOT EXISTS (SELECT FROM jobs r WHERE r.rewrite_of = j.job_id));

-- What follows is counted, and deleted so many rows at a time ($1), until there are none.

-- name: count_expired_answers
SELECT account_id, count(*) AS rows FROM idempotency_keys WHERE expires_at <= now() GROUP BY account_id;

-- name: delete_expired_answers
WITH gone AS (
    DELETE FROM idempotency_keys
    WHERE (account_id, key) IN (
        SELECT account_id, key FROM idempotency_keys WHERE expires_at <= now() LIMIT $1)
    RETURNING account_id
)
SELECT account_id, count(*) AS rows FROM gone GROUP BY account_id;

-- name: count_old_deliveries
SELECT account_id, count(*) AS rows FROM deliveries
WHERE status <> 'pending' AND created_at < now() - make_interval(days => $1)
GROUP BY account_id;

-- name: delete_old_deliveries
WITH gone AS (
    DELETE FROM deliveries
    WHERE delivery_id IN (
        SELECT delivery_id FROM deliveries
        WHERE status <> 'pending' AND created_at < now() - make_interval(days => $2)
        LIMIT $1)
    RETURNING account_id
)
SELECT account_id, count(*) AS rows FROM gone GROUP BY account_id;

-- name: count_old_audit
SELECT coalesce(account_id, '') AS account_id, count(*) AS rows FROM audit
WHERE at < now() - make_interval(days => $1)
GROUP BY account_id;

-- name: delete_old_audit
WITH gone AS (
    DELETE FROM audit
    WHERE number IN (
        SELECT number FROM audit WHERE at < now() - make_interval(days => $2) LIMIT $1)
    RETURNING coalesce(account_id, '') AS account_id
)
SELECT account_id, count(*) AS rows FROM gone GROUP BY account_id;

-- name: account_names
SELECT account_id, name FROM accounts WHERE account_id = ANY ($1::text[]);
