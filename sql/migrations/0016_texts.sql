-- The texts of a job, one row a kind: what they consist of, who wrote them, what is wrong with a
-- caller's own. Texts written earlier have no parts, and nobody knows whether a model wrote them.
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

INSERT INTO texts (job_id, kind, text, author, updated_at)
SELECT job_id, kind, text, '', coalesce(finished_at, created_at)
FROM jobs, jsonb_each_text(jobs.texts) AS written (kind, text)
WHERE jsonb_typeof(jobs.texts) = 'object' AND text <> '';

ALTER TABLE jobs DROP COLUMN texts;

-- The job whose text such a job writes again; it has no video, is free, and goes with that job.
ALTER TABLE jobs ADD COLUMN rewrite_of text REFERENCES jobs ON DELETE CASCADE;
CREATE INDEX jobs_by_rewritten ON jobs (rewrite_of) WHERE rewrite_of IS NOT NULL;
