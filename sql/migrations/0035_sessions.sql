-- Sessions of browsers. A session is a key whose secret only a cookie has: what a key opens or gives away
-- ends with it, and so it does for a session. Its name is the browser's.

ALTER TABLE api_keys
    ADD COLUMN is_session boolean NOT NULL DEFAULT false,
    ADD COLUMN begun_by text REFERENCES api_keys ON DELETE CASCADE;  -- the key; null: by a link
CREATE INDEX api_keys_by_begun_by ON api_keys (begun_by) WHERE begun_by IS NOT NULL;

CREATE FUNCTION is_valid(k api_keys) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
        AND NOT EXISTS (
            SELECT FROM api_keys b
            WHERE b.key_id = k.begun_by AND (b.revoked_at IS NOT NULL OR b.expires_at <= now()))
$$;
