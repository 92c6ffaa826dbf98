-- The words of a talk that several jobs share, and the clips of one job.

-- A talk goes with the last job that was made of it, and its words, with the names of its speakers, with
-- the last that still has a transcript; its corrections stay for the texts of clips. Locked first: a job
-- that is made of it this moment holds it, and who else lets go of it waits.
CREATE OR REPLACE FUNCTION delete_unread_talk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM talks WHERE talk_id = OLD.talk_id FOR UPDATE;
    DELETE FROM talks t
    WHERE t.talk_id = OLD.talk_id AND NOT EXISTS (SELECT FROM jobs j WHERE j.talk_id = t.talk_id);
    UPDATE talks t SET talk = NULL, speaker_names = '{}'
    WHERE t.talk_id = OLD.talk_id AND t.talk IS NOT NULL AND NOT EXISTS (
        SELECT FROM jobs j WHERE j.talk_id = t.talk_id AND j.transcript_removed_at IS NULL);
    RETURN NULL;
END
$$;
DROP TRIGGER talk_read ON jobs;
CREATE TRIGGER talk_read AFTER DELETE OR UPDATE OF talk_id, transcript_removed_at ON jobs
FOR EACH ROW WHEN (OLD.talk_id IS NOT NULL) EXECUTE FUNCTION delete_unread_talk();

-- Of one job, its results. What a clip says since it was corrected is found, too.
CREATE OR REPLACE FUNCTION is_listed(
    c clips, of_job text, created_from timestamptz, created_until timestamptz,
    score integer, moment text, style text, words text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.expires_at > now() AND c.virality_score >= score
        AND CASE WHEN of_job IS NULL THEN is_current(c) ELSE is_result(c, of_job) END
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
