"""Every query fits the schema; migrations go forward, once, in order; keys are not stored."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from caller import Caller, Client, make_caller
from msgspec.structs import replace
from project_paths import ROOT

from klipfast_server.core.config import Config
from klipfast_server.store import accounts, database
from klipfast_server.store.database import Database, DatabaseError
from klipfast_server.store.pool import Pool

SQL = ROOT / "sql"


async def test_postgres_accepts_every_query(database_url: str) -> None:
    queries = database.load_queries(SQL)
    connection = await asyncpg.connect(database_url)
    try:
        for name, sql in queries.items():
            try:
                await connection.prepare(sql)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{name}: {error}")
    finally:
        await connection.close()
    assert len(queries) > 30


def test_every_query_is_used_under_its_name() -> None:
    code = "".join(path.read_text() for path in (ROOT / "klipfast_server").rglob("*.py"))
    unused = [name for name in database.load_queries(SQL) if f'"{name}"' not in code]
    assert unused == []


async def test_migrations_run_once_however_many_start_at_the_same_time(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE fresh")
    url = postgres.replace("/postgres?", "/fresh?")
    try:
        async with asyncpg.create_pool(url, min_size=1) as pool:
            applied = await asyncio.gather(*(database.migrate(pool, SQL) for _ in range(4)))
        assert sorted(applied) == [[], [], [], list(database.load_migrations(SQL))]
    finally:
        await connection.execute("DROP DATABASE fresh WITH (FORCE)")
        await connection.close()


async def test_tables_of_the_last_old_migration_are_taken_as_they_are_and_older_ones_refused(
    database_url: str,
) -> None:
    first = database.FIRST_MIGRATION
    async with asyncpg.create_pool(database_url, min_size=1) as pool:
        await pool.execute("INSERT INTO migrations SELECT generate_series(1, $1)", first - 1)
        assert await database.migrate(pool, SQL) == []
        await pool.execute("DELETE FROM migrations WHERE number >= 25")
        with pytest.raises(DatabaseError) as caught:
            await database.migrate(pool, SQL)
    assert str(caught.value) == (
        f"These tables are of an older KlipFast: they have migration 24, and this version upgrades "
        f"from {first}. Commit {database.LAST_TO_UPGRADE} upgrades them to that: start it once, "
        "or restore there."
    )


OLDER = """
INSERT INTO accounts (account_id, name, plan, credits) VALUES ('acc_a', 'ada', 'pro', 0);
INSERT INTO jobs (job_id, account_id, status, video_url, options, same_work, parallel_jobs,
    rerender_of, corrections, speaker_names, corrected_by)
VALUES
    ('job_a', 'acc_a', 'completed', 'x', '{}', '', 1, NULL, '[{"heard": "a", "text": "b"}]',
        '{"Speaker 1": "Ann"}', '[]'),
    ('job_b', 'acc_a', 'completed', 'x', '{}', '', 1, 'clip_a1', '[]', '{}',
        '[{"heard": "a", "text": "b"}]'),
    ('job_c', 'acc_a', 'completed', 'x', '{}', '', 1, 'clip_b0', '[]', '{}', '[]'),
    ('job_gone', 'acc_a', 'completed', 'x', '{}', '', 1, NULL, '[{"heard": "c", "text": "d"}]',
        '{}', '[]'),
    ('job_new', 'acc_a', 'queued', 'x', '{}', '', 1, NULL, '[]', '{}', '[]');
INSERT INTO talks (job_id, talk)
VALUES ('job_a', '{}'), ('job_b', '{"its": "own"}'), ('job_c', '{}');
INSERT INTO clips (clip_id, job_id, account_id, ordinal, title, virality_score, duration_s, width,
    height, caption_style, start_s, end_s, score, reason, transcript, hashtags, file_key,
    thumbnail_key, size_bytes, expires_at, created_at)
SELECT clip_id, 'job_' || substr(clip_id, 6, 1), 'acc_a', right(clip_id, 1)::integer, 'T', 50, 1, 1,
    1, '', 0, 1, '{}', '', 'a', '{}', '', '', 1, now() + interval '1 day',
    now() + at * interval '1 hour'
FROM (VALUES ('clip_a0', 0), ('clip_a1', 0), ('clip_b0', 1), ('clip_c0', 2)) made (clip_id, at);
"""


async def test_what_was_rendered_again_before_is_a_version_since(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE older")
    try:
        known = database.load_migrations(SQL)
        first = {number: text for number, text in known.items() if number < 33}
        older = await asyncpg.connect(postgres.replace("/postgres?", "/older?"))
        async with older.transaction():
            await database.migrate_within(older, first)
        await older.execute(OLDER)
        async with older.transaction():
            await database.migrate_within(older, known)
        rows = await older.fetch(
            "SELECT clip_id FROM clips c WHERE is_result(c, 'job_a') ORDER BY home_ordinal"
        )
        assert [row["clip_id"] for row in rows] == ["clip_a0", "clip_c0"]
        talks = await older.fetch(
            "SELECT j.job_id, t.talk::text, t.corrections <> '[]' AS corrected, "
            "t.speaker_names <> '{}' AS named FROM jobs j LEFT JOIN talks t USING (talk_id) "
            "ORDER BY j.job_id"
        )
        assert [tuple(row) for row in talks] == [
            ("job_a", "{}", True, True),
            ("job_b", '{"its": "own"}', False, False),
            ("job_c", "{}", False, False),
            ("job_gone", None, True, False),
            ("job_new", None, None, None),
        ]
        await older.execute("DELETE FROM accounts")
        assert await older.fetchval("SELECT count(*) FROM talks") == 0
        await older.close()
    finally:
        await connection.execute("DROP DATABASE older WITH (FORCE)")
        await connection.close()


async def test_a_connection_goes_back_to_the_pool_without_another_round_trip(
    database_url: str,
) -> None:
    async with Pool(database_url, size=1, timeout_s=10) as pool:
        pid = await pool.fetchval("SELECT pg_backend_pid()")
        watcher = await asyncpg.connect(database_url)
        try:
            last = await watcher.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", pid)
        finally:
            await watcher.close()
    assert last == "SELECT pg_backend_pid()"


async def test_a_broken_migration_changes_nothing(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in (SQL / "migrations").glob("*.sql"):
        (folder / path.name).write_text(path.read_text())
    number = max(database.load_migrations(SQL)) + 1
    (folder / f"{number:04}_broken.sql").write_text("CREATE TABLE half (a int); SELECT nonsense;")
    async with asyncpg.create_pool(database_url, min_size=1) as pool:
        with pytest.raises(asyncpg.UndefinedColumnError):
            await database.migrate(pool, tmp_path)
        assert await pool.fetchval("SELECT to_regclass('half')") is None
        assert await pool.fetchval("SELECT max(number) FROM migrations") == number - 1


def test_a_hole_in_the_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0033_late.sql").write_text("SELECT 1")
    with pytest.raises(DatabaseError, match="0032"):
        database.load_migrations(tmp_path)


def test_a_folder_without_queries_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="sql_dir"):
        database.load_queries(tmp_path)


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n")
    with pytest.raises(DatabaseError, match="two queries named one"):
        database.load_queries(tmp_path)


async def test_a_database_that_is_not_there_is_one_clear_error(config: Config) -> None:
    import msgspec

    nowhere = msgspec.structs.replace(config.database, url="postgresql:///?host=/nowhere")
    with pytest.raises(DatabaseError, match="cannot be reached"):
        async with database.opened(msgspec.structs.replace(config, database=nowhere)):
            pass


async def test_of_a_key_only_its_hash_is_kept(ada: Caller, db: Database) -> None:
    rows = await db.pool.fetch("SELECT to_jsonb(k)::text AS text, key_hash FROM api_keys k")
    assert [row["key_hash"] for row in rows] == [accounts.hash_key(ada.key)]
    assert ada.key[len("kf_live_sk_") :] not in rows[0]["text"]


async def test_the_account_keeps_its_credits_when_its_plan_changes(
    db: Database,
) -> None:
    for plan_name in ("pro", "starter"):
        made = await accounts.create_key(db, account="carl", plan_name=plan_name)
        if plan_name == "pro":
            await accounts.grant_credits(db, "carl", 7)
    account = await accounts.of_key(db, made.key)
    assert account is not None
    assert (account.plan, account.credits) == ("starter", 7)


@pytest.mark.slow  # starts Postgres
async def test_embedded_postgres_that_is_killed_is_started_again(
    serve: Callable[..., Awaitable[Client]], config: Config
) -> None:
    client = await serve(replace(config, database=replace(config.database, url="")))
    ada = await make_caller(client)
    job_id = await ada.submit(10)
    await ada.until(job_id)
    pids = config.server.data_dir / "postgres" / "postmaster.pid"
    first = int(pids.read_text().split()[0])
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(60):
        while (await client.get("/readyz")).status == 200:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
        while (await client.get("/readyz")).status != 200:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.1)
    assert int(pids.read_text().split()[0]) != first
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "completed"
    assert (await ada.until(await ada.submit(20)))["status"] == "completed"


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(signal.SIGKILL, id="killed", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, id="shut down"),
    ],
)
async def test_calls_say_when_to_come_back_while_postgres_is_away_and_succeed_afterwards(
    serve: Callable[..., Awaitable[Client]], config: Config, ends: signal.Signals
) -> None:
    client = await serve(replace(config, database=replace(config.database, url="")))
    ada = await make_caller(client)
    pids = config.server.data_dir / "postgres" / "postmaster.pid"
    os.kill(int(pids.read_text().split()[0]), ends)
    statuses: list[int] = []
    async with asyncio.timeout(60):
        while statuses[-2:] != [503, 200]:
            answer = await ada.call("GET", "/api/v1/usage")
            statuses.append(answer.status)
            assert answer.status in (200, 503), await answer.text()
            if answer.status == 503:
                body = await answer.json()
                assert body["error"] == "server_error"
                assert body["message"] == "The database is away for now; try again in 5 seconds."
                assert answer.headers["Retry-After"] == "5"
            await asyncio.sleep(0.02)
    assert (await ada.until(await ada.submit(20)))["status"] == "completed"


async def test_an_old_postgres_is_refused(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MIN_VERSION", 99)
    with pytest.raises(DatabaseError, match=r"Postgres 99 or newer is needed; database.url leads"):
        async with database.opened(config):
            pass
