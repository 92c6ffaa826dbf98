-- What an account said last of a clip, in any of its versions: a clip that is rendered again stays kept.
CREATE OR REPLACE FUNCTION verdict_of(c clips) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT f.verdict FROM clips v JOIN feedback f ON f.clip_id = v.clip_id
    WHERE v.home_job_id = c.home_job_id AND v.home_ordinal = c.home_ordinal
    ORDER BY f.updated_at DESC LIMIT 1
$$;
