-- name: source_of_job
-- What a job worked on; is_gone where that cannot be had any more.
SELECT j.job_id, j.video_url, j.options::text, j.duration_s, j.source::text, j.talk_id, j.edits::text,
    t.corrections::text, j.title, j.file_name, j.keep_source, j.priority,
    CASE WHEN j.transcript_removed_at IS NULL THEN t.talk::text END AS talk,
    (SELECT u.upload_id FROM uploads u WHERE u.upload_id = j.kept_source AND u.expires_at > now())
    AS kept_source,
    j.video_url LIKE 'upload://%' AND NOT EXISTS (
        SELECT 1 FROM uploads u
        WHERE u.account_id = j.account_id AND 'upload://' || u.upload_id = j.video_url
          AND u.expires_at > now()) AS is_gone
FROM jobs j
LEFT JOIN talks t USING (talk_id)
WHERE j.job_id = $1 AND j.account_id = $2;

-- name: clip_shots
-- What was seen in a clip. Of which account it is was asked before.
SELECT shots FROM clip_shots WHERE clip_id = $1;
