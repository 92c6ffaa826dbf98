-- A clip that is made by hand is a row that points at the talk, and a version of a clip is a clip.

-- Talks: each is there once, for all jobs that make something of it, with what people say of its words
-- and voices. A talk that its plan kept no longer is null; its corrections stay for the texts of clips.

ALTER TABLE talks
    DROP CONSTRAINT talks_pkey,
    DROP CONSTRAINT talks_job_id_fkey,
    ALTER COLUMN talk DROP NOT NULL,
    ADD COLUMN talk_id text,
    ADD COLUMN account_id text REFERENCES accounts ON DELETE CASCADE,
    ADD COLUMN language text,
    -- What was said where something else was heard: [{heard, text, start_seconds}], in the order in
    -- which they are applied, by whoever reads the talk.
    ADD COLUMN corrections jsonb NOT NULL DEFAULT '[]',
    -- Names that callers give to its speakers, by label. The talk stays as it was recognized.
    ADD COLUMN speaker_names jsonb NOT NULL DEFAULT '{}';
INSERT INTO talks (job_id)
SELECT job_id FROM jobs j
WHERE corrections <> '[]' AND NOT EXISTS (SELECT FROM talks t WHERE t.job_id = j.job_id);
UPDATE talks t
SET talk_id = j.job_id, account_id = j.account_id, language = j.language, corrections = j.corrections,
    speaker_names = j.speaker_names
FROM jobs j WHERE j.job_id = t.job_id;
ALTER TABLE talks
    ADD PRIMARY KEY (talk_id),
    ALTER COLUMN account_id SET NOT NULL;
COMMENT ON COLUMN talks.job_id IS 'the job that heard it, which may be gone';
CREATE INDEX talks_by_account ON talks (account_id);

ALTER TABLE jobs
    ADD COLUMN talk_id text REFERENCES talks,
    -- pipeline.editing.clip_edit.ClipEdit, applied in this order to the corrected talk.
    ADD COLUMN edits jsonb NOT NULL DEFAULT '[]',
    -- Of a render: the job whose results have the clip, and its place there.
    ADD COLUMN home_job_id text,
    ADD COLUMN home_ordinal integer;
UPDATE jobs j SET talk_id = t.talk_id FROM talks t WHERE t.job_id = j.job_id;
CREATE INDEX jobs_by_talk ON jobs (talk_id) WHERE talk_id IS NOT NULL;

-- A talk goes with the last job that was made of it. Locked first: a job that is made of it this moment
-- holds it.
CREATE FUNCTION delete_unread_talk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM talks WHERE talk_id = OLD.talk_id FOR UPDATE;
    DELETE FROM talks t
    WHERE t.talk_id = OLD.talk_id AND NOT EXISTS (SELECT FROM jobs j WHERE j.talk_id = t.talk_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER talk_read AFTER DELETE OR UPDATE OF talk_id ON jobs
FOR EACH ROW EXECUTE FUNCTION delete_unread_talk();

-- Clips: the versions of one have the same home, and the one chosen last is meant by lists.

ALTER TABLE clips
    ADD COLUMN home_job_id text,        -- the job in whose results it stands; it may be gone
    ADD COLUMN home_ordinal integer,    -- its place there
    ADD COLUMN chosen_at timestamptz,   -- when it was asked for, or restored
    ADD COLUMN corrected_by jsonb NOT NULL DEFAULT '[]';  -- corrections that it has already
UPDATE clips SET home_job_id = job_id, home_ordinal = ordinal, chosen_at = created_at;
WITH RECURSIVE versions AS (
    SELECT c.clip_id, c.job_id AS home_job_id, c.ordinal AS home_ordinal
    FROM clips c JOIN jobs j USING (job_id) WHERE j.rerender_of IS NULL
    UNION ALL
    SELECT c.clip_id, v.home_job_id, v.home_ordinal
    FROM versions v JOIN jobs j ON j.rerender_of = v.clip_id JOIN clips c ON c.job_id = j.job_id
)
UPDATE clips c SET home_job_id = v.home_job_id, home_ordinal = v.home_ordinal
FROM versions v WHERE v.clip_id = c.clip_id;
UPDATE jobs j SET home_job_id = c.home_job_id, home_ordinal = c.home_ordinal
FROM clips c WHERE c.clip_id = j.rerender_of;
ALTER TABLE clips
    ALTER COLUMN home_job_id SET NOT NULL,
    ALTER COLUMN home_ordinal SET NOT NULL,
    ALTER COLUMN chosen_at SET NOT NULL;
CREATE INDEX clips_by_home ON clips (home_job_id, home_ordinal, chosen_at DESC);

CREATE FUNCTION is_current(c clips) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM clips n
        WHERE n.home_job_id = c.home_job_id AND n.home_ordinal = c.home_ordinal
          AND n.expires_at > now() AND (n.chosen_at, n.clip_id) > (c.chosen_at, c.clip_id))
$$;

-- Whether a clip is among the results of a job: the newest version of each of its own clips, and what
-- a render has made, whatever was made after it.
CREATE FUNCTION is_result(c clips, of_job text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.expires_at > now() AND (
        (c.home_job_id = of_job AND is_current(c))
        OR (c.job_id = of_job AND c.home_job_id <> of_job))
$$;

-- What a clip's texts are corrected by since it was rendered, as JSON; null where nothing has changed.
DROP FUNCTION corrections_of(text);
CREATE FUNCTION corrections_of(c clips) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'corrections', (
            SELECT coalesce(jsonb_agg(given ORDER BY place), '[]')
            FROM jsonb_array_elements(t.corrections) WITH ORDINALITY AS e (given, place)
            WHERE given NOT IN (SELECT jsonb_array_elements(c.corrected_by))),
        'language', coalesce(t.language, ''),
        'masks', j.options ->> 'profanity' IS NOT DISTINCT FROM 'mask')::text
    FROM jobs j JOIN talks t USING (talk_id)
    WHERE j.job_id = c.job_id AND t.corrections <> c.corrected_by
$$;

-- What a clip says since it was corrected is found, too.
CREATE OR REPLACE FUNCTION is_listed(
    c clips, of_job text, created_from timestamptz, created_until timestamptz,
    score integer, moment text, style text, words text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.expires_at > now() AND is_current(c) AND c.virality_score >= score
        AND (of_job IS NULL OR of_job IN (c.job_id, c.home_job_id))
        AND (created_from IS NULL OR c.created_at >= created_from)
        AND (created_until IS NULL OR c.created_at < created_until)
        AND (moment IS NULL OR c.kind = moment)
        AND (style IS NULL OR c.caption_style = style)
        AND (words IS NULL
            OR strpos(lower(concat_ws(' ', c.title, c.transcript)), lower(words)) > 0
            OR EXISTS (
                SELECT FROM jobs j JOIN talks t USING (talk_id), jsonb_array_elements(t.corrections) made
                WHERE j.job_id = c.job_id AND strpos(lower(made ->> 'text'), lower(words)) > 0
                  AND strpos(lower(concat_ws(' ', c.title, c.transcript)), lower(made ->> 'heard')) > 0))
$$;

-- Texts: each writing is a version, and the one chosen last is meant.

ALTER TABLE texts
    DROP CONSTRAINT texts_pkey,
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN chosen_at timestamptz NOT NULL DEFAULT clock_timestamp();  -- written, or restored
ALTER TABLE texts ADD PRIMARY KEY (job_id, kind, version);

CREATE FUNCTION is_current(t texts) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM texts n
        WHERE n.job_id = t.job_id AND n.kind = t.kind
          AND (n.chosen_at, n.version) > (t.chosen_at, t.version))
$$;

-- Uploads: with a bucket, every server that shares it can have them.

ALTER TABLE uploads
    ADD COLUMN stored_at timestamptz;   -- when its file was in the bucket; null: one server has it
ALTER TABLE partial_uploads
    ADD COLUMN pieces jsonb NOT NULL DEFAULT '[]';  -- [{name, size_bytes}] in the bucket, in order

ALTER TABLE jobs DROP COLUMN corrections, DROP COLUMN speaker_names;
COMMENT ON COLUMN jobs.corrected_by IS 'corrections that the talk has as this start has read it';
