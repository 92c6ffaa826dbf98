-- What a job carries for its caller, jobs that render a clip again, and clips that were tightened.

ALTER TABLE jobs ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';   -- echoed as it came
ALTER TABLE jobs ADD COLUMN webhook_url text;                       -- told of this job alone
ALTER TABLE jobs ADD COLUMN rerender_of text;                       -- clip_id; such a job is free

ALTER TABLE clips ADD COLUMN kept jsonb NOT NULL DEFAULT '[]';      -- [{start_s, end_s}] of the source
ALTER TABLE clips ADD COLUMN clean_key text;                        -- without captions and title

ALTER TABLE api_keys ADD COLUMN name text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz;

-- Uploads that are still coming in, in pieces (tus); their bytes count as stored from the start.
CREATE TABLE partial_uploads (
    upload_id   text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    file_name   text NOT NULL,
    size_bytes  bigint NOT NULL,        -- of the whole file, as the caller told it
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX partial_uploads_by_account ON partial_uploads (account_id);
CREATE INDEX partial_uploads_by_expiry ON partial_uploads (expires_at);
