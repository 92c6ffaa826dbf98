-- What was seen in a clip (shots, and the faces in them), so that another render of it and previews
-- need not look again: compressed MessagePack, a few kB a minute. A table of its own, since lists of
-- clips do not need it.
CREATE TABLE clip_shots (
    clip_id text PRIMARY KEY REFERENCES clips ON DELETE CASCADE,
    shots   bytea NOT NULL
);
