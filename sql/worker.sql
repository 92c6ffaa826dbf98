-- Every write below names the lease's owner, or follows lock_job, which does: a worker that lost its
-- lease changes nothing.

-- name: notify
SELECT pg_notify('klipfast_jobs', $1);

-- name: lock_claims
-- Counting an account's running jobs and starting one more must not interleave.
SELECT pg_advisory_xact_lock(4711002);

-- name: claim_job
-- An abandoned job before a new one. One whose server died may have killed it, so it starts only where
-- nothing else runs ($4), and nothing new starts while it waits. New jobs start in fair turns: the
-- account of the lowest turn first (of several, the one that has waited longest), its most urgent and
-- then its oldest job first, never more at once than its plan allows. Edits, which make a clip of a talk
-- that was heard, are counted by themselves; where there is room for them alone ($6) nothing else
-- starts. Nothing starts while the server is draining, and no upload but those that lie here ($5; null:
-- all do).
UPDATE jobs
SET status = 'processing',
    lease_owner = $1,
    lease_until = now() + make_interval(secs => $2),
    attempts = attempts + 1,
    done = 0,
    started_at = coalesce(started_at, now())
WHERE job_id = (
    SELECT j.job_id
    FROM jobs j JOIN accounts a USING (account_id)
    WHERE NOT EXISTS (SELECT FROM draining)
      AND ($5::text[] IS NULL OR j.video_url NOT LIKE 'upload://%' OR j.rewrite_of IS NOT NULL
           OR j.video_url = ANY ($5))
      AND (NOT $6 OR coalesce(j.rerender_of, j.span_of, j.reel_of) IS NOT NULL)
      AND ((j.status = 'processing' AND j.lease_until < now() AND j.attempts < $3
            AND ($4 OR j.attempts = 0))
       OR (j.status = 'queued' AND j.paused_at IS NULL
            AND j.parallel_jobs > (
                SELECT count(*) FROM jobs p
                WHERE p.account_id = j.account_id AND p.status = 'processing'
                  AND (coalesce(p.rerender_of, p.span_of, p.reel_of) IS NULL)
                    = (coalesce(j.rerender_of, j.span_of, j.reel_of) IS NULL))
            AND NOT EXISTS (
                SELECT FROM jobs d
                WHERE d.status = 'processing' AND d.lease_until < now()
                  AND d.attempts BETWEEN 1 AND $3 - 1
                  AND ($5 IS NULL OR d.video_url NOT LIKE 'upload://%'
                       OR d.rewrite_of IS NOT NULL OR d.video_url = ANY ($5)))))
    ORDER BY j.status DESC, (j.status = 'queued')::integer * a.turn,
        CASE j.status WHEN 'queued' THEN (
            SELECT min(q.created_at) FROM jobs q
            WHERE q.account_id = j.account_id AND q.status = 'queued' AND q.paused_at IS NULL) END,
        j.account_id, (j.status = 'queued')::integer * j.priority DESC, j.created_at, j.job_id
    LIMIT 1
    FOR UPDATE OF j SKIP LOCKED
)
RETURNING job_id, account_id, video_url, options::text, attempts, lease_owner, rerender_of, rewrite_of,
    span_of, reel_of, edits::text, keep_source, kept_source, file_name,
    CASE WHEN started_at = now() THEN extract(epoch FROM now() - queued_at)::double precision END
    AS waited_s,
    (SELECT plan FROM accounts a WHERE a.account_id = jobs.account_id) AS plan;

-- name: uploads_of_jobs
-- What unfinished jobs are made from, whether it has not expired, and whether the bucket has it.
SELECT DISTINCT j.video_url, coalesce(u.expires_at > now(), false) AS is_kept,
    u.stored_at IS NOT NULL AS is_stored
FROM jobs j LEFT JOIN uploads u ON u.upload_id = substr(j.video_url, length('upload://') + 1)
WHERE j.status IN ('queued', 'processing') AND j.video_url LIKE 'upload://%' AND j.rewrite_of IS NULL;

-- name: take_turn
-- Start-time fair queuing: each start moves the account's turn by the inverse of its weight.
UPDATE accounts SET turn = turn + 1 / $2::double precision WHERE account_id = $1;

-- name: bury_exhausted
UPDATE jobs
SET status = 'failed', finished_at = now(), stage = NULL, lease_owner = NULL, lease_until = NULL,
    error_code = 'server_error', error_message = $2
WHERE status = 'processing' AND lease_until < now() AND attempts >= $1
RETURNING job_id, account_id;

-- name: set_progress
UPDATE jobs
SET stage = $3, progress = greatest(progress, $4), done = $4,
    lease_until = now() + make_interval(secs => $5)
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING job_id;

-- name: set_source
UPDATE jobs SET source = $3::jsonb, duration_s = $4, fetched_s = $5, unheard_s = NULL,
    title = coalesce(title, nullif($6, ''))
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING job_id;

-- name: count_only
UPDATE jobs SET duration_s = least(duration_s, $3), unheard_s = $4
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING job_id;

-- name: set_heard
-- There are no clips yet where a talk is new: its source is another one, with other voices and words.
UPDATE jobs SET language = $3, clip_s = $4, clip_total = $5, listened_s = $6, encoded_s = 0,
    coverage = $7::jsonb, talk_id = $8, corrected_by = '[]', uncompared = $9
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING job_id;

-- name: put_talk
INSERT INTO talks (talk_id, job_id, account_id, talk, language, source_sha256)
SELECT $3, job_id, account_id, $4::jsonb, $5, $6 FROM jobs
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing';

-- name: put_edits
-- After lock_job, which proves the lease.
UPDATE jobs SET edits = $2::jsonb WHERE job_id = $1;

-- name: talk_source
SELECT source_sha256 FROM jobs JOIN talks USING (talk_id) WHERE jobs.job_id = $1;

-- name: get_talk
SELECT t.talk::text, t.speaker_names::text, t.corrections::text, j.edits::text,
    j.options ->> 'profanity' IS NOT DISTINCT FROM 'mask' AS masks
FROM jobs j JOIN talks t USING (talk_id)
WHERE j.job_id = $1 AND j.transcript_removed_at IS NULL AND t.talk IS NOT NULL;

-- name: read_talk
-- For the clips of this start, which have the corrections that there are now.
UPDATE jobs j SET corrected_by = coalesce(t.corrections, '[]')
FROM jobs o LEFT JOIN talks t USING (talk_id)
WHERE o.job_id = j.job_id AND j.job_id = $1 AND j.lease_owner = $2 AND j.status = 'processing'
RETURNING t.talk::text, t.speaker_names::text, t.corrections::text, j.edits::text,
    j.options ->> 'profanity' IS NOT DISTINCT FROM 'mask' AS masks;

-- name: put_heard
INSERT INTO heard (job_id, first, part)
SELECT job_id, $3, $4::jsonb FROM jobs
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
ON CONFLICT (job_id, first) DO UPDATE SET part = excluded.part
RETURNING job_id;

-- name: get_heard
SELECT part::text FROM heard WHERE job_id = $1 ORDER BY first;

-- name: delete_heard
-- After lock_job, which proves the lease.
DELETE FROM heard WHERE job_id = $1;

-- name: lock_job
SELECT job_id FROM jobs
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
FOR UPDATE;

-- name: clip_ordinals
SELECT ordinal FROM clips WHERE job_id = $1;

-- name: failed_clips
SELECT failed_clips FROM jobs WHERE job_id = $1;

-- name: note_failed_clip
-- No row where that was noted before.
UPDATE jobs SET failed_clips = failed_clips || $2::smallint
WHERE job_id = $1 AND NOT $2 = ANY (failed_clips)
RETURNING job_id;

-- name: forget_failed_clips
UPDATE jobs SET failed_clips = '{}' WHERE job_id = $1;

-- name: add_clip
-- $4: the columns by name, as a JSON object. $5: days; 0: until it is deleted, by the last year that all
-- callers can read. Of versions of a clip, the one asked for last is meant.
INSERT INTO clips (
    clip_id, job_id, account_id, expires_at,
    ordinal, title, virality_score, duration_s, width, height, caption_style, start_s, end_s, score, reason,
    transcript, description, hashtags, title_variants, confidence, kind, file_key, thumbnail_key,
    more_thumbnail_keys, clean_key, size_bytes, kept, captions, lead_in_s, home_job_id, home_ordinal,
    chosen_at, corrected_by
)
SELECT $3, jobs.job_id, jobs.account_id, 
    CASE WHEN $5 = 0 THEN '9999-01-01Z' ELSE now() + make_interval(days => $5) END,
    c.ordinal, c.title, c.virality_score, c.duration_s, c.width, c.height, c.caption_style,
    c.start_s, c.end_s, c.score, c.reason, c.transcript, c.description, c.hashtags,
    c.title_variants, c.confidence, c.kind, c.file_key, c.thumbnail_key, c.more_thumbnail_keys,
    c.clean_key, c.size_bytes, c.kept, c.captions, c.lead_in_s,
    coalesce(jobs.home_job_id, jobs.job_id), coalesce(jobs.home_ordinal, c.ordinal), jobs.created_at,
    jobs.corrected_by
FROM jobs, jsonb_populate_record(NULL::clips, $4::jsonb) AS c
WHERE jobs.job_id = $1 AND lease_owner = $2 AND status = 'processing'
FOR SHARE OF jobs
ON CONFLICT (job_id, ordinal) DO NOTHING
RETURNING clip_id;

-- name: add_clip_shots
INSERT INTO clip_shots (clip_id, shots) VALUES ($1, $2);

-- name: add_encoded
UPDATE jobs SET encoded_s = encoded_s + $3
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING job_id;

-- name: finish_job
UPDATE jobs
SET status = 'completed', finished_at = now(), stage = NULL, progress = 1,
    listened_s = listened_s + $3, lease_owner = NULL, lease_until = NULL,
    clips_lost = greatest(0, coalesce(clip_total, 0) - (
        SELECT count(*) FROM clips c WHERE c.job_id = jobs.job_id))
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING duration_s;

-- name: fail_job
UPDATE jobs
SET status = 'failed', finished_at = now(), stage = NULL, lease_owner = NULL, lease_until = NULL,
    error_code = $3, error_message = $4, error_reason = $5
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING job_id;

-- name: is_held
SELECT EXISTS (
    SELECT FROM jobs
    WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
      AND lease_until > now());

-- name: release_job
-- Who stops hands the job on at once; that start does not count as a failed attempt. Without an owner
-- it is not released a second time.
UPDATE jobs SET lease_until = now() - interval '1 second', attempts = attempts - 1, lease_owner = NULL
WHERE job_id = $1 AND lease_owner = $2 AND status = 'processing'
RETURNING job_id;

-- name: job_status
SELECT status::text FROM jobs WHERE job_id = $1;

-- name: live_jobs
-- Jobs whose work folder may be in use.
SELECT job_id FROM jobs WHERE status = 'processing' AND lease_until >= now();
