-- What comes in by itself: feeds with their episodes, and files of watched folders.
CREATE TABLE feeds (
    feed_id        text PRIMARY KEY,
    account_id     text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    url            text NOT NULL,
    etag           text NOT NULL DEFAULT '',    -- of the version that was read last
    last_modified  text NOT NULL DEFAULT '',
    read_at        timestamptz,                 -- when it was read last; null: never
    failures       integer NOT NULL DEFAULT 0,  -- looks in a row that failed
    due_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, url)
);

CREATE TABLE episodes (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- in the order they become jobs
    feed_id   text NOT NULL REFERENCES feeds ON DELETE CASCADE,
    guid      bytea NOT NULL,           -- SHA-256 of what identifies it in the feed
    url       text NOT NULL,
    title     text NOT NULL,
    feed      text NOT NULL,            -- title of the feed
    state     text NOT NULL CHECK (state IN ('old', 'waiting', 'job', 'refused')),
    job_id    text,                     -- outlives the job, so that it is not made again
    seen_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (feed_id, guid)
);
CREATE INDEX episodes_waiting ON episodes (feed_id, number) WHERE state = 'waiting';

-- A file stays here while it is taken in, so that a server that dies meanwhile makes no second job
-- of it; and afterwards where files stay in their folder.
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
