-- What accounts say of their clips. It outlives the clip and its job, and goes with the account.
CREATE TABLE feedback (
    clip_id     text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    job_id      text NOT NULL,          -- may be gone
    verdict     text,                   -- kept, rejected, posted
    views       bigint,
    likes       bigint,
    note        text,
    traits      jsonb,                  -- pipeline.core.taste.Traits; null: a clip made before they were known
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX feedback_by_account ON feedback (account_id, created_at DESC, clip_id DESC);
