-- name: jobs_by_status
-- lately: those that ended in the last 24 hours.
SELECT status::text, count(*) AS jobs,
    count(*) FILTER (WHERE finished_at > now() - interval '24 hours') AS lately
FROM jobs
GROUP BY status;

-- name: oldest_queued_s
-- A paused job does not wait for the server.
SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0)::double precision
FROM jobs
WHERE status = 'queued' AND paused_at IS NULL;
