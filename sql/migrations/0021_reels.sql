-- A job may join moments of another one's talk to a highlight reel.
ALTER TABLE jobs ADD COLUMN reel_of text;  -- job_id whose moments are joined
