-- name: take_idempotency_key
-- A new key, an expired one, or one whose request died before it was answered.
INSERT INTO idempotency_keys AS known
    (account_id, key, fingerprint, owner, lease_until, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), now() + interval '24 hours')
ON CONFLICT (account_id, key) DO UPDATE
SET fingerprint = excluded.fingerprint, owner = excluded.owner,
    lease_until = excluded.lease_until, expires_at = excluded.expires_at,
    status = NULL, content_type = NULL, body = NULL
WHERE known.expires_at <= now()
   OR (known.status IS NULL AND known.lease_until <= now()
       AND known.fingerprint = excluded.fingerprint)
RETURNING owner;

-- name: get_idempotency_key
SELECT fingerprint, status, content_type, body FROM idempotency_keys
WHERE account_id = $1 AND key = $2;

-- name: hold_idempotency_key
UPDATE idempotency_keys SET lease_until = now() + make_interval(secs => $4)
WHERE account_id = $1 AND key = $2 AND owner = $3 AND status IS NULL;

-- name: answer_idempotency_key
UPDATE idempotency_keys SET status = $4, content_type = $5, body = $6
WHERE account_id = $1 AND key = $2 AND owner = $3;

-- name: free_idempotency_key
DELETE FROM idempotency_keys
WHERE account_id = $1 AND key = $2 AND owner = $3 AND status IS NULL;
