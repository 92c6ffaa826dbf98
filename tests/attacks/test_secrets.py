"""Secrets are told once, to their owner: not in a log, an error, a metric, a document or a row.

Every route is called while everything is logged that can be, by every library.
"""

import asyncio
import io
import logging
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import expensive_calls
import full_database
import pytest
from belongings import belongings
from caller import TUS, Caller, Client, Serve, make_caller
from project_paths import ROOT
from server_settings import changed

from klipfast_server.api import app_keys
from klipfast_server.api.description import openapi
from klipfast_server.api.rate_limit import RateLimit
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.store import accounts, database
from klipfast_server.store.database import DatabaseError

SIGNING = "the-secret-that-signs-links"
PASSWORD = "the-password-of-the-database"
API_KEY = "the-key-of-the-language-model"
FILE = b"seconds 30".ljust(10_000)
# What a secret may be kept in: a webhook's signs its messages, so it is needed as it is.
KEPT = {("webhooks", "secret"), ("job_webhook_secrets", "secret")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Where a secret could come out: what was answered and logged, and who may be told what."""

    answers: dict[tuple[str, str], str]  # by route
    secrets: dict[str, str]  # by what it is
    caller: Caller
    client: Client
    log: io.StringIO


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any library logs, at the lowest level."""
    loggers = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    levels = {logger: logger.level for logger in (logging.root, *loggers)}
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.root.addHandler(handler)
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    yield written
    logging.root.removeHandler(handler)
    for logger, level in levels.items():
        logger.setLevel(level)


@pytest.fixture
def config(config: Config, unused_tcp_port: int) -> Config:
    """With secrets that are easily found, and metrics."""
    config = changed(config, "server", secret=SIGNING, metrics_port=unused_tcp_port)
    url = config.database.url.replace("postgres:@", f"postgres:{PASSWORD}@")
    assert PASSWORD in url  # a password that the embedded server does not ask for
    return changed(changed(config, "llm", api_key=API_KEY), "database", url=url)


@pytest.fixture
async def heard(
    serve: Serve,
    config: Config,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> Heard:
    """Every route was called, most with success."""
    monkeypatch.setattr(RateLimit, "hit", RateLimit.standing)
    client = await serve(config)
    ada = await make_caller(client, account="ada", plan="business")
    things = await belongings(ada, "xylograph")
    job_secret = (await ada.get("/api/v1/webhook-secret"))["secret"]
    assert client.app is not None
    async with client.app[app_keys.DATABASE].pool.acquire() as connection:
        laid = await full_database.lay_in(connection, "ada", full_database.talk(480))
    partials = []
    for _ in range(2):
        headers = TUS | {"Upload-Length": str(len(FILE))}
        begun = await ada.call("POST", "/api/v1/resumable-uploads", headers=headers)
        partials.append(begun.headers["Location"].rsplit("/", 1)[1])
    link = things.link[things.link.index("/files/") :]
    answers: dict[tuple[str, str], str] = {}
    routes = {(call.method, call.path) for call in openapi.calls(client.app)}
    calls = expensive_calls.calls(
        laid, routes=routes, file=FILE, link=link, partials=(partials[0], partials[1])
    )
    assert {call.route for call in calls} == routes
    for call in calls:
        response = await ada.call(call.route[0], call.path, **call.options)
        body = (await response.read()).decode(errors="replace")
        answers[call.route] = answers.get(call.route, "") + body + str(response.headers)
    return Heard(
        answers=answers,
        secrets={
            "key": ada.key,
            "hash of the key": accounts.hash_key(ada.key).hex(),
            "secret of a webhook": things.secret.removeprefix("whsec_"),
            "secret of jobs' webhooks": job_secret.removeprefix("whsec_"),
            "secret that signs": SIGNING,
            "password": PASSWORD,
            "key of the model": API_KEY,
            "signature": re.split("signature=", things.link)[1],
        },
        caller=ada,
        client=client,
        log=log,
    )


# The routes that tell one, and which.
TOLD = {
    ("GET", "/api/v1/webhook-secret"): "secret of jobs' webhooks",
}


@pytest.mark.slow  # a tour of all routes
async def test_a_secret_is_told_once_and_to_its_owner(heard: Heard, config: Config) -> None:
    """All looks are at one tour of the routes. The log's is the last: it breaks the database."""
    _look_at_answers(heard)
    await _look_at_documents(heard, config)
    await _look_at_rows(heard)
    await asyncio.to_thread(_look_at_disk, heard, config.server.data_dir)
    await _look_at_log(heard)


def _look_at_answers(heard: Heard) -> None:
    found = {
        (route, what)
        for route, text in heard.answers.items()
        for what, secret in heard.secrets.items()
        if secret in text
    }
    assert found == set(TOLD.items())


async def _look_at_documents(heard: Heard, config: Config) -> None:
    url = f"http://127.0.0.1:{config.server.metrics_port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        texts = [await response.text()]
    for path in ("/openapi.json", "/docs", "/healthz", "/readyz"):
        texts.append(await (await heard.client.get(path)).text())
    for text in texts:
        assert len(text) > 10
        assert [what for what, secret in heard.secrets.items() if secret in text] == []


async def _look_at_rows(heard: Heard) -> None:
    """A copy of the database opens no account: of a key it has the hash."""
    assert heard.client.app is not None
    pool = heard.client.app[app_keys.DATABASE].pool
    columns = await pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    for table, column in columns:
        rows = await pool.fetch(f'SELECT "{column}"::text AS value FROM "{table}"')
        text = "\n".join(str(row["value"]) for row in rows)
        found = [
            what
            for what, secret in heard.secrets.items()
            if what not in ("signature", "hash of the key") and secret in text
        ]
        assert found == [] or (table, column) in KEPT, (table, column, found)
    hashes = await pool.fetch("SELECT key_hash FROM api_keys")
    assert accounts.hash_key(heard.caller.key) in {row["key_hash"] for row in hashes}


def _look_at_disk(heard: Heard, folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert not any(heard.caller.key.encode() in path.read_bytes() for path in files)


async def _look_at_log(heard: Heard) -> None:
    """At the lowest level, with tracebacks, of every library."""
    assert heard.client.app is not None
    await heard.client.app[app_keys.DATABASE].pool.execute("ALTER TABLE charges RENAME TO hidden")
    response = await heard.caller.call("GET", "/api/v1/usage")
    assert response.status == 500
    text = heard.log.getvalue()
    lines = text.splitlines()
    assert "Traceback" in text
    assert len(lines) > len(heard.answers)
    assert [what for what, secret in heard.secrets.items() if secret in text] == []
    assert [what for what, s in heard.secrets.items() if s in await response.text()] == []


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "none.invalid:5432"])
async def test_an_error_of_the_database_does_not_tell_its_password(
    config: Config, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        place = host.format(port=closed.getsockname()[1])
        url = f"postgresql://ada:{PASSWORD}@{place}/klipfast?sslmode=disable"
        wrong = changed(config, "database", url=url)
        with pytest.raises(DatabaseError) as refused:
            async with database.opened(wrong):
                pass
    assert PASSWORD not in f"{refused.value} {refused.value.__cause__!r} {caplog.text}"


async def test_a_wrong_url_of_the_database_is_not_repeated(config: Config) -> None:
    for url in (
        f"postgresql://ada:{PASSWORD}@[::1/a",
        f"postgresql://ada:{PASSWORD}@host:port/a",
        f"mysql://ada:{PASSWORD}@host/a",
        f"ada:{PASSWORD}@host",
        f"postgresql://ada:{PASSWORD}@127.0.0.1:1/a?unknown=b",
    ):
        wrong = changed(config, "database", url=url)
        with pytest.raises((DatabaseError, asyncpg.PostgresError, OSError, ValueError)) as refused:
            async with database.opened(wrong):
                pass
        assert PASSWORD not in str(refused.value), url


def test_an_error_in_the_settings_does_not_repeat_a_secret(tmp_path: Path) -> None:
    for environ in (
        {"KLIPFAST__LLM__API_KEY": API_KEY, "KLIPFAST__LLM__URL": "nonsense"},
        {"KLIPFAST__LLM__API_KEY": API_KEY, "KLIPFAST__LANES__ENCODE": "x"},
        {"KLIPFAST_SECRET": SIGNING, "KLIPFAST_PORT": "x"},
        {"KLIPFAST_DATABASE_URL": f"postgresql://a:{PASSWORD}@b/c", "KLIPFAST_UNKNOWN": "x"},
        {"KLIPFAST__SERVER__SECRETS": SIGNING},
    ):
        with pytest.raises(ConfigError) as refused:
            settings.load(ROOT / "config.toml", environ)
        assert not any(secret in str(refused.value) for secret in (SIGNING, PASSWORD, API_KEY))
    file = tmp_path / "config.toml"
    file.write_text(f'[server]\nsecret = "{SIGNING}"\nport = "x"\n')
    with pytest.raises(ConfigError) as refused:
        settings.load(file, {})
    assert SIGNING not in str(refused.value)
