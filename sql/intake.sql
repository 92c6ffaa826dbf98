-- Feeds and watched folders: what of them was seen, and what became of it.

-- name: ensure_feed
INSERT INTO feeds (feed_id, account_id, url) VALUES ($1, $2, $3)
ON CONFLICT (account_id, url) DO UPDATE SET url = excluded.url
RETURNING feed_id, etag, last_modified, read_at, failures,
    greatest(0, extract(epoch FROM due_at - now()))::double precision AS due_s;

-- name: feed_read
UPDATE feeds SET etag = $2, last_modified = $3, read_at = now(), failures = 0 WHERE feed_id = $1;

-- name: feed_failed
UPDATE feeds SET failures = failures + 1 WHERE feed_id = $1;

-- name: feed_unchanged
UPDATE feeds SET read_at = now(), failures = 0 WHERE feed_id = $1;

-- name: feed_due
UPDATE feeds SET due_at = now() + make_interval(secs => $2) WHERE feed_id = $1;

-- name: feeds_of_account
-- Each with its last ten episodes that became jobs, or are to.
SELECT f.url, f.read_at, f.due_at, f.failures,
    coalesce((SELECT e.feed FROM episodes e WHERE e.feed_id = f.feed_id ORDER BY e.number DESC LIMIT 1), '')
    AS title,
    coalesce((
        SELECT json_agg(last) FROM (
            SELECT e.title, e.state, e.job_id, e.seen_at FROM episodes e
            WHERE e.feed_id = f.feed_id AND e.state <> 'old'
            ORDER BY e.number DESC LIMIT 10
        ) last
    ), '[]')::text AS episodes
FROM feeds f
WHERE f.account_id = $1;

-- name: known_episodes
SELECT guid FROM episodes WHERE feed_id = $1;

-- name: add_episode
INSERT INTO episodes (feed_id, guid, url, title, feed, state) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (feed_id, guid) DO NOTHING;

-- name: forget_episodes
-- What has left the feed long ago, so that a feed whose identifiers change does not fill the table.
DELETE FROM episodes
WHERE feed_id = $1 AND state <> 'waiting' AND NOT guid = ANY ($2::bytea[])
  AND seen_at < now() - make_interval(days => $3);

-- name: waiting_episodes
SELECT number, url, title, feed, seen_at FROM episodes
WHERE feed_id = $1 AND state = 'waiting'
ORDER BY number;

-- name: end_episode
UPDATE episodes SET state = $2, job_id = $3 WHERE number = $1;

-- name: job_of_url
-- The job that was made of it before the server could note it down.
SELECT job_id FROM jobs WHERE account_id = $1 AND video_url = $2 AND created_at >= $3 LIMIT 1;

-- name: folder_files
SELECT name, size_bytes, mtime_ns, upload_id, job_id, error FROM folder_files
WHERE account_id = $1 AND folder = $2;

-- name: put_folder_file
-- A file that was refused at once has no row yet.
INSERT INTO folder_files AS known
    (account_id, folder, name, size_bytes, mtime_ns, upload_id, job_id, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (account_id, folder, name) DO UPDATE
SET size_bytes = $4, mtime_ns = $5, upload_id = coalesce($6, known.upload_id), job_id = $7, error = $8;

-- name: forget_folder_files
DELETE FROM folder_files WHERE account_id = $1 AND folder = $2 AND name = ANY ($3::bytea[]);
