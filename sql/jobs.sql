-- name: insert_job
-- $5: the other columns by name, as a JSON object.
INSERT INTO jobs (
    job_id, account_id, same_work, parallel_jobs, video_url, options, clip_s, clip_total, duration_s,
    source, metadata, webhook_url, rerender_of, base_url, rewrite_of, title, file_name, batch_id,
    priority, keep_source, kept_source, span_of, reel_of, talk_id, edits, home_job_id, home_ordinal
)
SELECT $1, $2, $3, $4, j.video_url, j.options, j.clip_s, j.clip_total, j.duration_s,
    j.source, j.metadata, j.webhook_url, j.rerender_of, j.base_url, j.rewrite_of, j.title,
    j.file_name, j.batch_id, j.priority, j.keep_source, j.kept_source, j.span_of, j.reel_of, j.talk_id,
    j.edits, j.home_job_id, j.home_ordinal
FROM jsonb_populate_record(NULL::jobs, $5::jsonb) AS j
RETURNING created_at;

-- name: enter_queue
-- An account that had nothing to do begins at the turn of the others: it saves up no turns.
UPDATE accounts a
SET turn = greatest(turn, (
    SELECT coalesce(min(o.turn), 0) FROM accounts o
    WHERE o.account_id <> a.account_id AND EXISTS (
        SELECT FROM jobs j
        WHERE j.account_id = o.account_id AND j.status IN ('queued', 'processing'))))
WHERE account_id = $1 AND NOT EXISTS (
    SELECT FROM jobs j WHERE j.account_id = $1 AND j.status IN ('queued', 'processing'));

-- name: same_job
SELECT job_id, rewrite_of FROM jobs
WHERE account_id = $1 AND same_work = $2 AND status IN ('queued', 'processing');

-- name: queue_length
SELECT count(*) AS total,
    count(*) FILTER (WHERE account_id = $1) AS own,
    count(DISTINCT account_id) FILTER (WHERE account_id <> $1) AS others
FROM jobs WHERE status = 'queued';

-- name: queue
-- What an estimate needs, in one answer. unfinished: as they are claimed, with what tells how much of
-- each is left to do. measured: what the last jobs that ran through cost; where one was started
-- again, the parts add up. An aggregate takes its rows in the order of the query below it.
SELECT
    (SELECT coalesce(json_agg(u), '[]') FROM (
        SELECT job_id, account_id, parallel_jobs, a.plan, a.turn,
            status = 'processing' AS is_running, video_url NOT LIKE 'upload://%' AS is_fetched,
            duration_s, (source ->> 'duration_seconds')::double precision AS source_s,
            (options ->> 'clip_count')::integer AS clip_count, clip_s, clip_total,
            (SELECT coalesce(sum(end_s - start_s), 0) FROM clips c WHERE c.job_id = jobs.job_id)
            AS made_s,
            done, progress, rewrite_of IS NOT NULL AS only_writes,
            coalesce(rerender_of, span_of, reel_of) IS NOT NULL AS is_edit
        FROM jobs JOIN accounts a USING (account_id)
        WHERE status = 'processing' OR (status = 'queued' AND paused_at IS NULL)
        ORDER BY status DESC,
            CASE status WHEN 'queued' THEN (
                SELECT min(q.created_at) FROM jobs q
                WHERE q.account_id = jobs.account_id AND q.status = 'queued'
                  AND q.paused_at IS NULL) END,
            account_id, priority DESC, jobs.created_at, job_id
    ) u)::text AS unfinished,
    (SELECT coalesce(json_agg(m), '[]') FROM (
        SELECT duration_s, (options ->> 'clip_count')::integer AS clip_count, clip_s, clip_total,
            fetched_s, (source ->> 'duration_seconds')::double precision AS source_s, listened_s,
            encoded_s
        FROM jobs
        WHERE status = 'completed' AND rerender_of IS NULL AND span_of IS NULL AND reel_of IS NULL
          AND duration_s > 0 AND clip_s > 0 AND source IS NOT NULL AND listened_s IS NOT NULL
        ORDER BY finished_at DESC
        LIMIT 10
    ) m)::text AS measured;

-- name: get_job
SELECT job_id, account_id, status::text, video_url, options::text, created_at, started_at,
    finished_at, stage, progress, source::text, language, error_code, error_message,
    error_reason, metadata::text, rerender_of, rewrite_of, unheard_s, coverage::text,
    title, file_name, batch_id, priority, paused_at, deletes_at, clip_total, span_of, reel_of, source_unkept,
    clips_lost, uncompared, transcript_removed_at, texts_removed_at,
    (SELECT u.expires_at FROM uploads u WHERE u.upload_id = jobs.kept_source AND u.expires_at > now())
    AS source_expires_at, kept_source,
    written.texts, written.withheld
FROM jobs, LATERAL (
    SELECT jsonb_object_agg(t.kind, t.text)::text AS texts,
        jsonb_object_agg(t.kind, t.reason) FILTER (WHERE t.text = '' AND t.reason <> '')::text AS withheld
    FROM texts t
    WHERE is_current(t) AND (t.job_id = jobs.job_id
        OR (t.job_id = jobs.rewrite_of AND jobs.status = 'completed'
            AND jobs.options -> 'text_outputs' ? t.kind))
) written
WHERE job_id = $1 AND account_id = $2;

-- name: known_jobs
SELECT job_id FROM jobs WHERE job_id = ANY ($1::text[]);

-- name: cancel_job
-- Its clips go, and with them what they cost.
UPDATE jobs
SET status = 'canceled', finished_at = now(), stage = NULL, lease_owner = NULL, lease_until = NULL,
    encoded_s = 0
WHERE job_id = $1 AND account_id = $2 AND status IN ('queued', 'processing')
RETURNING job_id;

-- name: pause_job
-- It goes on where it was: what it has heard and rendered stays.
UPDATE jobs
SET status = 'queued', paused_at = now(), attempts = 0, stage = NULL, lease_owner = NULL,
    lease_until = NULL
WHERE job_id = $1 AND account_id = $2 AND status IN ('queued', 'processing') AND paused_at IS NULL
RETURNING job_id;

-- name: resume_job
UPDATE jobs SET paused_at = NULL, queued_at = now()
WHERE job_id = $1 AND account_id = $2 AND status = 'queued' AND paused_at IS NOT NULL
RETURNING created_at, pg_notify('klipfast_jobs', 'queued');

-- name: job_clips
-- Each in its newest version.
SELECT c.*, corrections_of(c) AS corrections, verdict_of(c) AS verdict FROM clips c
WHERE account_id = $2 AND is_result(c, $1)
ORDER BY home_ordinal;

-- name: get_clip
SELECT c.*, corrections_of(c) AS corrections, verdict_of(c) AS verdict FROM clips c
WHERE clip_id = $1 AND account_id = $2 AND expires_at > now();

-- name: clip_versions
-- All of the clip of which $1 is one, the newest first.
SELECT c.*, corrections_of(c) AS corrections, verdict_of(c) AS verdict
FROM clips v JOIN clips c USING (home_job_id, home_ordinal)
WHERE v.clip_id = $1 AND v.account_id = $2 AND c.expires_at > now()
ORDER BY c.chosen_at DESC, c.clip_id DESC;

-- name: restore_clip
-- After it no version is newer.
UPDATE clips c SET chosen_at = clock_timestamp()
WHERE clip_id = $1 AND account_id = $2 AND expires_at > now()
RETURNING c.*, corrections_of(c) AS corrections, verdict_of(c) AS verdict;

-- name: current_clips
-- Which version lists mean, for each of these clips.
SELECT v.clip_id, c.clip_id AS current
FROM clips v JOIN clips c USING (home_job_id, home_ordinal)
WHERE v.clip_id = ANY ($1::text[]) AND c.expires_at > now() AND is_current(c);

-- name: expired_clips
-- A hundred after that place. layer_key: a file that earlier versions wrote.
SELECT clip_id, account_id, size_bytes, file_key, thumbnail_key, clean_key, layer_key,
    more_thumbnail_keys, expires_at
FROM clips
WHERE expires_at <= now() AND (expires_at, clip_id) > ($1, $2)
ORDER BY expires_at, clip_id
LIMIT 100;

-- name: delete_clip
DELETE FROM clips WHERE clip_id = $1 RETURNING clip_id;

-- name: delete_job_clips
DELETE FROM clips WHERE job_id = $1;

-- name: lock_own_job
SELECT status::text, same_work, duration_s, rerender_of, rewrite_of, span_of, reel_of,
    coalesce(transcript_removed_at, (
        SELECT w.transcript_removed_at FROM jobs w WHERE w.job_id = jobs.rewrite_of))
    AS transcript_removed_at,
    video_url LIKE 'upload://%' AND NOT EXISTS (
        SELECT 1 FROM uploads u
        WHERE u.account_id = jobs.account_id AND 'upload://' || u.upload_id = jobs.video_url
          AND u.expires_at > now()) AS upload_is_gone
FROM jobs
WHERE job_id = $1 AND account_id = $2
FOR UPDATE;

-- name: retry_job
-- Progress never falls within a run, so a new run begins at 0; the place in lists stays.
UPDATE jobs
SET status = 'queued', attempts = 0, parallel_jobs = $2, progress = 0, done = 0, stage = NULL,
    failed_clips = '{}', queued_at = now(), started_at = NULL, finished_at = NULL, error_code = NULL, error_message = NULL,
    error_reason = NULL, paused_at = NULL, deletes_at = NULL, transcript_removed_at = NULL, texts_removed_at = NULL
WHERE job_id = $1
RETURNING created_at;

-- name: name_speakers
-- Names the speakers of an ended job's talk; null removes a name.
UPDATE talks t SET speaker_names = jsonb_strip_nulls(t.speaker_names || $3::jsonb)
FROM jobs j
WHERE j.job_id = $1 AND j.account_id = $2 AND j.status NOT IN ('queued', 'processing')
  AND t.talk_id = j.talk_id
RETURNING t.speaker_names::text;

-- name: set_corrections
-- Replaces the corrections of an ended job's talk, unless another call has changed them ($4).
UPDATE talks t SET corrections = $3::jsonb
FROM jobs j
WHERE j.job_id = $1 AND j.account_id = $2 AND j.status NOT IN ('queued', 'processing')
  AND t.talk_id = j.talk_id AND t.corrections = $4::jsonb
RETURNING t.talk_id;

-- name: edits_of_clips
-- What the jobs of these clips have changed of their talk, and whether a clip is being rendered again.
SELECT c.clip_id, j.edits::text, EXISTS (
        SELECT FROM jobs r
        WHERE r.home_job_id = c.home_job_id AND r.home_ordinal = c.home_ordinal
          AND r.account_id = c.account_id AND r.status IN ('queued', 'processing')) AS is_rendered
FROM clips c JOIN jobs j USING (job_id)
WHERE c.clip_id = ANY ($1::text[]);

-- name: delete_job_upload
-- The upload or the kept source of a job, unless another job was made from it too.
DELETE FROM uploads u
USING jobs j
WHERE j.job_id = $1 AND u.account_id = j.account_id
  AND u.upload_id IN (j.kept_source, replace(j.video_url, 'upload://', ''))
  AND NOT EXISTS (
    SELECT 1 FROM jobs o
    WHERE o.account_id = j.account_id AND o.job_id <> j.job_id
      AND u.upload_id IN (o.kept_source, replace(o.video_url, 'upload://', ''))
  )
RETURNING u.upload_id;

-- name: trash_job
UPDATE jobs SET deletes_at = now() + make_interval(days => $3)
WHERE job_id = $1 AND account_id = $2 AND status NOT IN ('queued', 'processing')
RETURNING job_id;

-- name: untrash_job
UPDATE jobs SET deletes_at = NULL WHERE job_id = $1 AND account_id = $2 RETURNING job_id;

-- name: expire_clip
-- All versions of the clip of which $1 is one; the sweep deletes their files.
UPDATE clips c SET expires_at = now()
FROM clips v
WHERE v.clip_id = $1 AND v.account_id = $2 AND v.expires_at > now() AND c.expires_at > now()
  AND c.home_job_id = v.home_job_id AND c.home_ordinal = v.home_ordinal
RETURNING c.clip_id;

-- name: delete_job
-- Its talk, clips and texts go with it, and the jobs that write them again; what was charged stays.
DELETE FROM jobs WHERE job_id = $1;
