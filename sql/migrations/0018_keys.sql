-- Keys with scopes that an account makes itself, and credits that renew with the plan's period.

ALTER TABLE api_keys ADD COLUMN scopes text[] NOT NULL DEFAULT '{read,write}';
ALTER TABLE api_keys ADD COLUMN expires_at timestamptz;             -- null: never
CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at);

-- accounts.credits are those that were granted, which last until they are used. The plan's own renew:
-- what is used of them is what charges of the period took and was not granted.
ALTER TABLE charges ADD COLUMN granted integer NOT NULL DEFAULT 0;  -- of its credits
UPDATE accounts SET credits = 0;  -- all were the plan's so far

-- A ping is of no job.
ALTER TABLE deliveries ALTER COLUMN job_id DROP NOT NULL;
