-- Webhooks: who is told, with which secret, and what has been and is still to be told (the outbox).

-- What links begin with where no request is at hand: the address its caller called, if not set.
ALTER TABLE jobs ADD COLUMN base_url text NOT NULL DEFAULT '';

CREATE TABLE webhooks (
    webhook_id   text PRIMARY KEY,
    account_id   text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    url          text NOT NULL,
    events       text[] NOT NULL,
    secret       bytea NOT NULL,        -- needed as it is: it signs every message
    created_at   timestamptz NOT NULL DEFAULT now(),
    disabled_at  timestamptz            -- the receiver answered 410 Gone
);
CREATE INDEX webhooks_by_account ON webhooks (account_id, created_at);

-- An account's secret for the webhook_url of its jobs.
CREATE TABLE job_webhook_secrets (
    account_id      text PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    secret          bytea NOT NULL,
    previous        bytea,              -- signs along for a while after a rotation
    previous_until  timestamptz
);

CREATE TYPE delivery_status AS ENUM ('pending', 'delivered', 'failed');

-- Written in the transaction of the change it tells of; a payload carries what the job carries,
-- so it goes with the job.
CREATE TABLE deliveries (
    delivery_id      text PRIMARY KEY,
    account_id       text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    job_id           text NOT NULL REFERENCES jobs ON DELETE CASCADE,
    webhook_id       text REFERENCES webhooks ON DELETE CASCADE,  -- null: the job's own webhook_url
    target           text NOT NULL,     -- webhook_id or else job_id; told one thing at a time
    url              text NOT NULL,
    event            text NOT NULL,
    payload          bytea NOT NULL,
    status           delivery_status NOT NULL DEFAULT 'pending',
    attempts         integer NOT NULL DEFAULT 0,    -- since the event or the last replay
    response_status  integer,           -- of the last attempt; null where there was no answer
    error            text,              -- why the last attempt failed
    created_at       timestamptz NOT NULL DEFAULT now(),
    number           bigint GENERATED ALWAYS AS IDENTITY,  -- order of what comes at one moment
    next_attempt_at  timestamptz DEFAULT now(),
    give_up_at       timestamptz NOT NULL,
    lease_owner      text,
    lease_until      timestamptz
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, number) WHERE status = 'pending';
CREATE INDEX deliveries_leased ON deliveries (account_id, target)
    WHERE status = 'pending' AND lease_until IS NOT NULL;
CREATE INDEX deliveries_by_target ON deliveries (target, created_at DESC, delivery_id DESC);
CREATE INDEX deliveries_by_job ON deliveries (job_id);
CREATE INDEX deliveries_ended ON deliveries (created_at) WHERE status <> 'pending';
