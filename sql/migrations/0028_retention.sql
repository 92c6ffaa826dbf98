-- What a plan keeps no longer: transcripts and texts of ended jobs, and the jobs themselves.

ALTER TABLE jobs ADD COLUMN transcript_removed_at timestamptz;  -- null: it is there, or never was
ALTER TABLE jobs ADD COLUMN texts_removed_at timestamptz;       -- when the last of them went
CREATE INDEX jobs_ended ON jobs (finished_at, job_id)
    WHERE status IN ('completed', 'failed', 'canceled');
CREATE INDEX jobs_with_words ON jobs (finished_at, job_id)
    WHERE status IN ('completed', 'failed', 'canceled') AND transcript_removed_at IS NULL;
CREATE INDEX texts_by_time ON texts (updated_at);
