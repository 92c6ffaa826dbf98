-- What a job really cost, so that the next ones can be told how long they take; why one failed.

ALTER TABLE jobs ADD COLUMN error_reason text;                      -- pipeline.errors, .reason
ALTER TABLE jobs ADD COLUMN clip_s double precision;                -- of all its clips, once heard
ALTER TABLE jobs ADD COLUMN clip_total integer;                     -- how many these are
ALTER TABLE jobs ADD COLUMN done double precision NOT NULL DEFAULT 0;  -- progress of the present start
-- Working seconds, waiting for a turn not counted.
ALTER TABLE jobs ADD COLUMN fetched_s double precision;
ALTER TABLE jobs ADD COLUMN listened_s double precision;
ALTER TABLE jobs ADD COLUMN encoded_s double precision NOT NULL DEFAULT 0;  -- of the clips that are there
-- An estimate is made of these and the queue as they are when it is asked for.
ALTER TABLE jobs DROP COLUMN work_s;

UPDATE jobs
SET (clip_s, clip_total) = (
    SELECT sum((h ->> 'end_s')::double precision - (h ->> 'start_s')::double precision),
        nullif(count(*), 0)
    FROM talks t, jsonb_array_elements(t.talk -> 'highlights') h
    WHERE t.job_id = jobs.job_id)
WHERE status <> 'completed';
