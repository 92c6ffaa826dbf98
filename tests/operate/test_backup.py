"""A backup brings the whole server back."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import msgspec
import operator_command
from belongings import belongings
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from project_paths import ROOT

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.store import accounts, database

from .conftest import Operate, all_files, all_rows, until_somebody_waits

Serve = Callable[[Config], Awaitable[Client]]


async def test_a_restored_server_has_the_same_rows_files_keys_and_links(
    serve: Serve, config: Config, fresh: Config, operate: Operate, tmp_path: Path
) -> None:
    first = await serve(config)
    ada = await make_caller(first, account="ada", plan="business")
    things = await belongings(ada, "quetzal")
    clip = await ada.get(f"/api/v1/clips/{things.ids['clip_id']}")
    await first.close()
    made = await operate(config, "backup", "--to", str(tmp_path))
    assert made.returncode == 0, made.stderr
    (archive,) = tmp_path.glob("klipfast-*.tar")
    assert archive.stat().st_mode & 0o077 == 0  # it has secrets
    restored = await operate(fresh, "restore", "--from", str(archive))
    assert restored.returncode == 0, restored.stderr
    before = all_files(config.server.data_dir)
    assert any(name.startswith("storage/clips/") for name in before)
    assert any(name.startswith("storage/brands/") for name in before)
    assert any(name.startswith("uploads/") for name in before)
    assert "secret" in before
    assert all_files(fresh.server.data_dir) == before
    for name in ("storage", "uploads", "secret"):
        assert (fresh.server.data_dir / name).stat().st_mode & 0o077 == 0, name
    async with database.running(fresh) as url:
        rows, copies = await all_rows(config.database.url), await all_rows(url)
    # Each has an entry of what was done to it since.
    assert [json.loads(line)["action"] for line in rows["audit"]].count("backup") == 1
    assert [json.loads(line)["action"] for line in copies["audit"]].count("restore") == 1
    assert len(copies.pop("audit")) == len(rows.pop("audit")) > 5
    assert copies == rows
    second = await serve(fresh)
    again = Caller(client=second, key=ada.key)
    same = await again.get(f"/api/v1/clips/{things.ids['clip_id']}")
    assert same["title"] == clip["title"]
    link = clip["download_url"].partition("/files/")[2]  # the first server's link
    found = await second.get(f"/files/{link}")
    assert (found.status, await found.read()) == (
        200,
        before[f"storage/clips/{things.ids['job_id']}/{things.ids['clip_id']}.mp4"],
    )
    await again.until(await again.submit(seconds=20))  # numbers go on behind those that are there


async def test_a_backup_beside_a_running_job_lets_it_go_on_where_it_was(
    serve: Serve, boxes: tuple[Config, Config], engine: FakeEngine, operate: Operate, tmp_path: Path
) -> None:
    config, fresh = boxes
    ada = await make_caller(await serve(config), account="ada", plan="business")
    engine.hold("clip 1")
    job_id = await ada.submit(seconds=30)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    made = await operate(config, "backup", "--to", str(tmp_path / "b.tar"))
    assert made.returncode == 0, made.stderr
    assert "not in the backup" not in made.stderr
    engine.let_go("clip 1")
    await ada.until(job_id)
    restored = await operate(fresh, "restore", "--from", str(tmp_path / "b.tar"))
    assert restored.returncode == 0, restored.stderr
    again = Caller(client=await serve(fresh), key=ada.key)
    job = await again.until(job_id)
    assert job["status"] == "completed"
    assert len(job["clips"]) == 3


async def test_a_restore_takes_neither_a_database_nor_a_folder_that_is_in_use(
    archive: Path, config: Config, fresh: Config, operate: Operate
) -> None:
    kept = fresh.server.data_dir / "storage" / "clips" / "mine.mp4"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"mine")
    refused = await operate(fresh, "restore", "--from", str(archive))
    assert refused.returncode == 1
    assert "data folder is not empty" in refused.stderr
    assert all_files(fresh.server.data_dir) == {"storage/clips/mine.mp4": b"mine"}
    before = await all_rows(config.database.url)
    kept.unlink()
    kept.parent.rmdir()
    used = await operate(
        _with_folder(config, fresh.server.data_dir), "restore", "--from", str(archive)
    )
    assert used.returncode == 1
    assert "The database is not empty" in used.stderr
    assert await all_rows(config.database.url) == before
    assert all_files(fresh.server.data_dir) == {}


def _with_folder(config: Config, folder: Path) -> Config:
    server = msgspec.structs.replace(config.server, data_dir=folder)
    return msgspec.structs.replace(config, server=server)


async def test_a_file_that_is_gone_is_told_and_a_backup_replaces_no_file(
    archive: Path, config: Config, operate: Operate, tmp_path: Path
) -> None:
    clip = next((config.server.data_dir / "storage").rglob("*.mp4"))
    clip.unlink()
    made = await operate(config, "backup", "--to", str(tmp_path / "second.tar"))
    assert made.returncode == 0
    assert clip.name in made.stderr
    assert "1 files that rows name are not in the backup" in made.stderr
    before = archive.read_bytes()
    refused = await operate(config, "backup", "--to", str(archive))
    assert refused.returncode == 1
    assert "exists" in refused.stderr
    assert archive.read_bytes() == before
    assert not list(tmp_path.glob(".*"))
    nowhere: subprocess.CompletedProcess[str] = await operate(
        config, "backup", "--to", str(tmp_path / "no" / "folder.tar")
    )
    assert nowhere.returncode == 1
    assert "cannot be written" in nowhere.stderr


async def test_a_full_disk_is_told_and_nothing_is_left(
    archive: Path, config: Config, tmp_path: Path
) -> None:
    environ = {
        "KLIPFAST_DATABASE_URL": config.database.url,
        "KLIPFAST_DATA_DIR": str(config.server.data_dir),
        "PYTHONDONTWRITEBYTECODE": "1",  # it would be cut, too
    }
    size = archive.stat().st_size
    for room in (1000, size - 10_000):  # within the rows, and within the archive
        full = await asyncio.to_thread(
            operator_command.run,
            environ,
            *("backup", "--to", str(tmp_path / "full.tar")),
            before=("prlimit", f"--fsize={room}"),
        )
        assert full.returncode == 1
        assert full.stderr.startswith("klipfast-server: "), full.stderr
        assert full.stderr.count("\n") == 1
        assert [path for path in tmp_path.iterdir() if path.is_file()] == [archive]


async def interrupted(
    config: Config, *words: str, connection: asyncpg.Connection, holds: str
) -> None:
    """Run a command until it waits for what the `connection` holds, and interrupt it there."""
    async with connection.transaction():
        await connection.execute(holds)
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "klipfast_server", *words),
            cwd=ROOT,
            env={
                "PATH": "/usr/bin:/bin",
                "KLIPFAST_DATABASE_URL": config.database.url,
                "KLIPFAST_DATA_DIR": str(config.server.data_dir),
            },
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        await until_somebody_waits(connection, within_s=60)
        command.send_signal(signal.SIGINT)
        assert await command.wait() == 130


async def test_an_interrupted_backup_leaves_nothing(
    archive: Path, config: Config, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(config.database.url)
    words = ("backup", "--to", str(tmp_path / "interrupted.tar"))
    try:
        await interrupted(config, *words, connection=connection, holds="LOCK TABLE texts")
    finally:
        await connection.close()
    assert [path for path in tmp_path.iterdir() if path.is_file()] == [archive]


async def test_an_interrupted_restore_leaves_nothing_and_can_be_begun_again(
    archive: Path, bare: Config, operate: Operate
) -> None:
    connection = await asyncpg.connect(bare.database.url)
    words = ("restore", "--from", str(archive))
    a_type = "CREATE TYPE job_status AS ENUM ()"  # which pg_restore makes, too
    try:
        await interrupted(bare, *words, connection=connection, holds=a_type)
        await connection.execute("DROP TYPE job_status")
    finally:
        await connection.close()
    assert await all_rows(bare.database.url) == {}
    assert list(bare.server.data_dir.iterdir()) == []
    restored = await operate(bare, *words)
    assert restored.returncode == 0, restored.stderr
    assert len((await all_rows(bare.database.url))["jobs"]) == 1
    assert any(name.endswith(".mp4") for name in all_files(bare.server.data_dir))


def one_migration_further(folder: Path) -> tuple[str, str]:
    """The options that run a command as a later version, which has one more migration."""
    shutil.copytree(ROOT / "sql", folder / "sql")
    later = folder / "sql" / "migrations" / f"{NEWEST + 1:04}_later.sql"
    later.write_text("ALTER TABLE jobs ADD COLUMN later text NOT NULL DEFAULT 'new';")
    settings = folder / "later.toml"
    settings.write_text(f'[database]\nsql_dir = "{folder / "sql"}"\n')
    return "--config", str(settings)


NEWEST = max(database.load_migrations(ROOT / "sql"))


async def test_a_backup_of_older_tables_is_brought_up_to_date(
    serve: Serve, fresh: Config, operate: Operate, tmp_path: Path
) -> None:
    older = _with_folder(fresh, tmp_path / "older")
    (tmp_path / "older").mkdir()
    done = await operate(older, "migrate")
    assert done.stdout.endswith(f"at migration {NEWEST}\n"), done.stderr
    async with database.running(older) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(A_JOB, accounts.hash_key(KEY))
        await connection.close()
    made = await operate(older, "backup", "--to", str(tmp_path / "older.tar"))
    assert made.returncode == 0, made.stderr
    as_later = one_migration_further(tmp_path)
    restored = await operate(fresh, *as_later, "restore", "--from", str(tmp_path / "older.tar"))
    assert restored.returncode == 0, restored.stderr
    async with database.running(fresh) as url:
        rows = await all_rows(url)
    numbers = sorted(json.loads(row)["number"] for row in rows["migrations"])
    assert numbers == [*database.load_migrations(ROOT / "sql"), NEWEST + 1]
    assert json.loads(rows["jobs"][0])["later"] == "new"
    sql_dir = msgspec.structs.replace(fresh.database, sql_dir=tmp_path / "sql")
    ada = Caller(client=await serve(msgspec.structs.replace(fresh, database=sql_dir)), key=KEY)
    [job] = (await ada.get("/api/v1/jobs"))["jobs"]
    assert (job["job_id"], job["title"]) == (OLD_JOB, "An older talk")
    text = await ada.call("GET", f"/api/v1/jobs/{OLD_JOB}/texts/blog_post")
    assert await text.text() == "Written before.\n"
    await ada.until(await ada.submit(seconds=20))


KEY = f"{identifiers.KEY_PREFIX}{'k' * identifiers.KEY_LENGTH}"
OLD_JOB = f"job_{'b' * 22}"
A_JOB = f"""
    WITH account AS (
        INSERT INTO accounts (account_id, name, plan, credits)
        VALUES ('acc_{"a" * 22}', 'ada', 'business', 0)
        RETURNING account_id
    ), key AS (
        INSERT INTO api_keys (key_id, account_id, key_hash)
        SELECT 'key_{"c" * 22}', account_id, $1 FROM account
    ), job AS (
        INSERT INTO jobs (job_id, account_id, status, video_url, options, same_work, parallel_jobs,
            title, finished_at)
        SELECT '{OLD_JOB}', account_id, 'completed', 'https://example.com/talk.mp4', '{{}}', '', 1,
            'An older talk', now()
        FROM account
        RETURNING job_id
    )
    INSERT INTO texts (job_id, kind, text, author)
    SELECT job_id, 'blog_post', 'Written before.', '' FROM job
"""
