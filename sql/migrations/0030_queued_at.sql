-- Since when a job waits: it was submitted, retried or resumed then.
ALTER TABLE jobs ADD COLUMN queued_at timestamptz NOT NULL DEFAULT now();
UPDATE jobs SET queued_at = created_at WHERE status = 'queued';
