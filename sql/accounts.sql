-- name: ensure_account
-- An account of this name, made if there is none; its plan becomes the given one. plan_before,
-- as the statement found it: null where the account is new.
INSERT INTO accounts (account_id, name, plan, credits)
VALUES ($1, $2, $3, 0)
ON CONFLICT (name) DO UPDATE SET plan = excluded.plan
RETURNING account_id, (SELECT plan FROM accounts WHERE name = $2) AS plan_before;

-- name: account_named
SELECT account_id, name, plan, credits FROM accounts WHERE name = $1;

-- name: first_accounts
-- By name; more than an error message names.
SELECT account_id, name FROM accounts ORDER BY name LIMIT 6;

-- name: add_key
INSERT INTO api_keys (key_id, account_id, key_hash, name) VALUES ($1, $2, $3, $4);

-- name: account_of_key
-- is_stale: its last use is told to the minute, so that few requests write.
SELECT a.account_id, a.name, a.plan, a.credits, k.key_id, k.scopes, k.is_session,
    k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute' AS is_stale
FROM api_keys k
JOIN accounts a USING (account_id)
WHERE k.key_hash = $1 AND is_valid(k);

-- name: account_of_key_id
SELECT a.account_id, a.name, a.plan, a.credits, k.key_id, k.scopes
FROM api_keys k
JOIN accounts a USING (account_id)
WHERE k.key_id = $1 AND is_valid(k);

-- name: use_key
UPDATE api_keys SET last_used_at = now() WHERE key_id = $1;

-- name: list_keys
SELECT k.key_id, k.name, a.name AS account, a.plan, k.created_at, k.last_used_at,
    CASE WHEN k.expires_at <= now() THEN k.expires_at
         ELSE coalesce(k.revoked_at, b.revoked_at, b.expires_at) END AS revoked_at
FROM api_keys k
JOIN accounts a USING (account_id)
LEFT JOIN api_keys b ON b.key_id = k.begun_by AND NOT is_valid(b)
ORDER BY k.created_at, k.key_id;

-- name: revoke_key
-- All open streams look again, whether they still may.
UPDATE api_keys SET revoked_at = now()
WHERE key_id = $1 AND revoked_at IS NULL
RETURNING account_id, pg_notify('klipfast_changes', '');

-- name: own_keys
SELECT key_id, name, scopes, created_at, last_used_at, expires_at
FROM api_keys k
WHERE account_id = $1 AND is_session = $2 AND is_valid(k)
ORDER BY created_at, key_id;

-- name: add_own_key
INSERT INTO api_keys (key_id, account_id, key_hash, name, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING key_id, name, scopes, created_at, last_used_at, expires_at;

-- name: revoke_own_key
UPDATE api_keys SET revoked_at = now()
WHERE key_id = $1 AND account_id = $2 AND revoked_at IS NULL
RETURNING key_id, pg_notify('klipfast_changes', '');

-- name: add_session
-- It may do what the key $6 may that begins it, for as long as that at most; without one, what any may.
INSERT INTO api_keys (key_id, account_id, key_hash, name, expires_at, is_session, begun_by, scopes)
SELECT $1, a.account_id, $3, $4, least(now() + $5::interval, b.expires_at), true, b.key_id,
    coalesce(b.scopes, '{read,write}')
FROM accounts a LEFT JOIN api_keys b ON b.key_id = $6
WHERE a.account_id = $2 AND b.key_id IS NOT DISTINCT FROM $6
RETURNING key_id, name, scopes, created_at, last_used_at, expires_at;

-- name: end_sessions_before
-- The one that the browser $2 had before, those that have ended, and the least used beyond so many.
DELETE FROM api_keys k
WHERE is_session AND (key_hash = $2 OR account_id = $1 AND (
    NOT is_valid(k) OR key_id NOT IN (
        SELECT key_id FROM api_keys s WHERE s.account_id = $1 AND s.is_session
        ORDER BY coalesce(s.last_used_at, s.created_at) DESC LIMIT $3)));

-- name: lock_account
-- NO KEY: rows that merely name the account can still come in.
SELECT account_id, name, plan, credits FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE;

-- name: grant_credits
UPDATE accounts SET credits = greatest(0, credits + $2) WHERE name = $1
RETURNING credits;

-- name: list_accounts
-- With what was charged since $1, and the bytes kept. At most $2, those that called last; null: all.
SELECT a.account_id, a.name, a.plan, a.credits, c.jobs, c.credits_used, c.minutes_used,
    k.last_used_at,
    (
        coalesce((SELECT sum(size_bytes) FROM clips c WHERE c.account_id = a.account_id), 0)
        + coalesce((SELECT sum(size_bytes) FROM uploads u WHERE u.account_id = a.account_id), 0)
        + coalesce((SELECT sum(size_bytes) FROM brand_files JOIN brands b USING (brand_id)
                    WHERE b.account_id = a.account_id), 0)
        + coalesce(
            (SELECT sum(size_bytes) FROM partial_uploads p WHERE p.account_id = a.account_id), 0
        )
    )::bigint AS storage_bytes
FROM accounts a
CROSS JOIN LATERAL (
    SELECT count(*) AS jobs, coalesce(sum(credits - granted), 0)::integer AS credits_used,
        coalesce(sum(minutes), 0)::double precision AS minutes_used
    FROM charges WHERE account_id = a.account_id AND charged_at >= $1
) c
CROSS JOIN LATERAL (
    SELECT max(last_used_at) AS last_used_at FROM api_keys WHERE account_id = a.account_id
) k
ORDER BY CASE WHEN $2::bigint IS NOT NULL THEN k.last_used_at END DESC NULLS LAST, a.name
LIMIT $2;

-- name: server_totals
SELECT (SELECT count(*) FROM accounts) AS accounts,
    (SELECT coalesce(sum(size_bytes), 0) FROM clips)::bigint AS clip_bytes,
    ((SELECT coalesce(sum(size_bytes), 0) FROM uploads)
        + (SELECT coalesce(sum(size_bytes), 0) FROM partial_uploads))::bigint AS upload_bytes,
    (SELECT coalesce(sum(size_bytes), 0) FROM brand_files)::bigint AS brand_bytes;

-- name: set_plan
UPDATE accounts a SET plan = $2
FROM accounts before
WHERE a.name = $1 AND before.account_id = a.account_id
RETURNING before.plan;

-- name: add_sign_in_code
-- Those that have expired go with it.
WITH gone AS (DELETE FROM sign_in_codes WHERE expires_at <= now())
INSERT INTO sign_in_codes (code_hash, account_id, expires_at)
VALUES ($1, $2, now() + make_interval(secs => $3));

-- name: use_sign_in_code
DELETE FROM sign_in_codes WHERE code_hash = $1 AND expires_at > now()
RETURNING account_id;

-- name: account_jobs
SELECT status::text, count(*) AS jobs FROM jobs WHERE account_id = $1 GROUP BY status;

-- name: account_keys
SELECT count(*) FROM api_keys k WHERE account_id = $1 AND NOT is_session AND is_valid(k);

-- name: account_bytes
SELECT (SELECT count(*) FROM clips WHERE account_id = $1) AS clips,
    (SELECT coalesce(sum(size_bytes), 0) FROM clips WHERE account_id = $1)::bigint AS clip_bytes,
    (SELECT count(*) FROM uploads WHERE account_id = $1)
        + (SELECT count(*) FROM partial_uploads WHERE account_id = $1) AS uploads,
    ((SELECT coalesce(sum(size_bytes), 0) FROM uploads WHERE account_id = $1)
        + (SELECT coalesce(sum(size_bytes), 0) FROM partial_uploads WHERE account_id = $1)
    )::bigint AS upload_bytes,
    (SELECT count(*) FROM brands WHERE account_id = $1) AS brands,
    (SELECT coalesce(sum(f.size_bytes), 0) FROM brand_files f JOIN brands b USING (brand_id)
     WHERE b.account_id = $1)::bigint AS brand_bytes;

-- name: shut_out
-- Nobody calls for this account any more.
DELETE FROM api_keys WHERE account_id = $1;

-- name: void_sign_ins
DELETE FROM sign_in_codes WHERE account_id = $1;

-- name: cancel_jobs_of
-- is_worked_on, as it was before: a server has its files in hand.
UPDATE jobs j
SET status = 'canceled', finished_at = now(), stage = NULL, lease_owner = NULL, lease_until = NULL
FROM jobs before
WHERE before.job_id = j.job_id AND j.account_id = $1 AND j.status IN ('queued', 'processing')
RETURNING j.job_id, coalesce(before.lease_until > now(), false) AS is_worked_on;

-- name: jobs_of
SELECT job_id FROM jobs WHERE account_id = $1;

-- name: throw_all_away
INSERT INTO trash (place, name)
SELECT 'storage', 'clips/' || job_id FROM jobs WHERE account_id = $1
UNION ALL SELECT 'storage', 'brands/' || brand_id FROM brands WHERE account_id = $1
UNION ALL SELECT 'uploads', upload_id FROM uploads WHERE account_id = $1
UNION ALL SELECT 'uploads', upload_id FROM partial_uploads WHERE account_id = $1
RETURNING name;

-- name: delete_idempotency_keys_of
DELETE FROM idempotency_keys WHERE account_id = $1;

-- name: delete_account
-- Everything else that refers to it goes with it.
DELETE FROM accounts WHERE account_id = $1;
