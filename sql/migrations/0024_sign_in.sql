-- Codes that sign a person in once, by the link that the server prints.

CREATE TABLE sign_in_codes (
    code_hash bytea PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
