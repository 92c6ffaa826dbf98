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
        count = len(database.load_migrations(SQL))
        assert sorted(applied) == [[], [], [], list(range(1, count + 1))]
    finally:
        await connection.execute("DROP DATABASE fresh WITH (FORCE)")
        await connection.close()


async def test_texts_that_were_stored_move_with_their_jobs(postgres: str, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    migrations = sorted((SQL / "migrations").glob("*.sql"))
    for path in migrations[:15]:
        (tmp_path / "migrations" / path.name).write_text(path.read_text())
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE older")
    try:
        async with asyncpg.create_pool(postgres.replace("/postgres?", "/older?")) as pool:
            await database.migrate(pool, tmp_path)
            await pool.execute("INSERT INTO accounts VALUES ('acc_a', 'ada', 'pro', 0)")
            for job, texts in (
                ("job_1", '{"twitter_thread": "1/ One.", "linkedin_post": "", "blog_post": "# T"}'),
                ("job_2", None),
                ("job_3", "{}"),
            ):
                await pool.execute(
                    "INSERT INTO jobs (job_id, account_id, video_url, options, same_work, "
                    "parallel_jobs, status, texts, finished_at) VALUES ($1, 'acc_a', '', '{}', '', "
                    "1, 'completed', $2::jsonb, '2026-01-02T03:04:05Z')",
                    job,
                    texts,
                )
            await database.migrate(pool, SQL)
            queries = database.load_queries(SQL)
            rows = await pool.fetch(queries["job_texts"], "job_1", "acc_a")
            found = {row["kind"]: (row["text"], row["author"], row["blocks"]) for row in rows}
            assert found == {
                "twitter_thread": ("1/ One.", "", "[]"),
                "blog_post": ("# T", "", "[]"),
            }
            assert {f"{row['updated_at']:%F %T}" for row in rows} == {"2026-01-02 03:04:05"}
            moved = await pool.fetchrow(queries["get_job"], "job_1", "acc_a")
            assert moved is not None
            assert '"# T"' in moved["texts"]
            assert await pool.fetchval("SELECT count(*) FROM texts") == 2
    finally:
        await connection.execute("DROP DATABASE older WITH (FORCE)")
        await connection.close()


async def test_of_what_was_said_of_clips_the_verdicts_stay(postgres: str) -> None:
    known = database.load_migrations(SQL)
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE said")
    try:
        async with asyncpg.create_pool(postgres.replace("/postgres?", "/said?")) as pool:
            async with pool.acquire() as older, older.transaction():
                await database.migrate_within(older, {n: known[n] for n in range(1, 32)})
            await pool.execute("INSERT INTO accounts VALUES ('acc_a', 'ada', 'pro', 0)")
            for clip, verdict in (("a", "kept"), ("b", "rejected"), ("c", "posted"), ("d", None)):
                await pool.execute(
                    "INSERT INTO feedback (clip_id, account_id, job_id, verdict, views, likes, "
                    "note, traits) VALUES ($1, 'acc_a', 'job_1', $2, 9, 8, 'Monday', '{}')",
                    clip,
                    verdict,
                )
            await database.migrate(pool, SQL)
            rows = await pool.fetch("SELECT * FROM feedback ORDER BY clip_id")
    finally:
        await connection.execute("DROP DATABASE said WITH (FORCE)")
        await connection.close()
    assert [row["verdict"] for row in rows] == ["kept", "rejected", "kept", None]
    assert list(rows[0].keys()) == [
        "clip_id",
        "account_id",
        "job_id",
        "verdict",
        "created_at",
        "updated_at",
    ]


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
    number = len(list(folder.iterdir())) + 1
    (folder / f"{number:04}_broken.sql").write_text("CREATE TABLE half (a int); SELECT nonsense;")
    async with asyncpg.create_pool(database_url, min_size=1) as pool:
        with pytest.raises(asyncpg.UndefinedColumnError):
            await database.migrate(pool, tmp_path)
        assert await pool.fetchval("SELECT to_regclass('half')") is None
        assert await pool.fetchval("SELECT max(number) FROM migrations") == number - 1


def test_a_hole_in_the_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0002_late.sql").write_text("SELECT 1")
    with pytest.raises(DatabaseError, match="0001"):
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
