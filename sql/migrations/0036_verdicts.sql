-- What the account has said of a clip, so that it comes with the clip.
CREATE FUNCTION verdict_of(c clips) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT verdict FROM feedback WHERE clip_id = c.clip_id
$$;
