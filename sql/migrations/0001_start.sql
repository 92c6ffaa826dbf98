-- Accounts, their keys, uploads, jobs with what their stages made, clips, and what was charged.

CREATE TABLE accounts (
    account_id  text PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    plan        text NOT NULL,
    credits     integer NOT NULL CHECK (credits >= 0),
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- A key itself is never stored: 32 random characters need no salt, so SHA-256 finds and proves it.
CREATE TABLE api_keys (
    key_id      text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key_hash    bytea NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);

CREATE TABLE uploads (
    upload_id   text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    file_name   text NOT NULL,
    size_bytes  bigint NOT NULL,
    sha256      bytea NOT NULL,
    source      jsonb NOT NULL,         -- {duration_seconds, width, height, fps}
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX uploads_by_account ON uploads (account_id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);

CREATE TYPE job_status AS ENUM ('queued', 'processing', 'completed', 'failed', 'canceled');

CREATE TABLE jobs (
    job_id          text PRIMARY KEY,
    account_id      text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status          job_status NOT NULL DEFAULT 'queued',
    video_url       text NOT NULL,
    options         jsonb NOT NULL,     -- pipeline.data.Options
    same_work       bytea NOT NULL,     -- SHA-256 of the video's identity and the options
    parallel_jobs   integer NOT NULL,   -- of the account's plan when it was submitted
    work_s          double precision NOT NULL,  -- how long it is guessed to take
    duration_s      double precision,   -- of the source, as soon as it is known
    created_at      timestamptz NOT NULL DEFAULT now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    stage           text,
    progress        double precision NOT NULL DEFAULT 0,
    source          jsonb,
    language        text,
    texts           jsonb,
    error_code      text,
    error_message   text,
    attempts        integer NOT NULL DEFAULT 0,
    lease_owner     text,
    lease_until     timestamptz
);
CREATE INDEX jobs_by_account ON jobs (account_id, created_at DESC, job_id DESC);
CREATE INDEX jobs_waiting ON jobs (created_at) WHERE status IN ('queued', 'processing');
CREATE INDEX jobs_measured ON jobs (finished_at DESC) WHERE status = 'completed';
CREATE UNIQUE INDEX jobs_one_at_a_time ON jobs (account_id, same_work)
    WHERE status IN ('queued', 'processing');

-- Large and read by the worker alone, so not a column of jobs.
CREATE TABLE talks (
    job_id  text PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    talk    jsonb NOT NULL              -- pipeline.data.Talk
);

CREATE TABLE clips (
    clip_id         text PRIMARY KEY,
    job_id          text NOT NULL REFERENCES jobs ON DELETE CASCADE,
    account_id      text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    ordinal         integer NOT NULL,   -- place among the job's highlights, from 0
    title           text NOT NULL,
    virality_score  integer NOT NULL CHECK (virality_score BETWEEN 0 AND 100),
    duration_s      double precision NOT NULL,
    width           integer NOT NULL,
    height          integer NOT NULL,
    caption_style   text NOT NULL,
    start_s         double precision NOT NULL,
    end_s           double precision NOT NULL,
    score           jsonb NOT NULL,     -- {hook, flow, value, energy}, each 0..1
    reason          text NOT NULL,
    transcript      text NOT NULL,
    hashtags        text[] NOT NULL,
    file_key        text NOT NULL,
    thumbnail_key   text NOT NULL,
    size_bytes      bigint NOT NULL,    -- of both files
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    UNIQUE (job_id, ordinal)
);
CREATE INDEX clips_by_account ON clips (account_id);
CREATE INDEX clips_by_expiry ON clips (expires_at);

-- One row a completed job; outlives the job, so that deleting one gives no minutes back.
CREATE TABLE charges (
    job_id      text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    minutes     double precision NOT NULL,
    credits     integer NOT NULL,
    charged_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX charges_by_account ON charges (account_id, charged_at);
