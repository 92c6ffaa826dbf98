-- What was deleted from the tables and is still to be deleted from storage: noted in the transaction,
-- deleted after it, and by the sweep where that failed or the server died.

-- name: throw_away
INSERT INTO trash (place, name) VALUES ($1, $2);

-- name: trash_named
SELECT trash_id, place, name FROM trash WHERE name = ANY ($1::text[]) ORDER BY trash_id;

-- name: trash_after
SELECT trash_id, place, name FROM trash WHERE trash_id > $1 ORDER BY trash_id LIMIT 100;

-- name: trash_below
SELECT trash_id, place, name FROM trash
WHERE place = 'storage' AND (name = $1 OR starts_with(name, $1 || '/'))
ORDER BY trash_id;

-- name: forget_trash
DELETE FROM trash WHERE trash_id = $1;
