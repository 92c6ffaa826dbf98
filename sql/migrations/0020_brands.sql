-- Brands: what an account's clips are to look like, and the files for it.
CREATE TABLE brands (
    brand_id    text PRIMARY KEY,
    account_id  text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name        text NOT NULL,
    settings    jsonb NOT NULL,                 -- schema.brands.BrandSettings
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX brands_by_account ON brands (account_id, created_at);

CREATE TABLE brand_files (
    brand_id    text NOT NULL REFERENCES brands ON DELETE CASCADE,
    kind        text NOT NULL,                  -- pipeline.core.brand.FileKind
    name        text NOT NULL,                  -- below the brand's key prefix of the storage
    size_bytes  bigint NOT NULL,
    facts       jsonb NOT NULL,                 -- schema.brands.BrandFile
    PRIMARY KEY (brand_id, kind)
);

-- Unfinished jobs that a brand's files are needed by.
CREATE INDEX jobs_by_brand ON jobs ((options -> 'brand' ->> 'brand_id'))
WHERE status IN ('queued', 'processing');

-- Seconds of a clip before its highlight begins: its intro and title card.
ALTER TABLE clips ADD COLUMN lead_in_s double precision NOT NULL DEFAULT 0;
