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
