-- name: add_audit
-- $1: entries as a list of JSON objects. Of an account that was deleted meanwhile nothing is kept.
INSERT INTO audit (actor, account_id, key_id, address, request_id, action, object_id, made_id, outcome)
SELECT e.actor, e.account_id, e.key_id, e.address, e.request_id, e.action, e.object_id, e.made_id,
    e.outcome
FROM jsonb_populate_recordset(NULL::audit, $1::jsonb) AS e
WHERE e.account_id IS NULL OR EXISTS (SELECT FROM accounts a WHERE a.account_id = e.account_id);

-- name: first_audit
-- The number of the first entry since then; null where there is none.
SELECT min(number) FROM audit WHERE at >= $1;

-- name: audit_after
SELECT u.number, u.at, u.actor, u.account_id, a.name AS account, u.key_id, k.name AS key_name,
    u.address, u.request_id, u.action, u.object_id, u.made_id, u.outcome
FROM audit u
LEFT JOIN accounts a USING (account_id)
LEFT JOIN api_keys k USING (key_id)
WHERE u.number > $1 AND ($2::text IS NULL OR u.account_id = $2)
ORDER BY u.number
LIMIT $3;

-- name: delete_audit_of
DELETE FROM audit WHERE account_id = $1;
