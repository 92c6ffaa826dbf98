-- Deleted jobs can be restored for a while.
ALTER TABLE jobs ADD COLUMN deletes_at timestamptz;  -- null: not in the trash
CREATE INDEX jobs_in_trash ON jobs (deletes_at, job_id) WHERE deletes_at IS NOT NULL;

CREATE FUNCTION is_in_trash(c clips) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM jobs j WHERE j.job_id IN (c.job_id, c.home_job_id) AND j.deletes_at IS NOT NULL)
$$;
