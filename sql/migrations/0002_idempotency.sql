-- Answers to requests with an Idempotency-Key, kept for a day.

-- No reference to accounts: its check would wait for every submission that holds the account's row.
CREATE TABLE idempotency_keys (
    account_id   text NOT NULL,
    key          text NOT NULL,
    fingerprint  bytea NOT NULL,        -- SHA-256 of method, path with query, and body
    owner        text NOT NULL,         -- id of the request that works on the answer, or gave it
    lease_until  timestamptz NOT NULL,  -- until then nobody else may begin while there is no answer
    expires_at   timestamptz NOT NULL,
    status       integer,               -- null: not answered yet
    content_type text,
    body         bytea,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
