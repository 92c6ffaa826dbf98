-- What a job says of itself, its place among its account's jobs, and the source that it keeps.

ALTER TABLE jobs ADD COLUMN title text;                             -- given by the caller
ALTER TABLE jobs ADD COLUMN file_name text NOT NULL DEFAULT '';     -- of the source, for people and editors
ALTER TABLE jobs ADD COLUMN batch_id text;                          -- submitted together
ALTER TABLE jobs ADD COLUMN priority smallint NOT NULL DEFAULT 0;   -- among the account's jobs, higher first
ALTER TABLE jobs ADD COLUMN paused_at timestamptz;                  -- queued, but not to be started
ALTER TABLE jobs ADD COLUMN keep_source boolean NOT NULL DEFAULT true;
ALTER TABLE jobs ADD COLUMN kept_source text;                       -- upload_id; the file may be gone
ALTER TABLE jobs ADD COLUMN span_of text;                           -- job_id whose source a clip was asked of
ALTER TABLE jobs ADD COLUMN clips_lost integer NOT NULL DEFAULT 0;   -- that could not be rendered
CREATE INDEX jobs_by_batch ON jobs (account_id, batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX jobs_by_kept_source ON jobs (kept_source) WHERE kept_source IS NOT NULL;

-- Kept for the clips that are made from it, and given up where its account needs the room.
-- own_until: when it would have expired otherwise; null: nothing is made from it that still exists.
ALTER TABLE uploads ADD COLUMN own_until timestamptz;
ALTER TABLE jobs ADD COLUMN source_unkept boolean NOT NULL DEFAULT false;  -- there was no room for it

UPDATE jobs j SET file_name = u.file_name
FROM uploads u WHERE j.video_url = 'upload://' || u.upload_id AND u.account_id = j.account_id;

CREATE INDEX clips_by_time ON clips (account_id, created_at DESC, clip_id DESC);
DROP INDEX clips_by_account;

-- The filters of the lists; null filters nothing.
CREATE FUNCTION is_listed(
    j jobs, wanted text, created_from timestamptz, created_until timestamptz,
    metadata_key text, metadata_value text, batch text, words text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (wanted IS NULL OR j.status::text = wanted)
        AND (created_from IS NULL OR j.created_at >= created_from)
        AND (created_until IS NULL OR j.created_at < created_until)
        AND (metadata_key IS NULL OR CASE
            WHEN metadata_value IS NULL THEN j.metadata ? metadata_key
            ELSE j.metadata ->> metadata_key = metadata_value END)
        AND (batch IS NULL OR j.batch_id = batch)
        AND (words IS NULL
            OR strpos(lower(concat_ws(' ', j.title, j.file_name, j.video_url)), lower(words)) > 0)
$$;

CREATE FUNCTION is_listed(
    c clips, of_job text, created_from timestamptz, created_until timestamptz,
    score integer, moment text, style text, words text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.expires_at > now() AND c.virality_score >= score
        AND (of_job IS NULL OR c.job_id = of_job)
        AND (created_from IS NULL OR c.created_at >= created_from)
        AND (created_until IS NULL OR c.created_at < created_until)
        AND (moment IS NULL OR c.kind = moment)
        AND (style IS NULL OR c.caption_style = style)
        AND (words IS NULL
            OR strpos(lower(concat_ws(' ', c.title, c.transcript)), lower(words)) > 0)
$$;
