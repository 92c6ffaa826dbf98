-- What was heard of a talk so far, while it is being heard: a killed job goes on behind it.
CREATE TABLE heard (
    job_id  text NOT NULL REFERENCES jobs ON DELETE CASCADE,
    first   integer NOT NULL,           -- window
    part    jsonb NOT NULL,             -- pipeline.data.Part
    PRIMARY KEY (job_id, first)
);
