-- name: start_draining
-- After lock_claims: whoever claims waits, so that nothing starts once this is committed.
INSERT INTO draining DEFAULT VALUES ON CONFLICT DO NOTHING;

-- name: stop_draining
DELETE FROM draining RETURNING since;

-- name: is_draining
SELECT EXISTS (SELECT FROM draining);

-- name: work_in_hand
-- Jobs that a server works on, and those that a stopped server left behind: these are not worked on.
SELECT count(*) FILTER (WHERE status = 'processing' AND lease_until >= now()) AS working,
    count(*) FILTER (WHERE status = 'processing' AND lease_until < now()) AS left_behind,
    count(*) FILTER (WHERE status = 'queued') AS queued
FROM jobs
WHERE status IN ('queued', 'processing');
