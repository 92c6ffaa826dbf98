-- The tables of the first release. Numbers begin here: those before it were never released.

-- Accounts and their keys

CREATE TABLE accounts (
    account_id  text PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    plan        text NOT NULL,
    credits     integer NOT NULL CHECK (credits >= 0),  -- granted ones, which last until they are used
    created_at  timestamptz NOT NULL DEFAULT now(),
    turn        double precision NOT NULL DEFAULT 0     -- in the queue, see take_turn
);

-- A key itself is never stored: 32 random characters need no salt, so SHA-256 finds and proves it.
CREATE TABLE api_keys (
    key_id        text PRIMARY KEY,
    account_id    text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key_hash      bytea NOT NULL UNIQUE,
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    name          text NOT NULL DEFAULT '',
    last_used_at  timestamptz,
    scopes        text[] NOT NULL DEFAULT '{read,write}',
    expires_at    timestamptz           -- null: never
);
CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at);

-- Codes that sign a person in once, by the link that the server prints.
CREATE TABLE sign_in_codes (
    code_hash   bytea PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    expires_at  timestamptz NOT NULL
);

-- One row a completed job; outlives the job, so that deleting one gives no minutes back. What the
-- credits of a period took and was not granted is used of the plan's own.
CREATE TABLE charges (
    job_id      text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    minutes     double precision NOT NULL,
    credits     integer NOT NULL,
    charged_at  timestamptz NOT NULL DEFAULT now(),
    granted     integer NOT NULL DEFAULT 0  -- part of its credits
);
CREATE INDEX charges_by_account ON charges (account_id, charged_at);

-- Answers to requests with an Idempotency-Key, kept for a day. No reference to accounts: its check
-- would wait for every submission that holds the account's row.
CREATE TABLE idempotency_keys (
    account_id    text NOT NULL,
    key           text NOT NULL,
    fingerprint   bytea NOT NULL,        -- SHA-256 of method, path with query, and body
    owner         text NOT NULL,         -- id of the request that works on the answer, or gave it
    lease_until   timestamptz NOT NULL,  -- until then nobody else may begin while there is no answer
    expires_at    timestamptz NOT NULL,
    status        integer,               -- null: not answered yet
    content_type  text,
    body          bytea,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- Who has changed or been shown what: added to, and never changed. Entries go by their age, and with
-- their account. It refers to no other table: an entry must not wait for whoever holds an account.
CREATE TABLE audit (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL CHECK (actor IN ('key', 'token', 'nobody', 'operator')),
    account_id  text,                   -- whose things it was about; null: nobody's, or of all
    key_id      text,
    address     text NOT NULL,          -- the caller's; for an operator, the user of the system
    request_id  text,
    action      text NOT NULL,          -- operationId of the call, or words of the command
    object_id   text,                   -- what was named
    made_id     text,                   -- what came of it
    outcome     text NOT NULL           -- HTTP status; done or failed
);
CREATE INDEX audit_by_account ON audit (account_id, number);
CREATE INDEX audit_by_time ON audit (at);

-- Uploads

-- A source is kept for the clips that are made from it, and given up where its account needs the room.
CREATE TABLE uploads (
    upload_id   text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    file_name   text NOT NULL,
    size_bytes  bigint NOT NULL,
    sha256      bytea NOT NULL,
    source      jsonb NOT NULL,         -- {duration_seconds, width, height, fps}
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    own_until   timestamptz             -- when it would have expired otherwise; null: nothing is made
                                        -- from it that still exists
);
CREATE INDEX uploads_by_account ON uploads (account_id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);

-- Uploads that are still coming in, in pieces (tus); their bytes count as stored from the start.
CREATE TABLE partial_uploads (
    upload_id   text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    file_name   text NOT NULL,
    size_bytes  bigint NOT NULL,        -- size of the whole file, as the caller gave it
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX partial_uploads_by_account ON partial_uploads (account_id);
CREATE INDEX partial_uploads_by_expiry ON partial_uploads (expires_at);

-- Jobs

CREATE TYPE job_status AS ENUM ('queued', 'processing', 'completed', 'failed', 'canceled');

CREATE TABLE jobs (
    job_id                 text PRIMARY KEY,
    account_id             text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status                 job_status NOT NULL DEFAULT 'queued',
    video_url              text NOT NULL,
    options                jsonb NOT NULL,     -- pipeline.core.data.Options
    same_work              bytea NOT NULL,     -- SHA-256 of the video's identity and the options
    parallel_jobs          integer NOT NULL,   -- limit of the account's plan when it was submitted
    duration_s             double precision,   -- length of the source, as soon as it is known
    created_at             timestamptz NOT NULL DEFAULT now(),
    started_at             timestamptz,
    finished_at            timestamptz,
    stage                  text,
    progress               double precision NOT NULL DEFAULT 0,
    source                 jsonb,
    language               text,
    error_code             text,
    error_message          text,
    attempts               integer NOT NULL DEFAULT 0,
    lease_owner            text,
    lease_until            timestamptz,
    metadata               jsonb NOT NULL DEFAULT '{}',  -- echoed as it came
    webhook_url            text,               -- told of this job alone
    rerender_of            text,               -- clip_id; such a job is free
    base_url               text NOT NULL DEFAULT '',  -- what links begin with where no request is at hand
    error_reason           text,               -- pipeline.core.errors, .reason
    clip_s                 double precision,   -- seconds of all its clips, once it is heard
    clip_total             integer,            -- how many these are
    done                   double precision NOT NULL DEFAULT 0,  -- progress of the present start
    -- Working seconds, waiting for a turn not counted.
    fetched_s              double precision,
    listened_s             double precision,
    encoded_s              double precision NOT NULL DEFAULT 0,  -- for the clips that are there
    unheard_s              double precision,   -- what could not be heard, seconds: its sound breaks off
    coverage               jsonb,              -- how much of what is spoken has words
    -- Names that callers give to the speakers of its talk, by label. The talk stays as it was
    -- recognized; whoever reads it applies them.
    speaker_names          jsonb NOT NULL DEFAULT '{}',
    -- The job whose text such a job writes again; it has no video, is free, and goes with that job.
    rewrite_of             text REFERENCES jobs ON DELETE CASCADE,
    title                  text,               -- given by the caller
    file_name              text NOT NULL DEFAULT '',    -- name of the source, for people and editors
    batch_id               text,               -- submitted together
    priority               smallint NOT NULL DEFAULT 0, -- among the account's jobs, higher first
    paused_at              timestamptz,        -- queued, but not to be started
    keep_source            boolean NOT NULL DEFAULT true,
    kept_source            text,               -- upload_id; the file may be gone
    span_of                text,               -- job_id whose source a clip was asked of
    clips_lost             integer NOT NULL DEFAULT 0,  -- clips that could not be rendered
    source_unkept          boolean NOT NULL DEFAULT false,  -- there was no room for it
    reel_of                text,               -- job_id whose moments are joined
    -- What a person says was said where something else was heard: [{heard, text, start_seconds}], in
    -- the order in which they are applied, by whoever reads the talk.
    corrections            jsonb NOT NULL DEFAULT '[]',
    -- Where it makes a clip of a talk that another has heard: those that its words have already.
    corrected_by           jsonb NOT NULL DEFAULT '[]',
    transcript_removed_at  timestamptz,        -- null: it is there, or never was
    texts_removed_at       timestamptz,        -- when the last of them went
    queued_at              timestamptz NOT NULL DEFAULT now(),  -- submitted, retried or resumed
    failed_clips           smallint[] NOT NULL DEFAULT '{}'     -- ordinals; no other start tries them
);
CREATE INDEX jobs_by_account ON jobs (account_id, created_at DESC, job_id DESC);
CREATE INDEX jobs_waiting ON jobs (created_at) WHERE status IN ('queued', 'processing');
CREATE INDEX jobs_measured ON jobs (finished_at DESC) WHERE status = 'completed';
CREATE UNIQUE INDEX jobs_one_at_a_time ON jobs (account_id, same_work)
    WHERE status IN ('queued', 'processing');
CREATE INDEX jobs_by_rewritten ON jobs (rewrite_of) WHERE rewrite_of IS NOT NULL;
CREATE INDEX jobs_by_batch ON jobs (account_id, batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX jobs_by_kept_source ON jobs (kept_source) WHERE kept_source IS NOT NULL;
CREATE INDEX jobs_by_brand ON jobs ((options -> 'brand' ->> 'brand_id'))
    WHERE status IN ('queued', 'processing');
CREATE INDEX jobs_rerender_of ON jobs (rerender_of) WHERE rerender_of IS NOT NULL;
CREATE INDEX jobs_ended ON jobs (finished_at, job_id)
    WHERE status IN ('completed', 'failed', 'canceled');
CREATE INDEX jobs_with_words ON jobs (finished_at, job_id)
    WHERE status IN ('completed', 'failed', 'canceled') AND transcript_removed_at IS NULL;

-- Large and read by the worker alone, so not a column of jobs.
CREATE TABLE talks (
    job_id         text PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    talk           jsonb NOT NULL,      -- pipeline.core.data.Talk
    source_sha256  bytea                -- digest of the whole file that it was heard in; null: not known
);

-- What was heard of a talk so far, while it is being heard: a killed job goes on behind it.
CREATE TABLE heard (
    job_id  text NOT NULL REFERENCES jobs ON DELETE CASCADE,
    first   integer NOT NULL,           -- window
    part    jsonb NOT NULL,             -- pipeline.core.data.TranscriptChunk
    PRIMARY KEY (job_id, first)
);

-- The texts of a job, one row a kind: what they consist of, who wrote them, what is wrong with a
-- caller's own.
CREATE TABLE texts (
    job_id      text NOT NULL REFERENCES jobs ON DELETE CASCADE,
    kind        text NOT NULL,                  -- pipeline.core.texts.TextKind
    text        text NOT NULL,                  -- as published; empty: withheld, for `reason`
    blocks      jsonb NOT NULL DEFAULT '[]',    -- pipeline.core.texts.Block
    author      text NOT NULL,                  -- extractive, a model's name, user; empty: not known
    reason      text NOT NULL DEFAULT '',
    warnings    jsonb NOT NULL DEFAULT '[]',    -- [{kind, message}]
    options     jsonb NOT NULL DEFAULT '{}',    -- pipeline.core.texts.TextOptions it was written with
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, kind)
);
CREATE INDEX texts_by_time ON texts (updated_at);

-- While there is a row here, no worker starts a job; those that run go on to their end.
CREATE TABLE draining (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    since     timestamptz NOT NULL DEFAULT now()
);

-- Clips

CREATE TABLE clips (
    clip_id              text PRIMARY KEY,
    job_id               text NOT NULL REFERENCES jobs ON DELETE CASCADE,
    account_id           text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    ordinal              integer NOT NULL,  -- place among the job's highlights, from 0
    title                text NOT NULL,
    virality_score       integer NOT NULL CHECK (virality_score BETWEEN 0 AND 100),
    duration_s           double precision NOT NULL,
    width                integer NOT NULL,
    height               integer NOT NULL,
    caption_style        text NOT NULL,
    start_s              double precision NOT NULL,
    end_s                double precision NOT NULL,
    score                jsonb NOT NULL,    -- {hook, flow, value, energy}, each 0..1
    reason               text NOT NULL,
    transcript           text NOT NULL,
    hashtags             text[] NOT NULL,
    file_key             text NOT NULL,
    thumbnail_key        text NOT NULL,     -- the best thumbnail
    size_bytes           bigint NOT NULL,   -- total for all its files
    created_at           timestamptz NOT NULL DEFAULT now(),
    expires_at           timestamptz NOT NULL,
    kept                 jsonb NOT NULL DEFAULT '[]',  -- [{start_s, end_s}] of the source; empty: all
    clean_key            text,              -- without captions and title
    description          text NOT NULL DEFAULT '',  -- a sentence that tells what it is about
    title_variants       jsonb NOT NULL DEFAULT '[]',
    confidence           real,              -- how likely it is a whole moment
    kind                 text,
    captions             text NOT NULL DEFAULT 'drawn',  -- its own, the source's ("source"), or none
    more_thumbnail_keys  text[] NOT NULL DEFAULT '{}',   -- the better first
    lead_in_s            double precision NOT NULL DEFAULT 0,  -- its intro and title card, seconds
    layer_key            text,              -- a file that earlier versions wrote
    UNIQUE (job_id, ordinal)
);
CREATE INDEX clips_by_expiry ON clips (expires_at);
CREATE INDEX clips_by_time ON clips (account_id, created_at DESC, clip_id DESC);

-- What was seen in a clip (shots, and the faces in them), so that another render of it and previews
-- need not look again: compressed MessagePack, a few kB a minute. A table of its own, since lists of
-- clips do not need it.
CREATE TABLE clip_shots (
    clip_id  text PRIMARY KEY REFERENCES clips ON DELETE CASCADE,
    shots    bytea NOT NULL
);

-- What accounts say of their clips. It outlives the clip and its job, and goes with the account.
CREATE TABLE feedback (
    clip_id     text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    job_id      text NOT NULL,          -- may be gone
    verdict     text,                   -- kept, rejected
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX feedback_by_account ON feedback (account_id, created_at DESC, clip_id DESC);

-- What was deleted from the other tables and is still to be deleted from storage.
CREATE TABLE trash (
    trash_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place       text NOT NULL CHECK (place IN ('storage', 'uploads')),
    name        text NOT NULL,          -- a key prefix of the storage, or an upload's id
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- Brands: what an account's clips are to look like, and the files for it.
CREATE TABLE brands (
    brand_id    text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name        text NOT NULL,
    settings    jsonb NOT NULL,         -- schema.brands.BrandSettings
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX brands_by_account ON brands (account_id, created_at);

CREATE TABLE brand_files (
    brand_id    text NOT NULL REFERENCES brands ON DELETE CASCADE,
    kind        text NOT NULL,          -- pipeline.core.brand.FileKind
    name        text NOT NULL,          -- below the brand's key prefix of the storage
    size_bytes  bigint NOT NULL,
    facts       jsonb NOT NULL,         -- schema.brands.BrandFile
    PRIMARY KEY (brand_id, kind)
);

-- Webhooks: who is told, with which secret, and what has been and is still to be told (the outbox).

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

-- Written in the transaction of the change it tells of; a payload carries what the job carries, so it
-- goes with the job.
CREATE TABLE deliveries (
    delivery_id      text PRIMARY KEY,
    account_id       text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    job_id           text REFERENCES jobs ON DELETE CASCADE,      -- null: a ping
    webhook_id       text REFERENCES webhooks ON DELETE CASCADE,  -- null: the job's own webhook_url
    target           text NOT NULL,     -- webhook_id or else job_id; told one thing at a time
    url              text NOT NULL,
    event            text NOT NULL,
    payload          bytea NOT NULL,
    status           delivery_status NOT NULL DEFAULT 'pending',
    attempts         integer NOT NULL DEFAULT 0,    -- since the event or the last replay
    response_status  integer,           -- answer to the last attempt; null: there was none
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
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id) WHERE webhook_id IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (created_at) WHERE status <> 'pending';

-- Feeds with their episodes, and files of watched folders

CREATE TABLE feeds (
    feed_id        text PRIMARY KEY,
    account_id     text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    url            text NOT NULL,
    etag           text NOT NULL DEFAULT '',    -- tag of the version that was read last
    last_modified  text NOT NULL DEFAULT '',
    read_at        timestamptz,                 -- when it was read last; null: never
    failures       integer NOT NULL DEFAULT 0,  -- looks in a row that failed
    due_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, url)
);

CREATE TABLE episodes (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- in the order they become jobs
    feed_id  text NOT NULL REFERENCES feeds ON DELETE CASCADE,
    guid     bytea NOT NULL,            -- SHA-256 of what identifies it in the feed
    url      text NOT NULL,
    title    text NOT NULL,
    feed     text NOT NULL,             -- title of the feed
    state    text NOT NULL CHECK (state IN ('old', 'waiting', 'job', 'refused')),
    job_id   text,                      -- outlives the job, so that it is not made again
    seen_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (feed_id, guid)
);
CREATE INDEX episodes_waiting ON episodes (feed_id, number) WHERE state = 'waiting';

-- A file stays here while it is taken in, so that a server that dies meanwhile makes no second job of
-- it; and afterwards where files stay in their folder.
CREATE TABLE folder_files (
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    folder      text NOT NULL,
    name        bytea NOT NULL,
    size_bytes  bigint NOT NULL,
    mtime_ns    bigint NOT NULL,
    upload_id   text,
    job_id      text,
    error       text,                   -- why it became none
    PRIMARY KEY (account_id, folder, name)
);

-- Event streams look at a job when it has changed, and not all the time: whoever changes what they
-- tell notifies with the job's id, in the same transaction. A renewed lease is no change.
CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('klipfast_changes', coalesce(NEW.job_id, OLD.job_id));
    RETURN NULL;
END
$$;

CREATE TRIGGER job_changed AFTER UPDATE OF status, stage, progress ON jobs
FOR EACH ROW WHEN ((OLD.status, OLD.stage, OLD.progress)
                   IS DISTINCT FROM (NEW.status, NEW.stage, NEW.progress))
EXECUTE FUNCTION notify_change();

CREATE TRIGGER job_deleted AFTER DELETE ON jobs
FOR EACH ROW EXECUTE FUNCTION notify_change();

CREATE TRIGGER clips_changed AFTER INSERT OR DELETE ON clips
FOR EACH ROW EXECUTE FUNCTION notify_change();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of the audit log are never changed';
END
$$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a clip's texts are corrected by, as JSON; null where there is nothing to correct.
CREATE FUNCTION corrections_of(of_job text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'corrections', corrections, 'language', coalesce(language, ''),
        'masks', options ->> 'profanity' IS NOT DISTINCT FROM 'mask')::text
    FROM jobs WHERE job_id = of_job AND corrections <> '[]'
$$;

-- The filters of the lists; null filters nothing.
CREATE FUNCTION is_listed(
    j jobs, wanted text, created_from timestamptz, created_until timestamptz,
    metadata_key text, metadata_value text, batch text, words text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (wanted IS NULL OR j.status::text = wanted)
        AND (created_from IS NULL OR j.created_at >= created_from)
        AND (created_until IS NULL OR j.created_at < created_until)
        AND (metadata_key IS NULL OR CASE
            WHEN metadata_value IS NULL THEN j.metadata ? metadata_key
            ELSE j.metadata ->> metadata_key = metadata_value END)
        AND (batch IS NULL OR j.batch_id = batch)
        AND (words IS NULL
            OR strpos(lower(concat_ws(' ', j.title, j.file_name, j.video_url)), lower(words)) > 0)
$$;

-- What a clip says since it was corrected is found, too.
CREATE FUNCTION is_listed(
    c clips, of_job text, created_from timestamptz, created_until timestamptz,
    score integer, moment text, style text, words text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.expires_at > now() AND c.virality_score >= score
        AND (of_job IS NULL OR c.job_id = of_job)
        AND (created_from IS NULL OR c.created_at >= created_from)
        AND (created_until IS NULL OR c.created_at < created_until)
        AND (moment IS NULL OR c.kind = moment)
        AND (style IS NULL OR c.caption_style = style)
        AND (words IS NULL
            OR strpos(lower(concat_ws(' ', c.title, c.transcript)), lower(words)) > 0
            OR EXISTS (
                SELECT FROM jobs j, jsonb_array_elements(j.corrections) made
                WHERE j.job_id = c.job_id AND strpos(lower(made ->> 'text'), lower(words)) > 0
                  AND strpos(lower(concat_ws(' ', c.title, c.transcript)), lower(made ->> 'heard')) > 0))
$$;
