-- name: jobs_by_status
SELECT status::text, count(*) AS jobs FROM jobs GROUP BY status;

-- name: oldest_queued_s
SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::double precision
FROM jobs
WHERE status = 'queued';
