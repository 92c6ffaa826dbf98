-- name: set_talk_source
-- Of a job that makes the clip $2 again, from the same file.
UPDATE talks
SET source_sha256 =
    (SELECT t.source_sha256 FROM clips c JOIN talks t USING (job_id) WHERE c.clip_id = $2)
WHERE job_id = $1;

-- name: source_of_clip
-- What a clip's job worked on; upload_is_gone where that cannot be had any more.
SELECT j.video_url, j.options::text, j.duration_s, j.source::text, j.speaker_names::text,
    t.talk::text,
    j.video_url LIKE 'upload://%' AND NOT EXISTS (
        SELECT 1 FROM uploads u
        WHERE u.account_id = j.account_id AND 'upload://' || u.upload_id = j.video_url
          AND u.expires_at > now()) AS upload_is_gone
FROM clips c
JOIN jobs j USING (job_id)
JOIN talks t USING (job_id)
WHERE c.clip_id = $1 AND c.account_id = $2 AND c.expires_at > now();
