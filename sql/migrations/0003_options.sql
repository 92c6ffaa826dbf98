-- What a job carries for its caller, jobs that render a clip again, and clips that were tightened.

ALTER TABLE jobs ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';   -- echoed as it came
ALTER TABLE jobs ADD COLUMN webhook_url text;                       -- told of this job alone
ALTER TABLE jobs ADD COLUMN rerender_of text;                       -- clip_id; such a job is free

ALTER TABLE clips ADD COLUMN kept jsonb NOT NULL DEFAULT '[]';      -- [{start_s, end_s}] of the source
ALTER TABLE clips ADD COLUMN clean_key text;                        -- without captions and title
ALTER TABLE clips ADD COLUMN layout text NOT NULL DEFAULT 'auto';

ALTER TABLE api_keys ADD COLUMN name text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz;
