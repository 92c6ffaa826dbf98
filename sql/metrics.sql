-- name: jobs_by_status
SELECT status::text, count(*) AS jobs FROM jobs GROUP BY status;

-- name: oldest_queued_s
-- A paused job does not wait for the server.
SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0)::double precision
FROM jobs
WHERE status = 'queued' AND paused_at IS NULL;
