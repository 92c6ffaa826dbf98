-- What a person says was said where something else was heard: [{"heard", "text", "start_seconds"}],
-- in the order in which they are applied. The talk stays as it was recognized; whoever reads it
-- applies them.
ALTER TABLE jobs ADD COLUMN corrections jsonb NOT NULL DEFAULT '[]';

-- Of a job that makes a clip of a talk that another has heard: those that its words have already.
ALTER TABLE jobs ADD COLUMN corrected_by jsonb NOT NULL DEFAULT '[]';
CREATE INDEX jobs_rerender_of ON jobs (rerender_of) WHERE rerender_of IS NOT NULL;

-- What a clip's texts are corrected by, as JSON; null where there is nothing to correct.
CREATE FUNCTION corrections_of(of_job text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'corrections', corrections, 'language', coalesce(language, ''),
        'masks', options ->> 'profanity' IS NOT DISTINCT FROM 'mask')::text
    FROM jobs WHERE job_id = of_job AND corrections <> '[]'
$$;

-- As in 0017; what a clip says since it was corrected is found, too.
CREATE OR REPLACE FUNCTION is_listed(
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
            OR strpos(lower(concat_ws(' ', c.title, c.transcript)), lower(words)) > 0
            OR EXISTS (
                SELECT FROM jobs j, jsonb_array_elements(j.corrections) made
                WHERE j.job_id = c.job_id AND strpos(lower(made ->> 'text'), lower(words)) > 0
                  AND strpos(lower(concat_ws(' ', c.title, c.transcript)), lower(made ->> 'heard')) > 0))
$$;
