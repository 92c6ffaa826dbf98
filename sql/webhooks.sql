-- name: count_webhooks
SELECT count(*) FROM webhooks WHERE account_id = $1;

-- name: add_webhook
INSERT INTO webhooks (webhook_id, account_id, url, events, secret) VALUES ($1, $2, $3, $4, $5)
RETURNING webhook_id, url, events, created_at, disabled_at;

-- name: list_webhooks
SELECT webhook_id, url, events, created_at, disabled_at
FROM webhooks
WHERE account_id = $1
ORDER BY created_at, webhook_id;

-- name: get_webhook_state
SELECT disabled_at FROM webhooks WHERE webhook_id = $1 AND account_id = $2;

-- name: get_webhook
SELECT webhook_id, url, events, created_at, disabled_at
FROM webhooks
WHERE webhook_id = $1 AND account_id = $2;

-- name: delete_webhook
-- Its deliveries go with it.
DELETE FROM webhooks WHERE webhook_id = $1 AND account_id = $2 RETURNING webhook_id;

-- name: ensure_job_webhook_secret
INSERT INTO job_webhook_secrets (account_id, secret) VALUES ($1, $2)
ON CONFLICT (account_id) DO NOTHING;

-- name: get_job_webhook_secret
SELECT secret FROM job_webhook_secrets WHERE account_id = $1;

-- name: rotate_job_webhook_secret
INSERT INTO job_webhook_secrets AS known (account_id, secret) VALUES ($1, $2)
ON CONFLICT (account_id) DO UPDATE
SET secret = excluded.secret, previous = known.secret, previous_until = now() + interval '24 hours';

-- name: webhooks_for
-- Locked against deletion, so that what is written for them finds them.
SELECT webhook_id, url FROM webhooks
WHERE account_id = $1 AND $2 = ANY (events) AND disabled_at IS NULL
ORDER BY created_at, webhook_id
FOR KEY SHARE;

-- name: job_webhook
SELECT webhook_url, base_url FROM jobs WHERE job_id = $1;

-- name: add_delivery
INSERT INTO deliveries (
    delivery_id, account_id, job_id, webhook_id, target, url, event, payload, give_up_at
)
VALUES ($1, $2, $3, $4, coalesce($4, $3), $5, $6, $7, now() + make_interval(secs => $8));

-- name: notify_deliveries
SELECT pg_notify('klipfast_deliveries', '');
