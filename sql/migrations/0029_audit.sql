-- Who has changed or been shown what: added to, and never changed. Entries go by their age, and with
-- their account. It refers to no other table: an entry must not wait for whoever holds an account.
CREATE TABLE audit (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL CHECK (actor IN ('key', 'token', 'nobody', 'operator')),
    account_id  text,                   -- whose things it was about; null: nobody's, or of all
    key_id      text,
    address     text NOT NULL,          -- of the caller; of an operator, the user of the system
    request_id  text,
    action      text NOT NULL,          -- operationId of the call, or words of the command
    object_id   text,                   -- what was named
    made_id     text,                   -- what came of it
    outcome     text NOT NULL           -- HTTP status; done or failed
);
CREATE INDEX audit_by_account ON audit (account_id, number);
CREATE INDEX audit_by_time ON audit (at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of the audit log are never changed';
END
$$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse_change();
