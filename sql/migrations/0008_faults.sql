-- Fair turns between accounts, the file that a talk was heard in, deletion in two steps, and an index
-- for the deletion of a webhook.

ALTER TABLE accounts ADD COLUMN turn double precision NOT NULL DEFAULT 0;

-- Of the whole file; NULL for talks of earlier versions.
ALTER TABLE talks ADD COLUMN source_sha256 bytea;

-- What was deleted from the other tables and is still to be deleted from storage.
CREATE TABLE trash (
    trash_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place       text NOT NULL CHECK (place IN ('storage', 'uploads')),
    name        text NOT NULL,          -- a key prefix of the storage, or an upload's id
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id) WHERE webhook_id IS NOT NULL;
