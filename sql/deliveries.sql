-- name: list_deliveries
-- At most $3 after the place ($4, $5).
SELECT delivery_id, event, job_id, status::text, attempts, response_status, next_attempt_at,
    created_at, error
FROM deliveries
WHERE account_id = $1 AND target = $2
  AND (created_at, delivery_id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5::text, ''))
ORDER BY created_at DESC, delivery_id DESC
LIMIT $3;

-- name: get_delivery
SELECT delivery_id, event, job_id, status::text, attempts, response_status, next_attempt_at,
    created_at, error
FROM deliveries
WHERE delivery_id = $1;

-- name: replay_delivery
-- One that an attempt is under way for is left to that attempt, and due at once if that fails.
UPDATE deliveries
SET status = 'pending', next_attempt_at = now(), give_up_at = now() + make_interval(secs => $4),
    attempts = CASE WHEN lease_until >= now() THEN attempts ELSE 0 END
WHERE delivery_id = $1 AND account_id = $2 AND target = $3
RETURNING delivery_id, event, job_id, status::text, attempts, response_status, next_attempt_at,
    created_at, error;

-- name: lock_deliveries
-- Counting what is under way and starting one more must not interleave.
SELECT pg_advisory_xact_lock(4711003);

-- name: claim_delivery
-- A receiver is told one thing at a time; an account has but its share of the attempts.
UPDATE deliveries
SET lease_owner = $1, lease_until = now() + make_interval(secs => $2), attempts = attempts + 1
WHERE delivery_id = (
    SELECT d.delivery_id
    FROM deliveries d
    WHERE d.status = 'pending' AND d.next_attempt_at <= now()
      AND (d.lease_until IS NULL OR d.lease_until < now())
      AND NOT EXISTS (
        SELECT FROM deliveries o
        WHERE o.account_id = d.account_id AND o.target = d.target AND o.status = 'pending'
          AND o.lease_until >= now())
      AND $3 > (
        SELECT count(*) FROM deliveries o
        WHERE o.account_id = d.account_id AND o.status = 'pending' AND o.lease_until >= now())
    ORDER BY d.next_attempt_at, d.number
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING delivery_id, webhook_id, target, url, event, payload, attempts, lease_owner,
    coalesce(
        (SELECT ARRAY[w.secret] FROM webhooks w WHERE w.webhook_id = deliveries.webhook_id),
        (SELECT CASE WHEN s.previous_until > now() THEN ARRAY[s.secret, s.previous]
                     ELSE ARRAY[s.secret] END
         FROM job_webhook_secrets s WHERE s.account_id = deliveries.account_id)
    ) AS secrets;

-- name: next_delivery_s
-- Seconds until the next retry; what is due and still stands waits for an attempt to end.
SELECT extract(epoch FROM min(next_attempt_at) - now())::double precision
FROM deliveries
WHERE status = 'pending' AND next_attempt_at > now();

-- name: delivered
UPDATE deliveries
SET status = 'delivered', response_status = $3, error = NULL, next_attempt_at = NULL,
    lease_owner = NULL, lease_until = NULL
WHERE delivery_id = $1 AND lease_owner = $2;

-- name: not_delivered
-- Tried again in $5 seconds, unless that is too late.
UPDATE deliveries
SET response_status = $3, error = $4, lease_owner = NULL, lease_until = NULL,
    status = (CASE WHEN now() + make_interval(secs => $5) < give_up_at
              THEN 'pending' ELSE 'failed' END)::delivery_status,
    next_attempt_at = CASE WHEN now() + make_interval(secs => $5) < give_up_at
                      THEN now() + make_interval(secs => $5) END
WHERE delivery_id = $1 AND lease_owner = $2
RETURNING status::text;

-- name: disable_webhook
UPDATE webhooks SET disabled_at = now() WHERE webhook_id = $1 AND disabled_at IS NULL;

-- name: drop_deliveries
-- A receiver that is gone is told nothing more.
UPDATE deliveries
SET status = 'failed', error = $2, response_status = $3, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL
WHERE target = $1 AND status = 'pending';

-- name: release_delivery
-- A stopping server hands the attempt on at once.
UPDATE deliveries SET lease_owner = NULL, lease_until = NULL, attempts = attempts - 1
WHERE delivery_id = $1 AND lease_owner = $2;
