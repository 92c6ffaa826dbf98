"""The operator's page: who sees it, and what it tells of a server at work and in trouble."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, Serve, make_caller
from fake_engine import FakeEngine
from server_settings import changed

from klipfast_server.core.config import Config
from klipfast_server.core.engine import ModelsState
from klipfast_server.net import newest_version
from klipfast_server.store.database import Database
from klipfast_server.store.queue import draining
from klipfast_server.telemetry.metrics import VERSION

PATH = "/api/v1/operator"


@pytest.fixture
async def owner(client: Client) -> Caller:
    """The account that the settings name."""
    return await make_caller(client, account="owner", plan="pro")


async def until(owner: Caller, holds: Any) -> Any:
    """Look until `holds` is true for the answer; return it."""
    async with asyncio.timeout(60):
        while not holds(found := await owner.get(PATH)):  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(0.05)
    return found


async def test_only_the_operator_sees_the_server(
    ada: Caller, owner: Caller, serve: Serve, config: Config
) -> None:
    assert (await ada.get(PATH, 404))["message"] == f"There is nothing at {PATH}."
    assert (await ada.get("/api/v1/usage"))["operator"] is False
    assert (await owner.get("/api/v1/usage"))["operator"] is True
    key = await owner.post("/api/v1/keys", {"scopes": ["read"]}, 201)
    reads = Caller(client=owner.client, key=key["key"])
    assert (await reads.get(PATH))["versions"]["klipfast"] == VERSION
    for other in ("", "ada"):
        client = await serve(changed(config, "server", operator=other))
        same = Caller(client=client, key=owner.key)
        await same.get(PATH, 404)
        assert (await same.get("/api/v1/usage"))["operator"] is False


async def test_a_busy_server_tells_its_queue_lanes_accounts_and_disk(
    ada: Caller, owner: Caller, db: Database, engine: FakeEngine
) -> None:
    await ada.done(30)
    engine.hold("listen")
    try:
        jobs = [await ada.submit(seconds) for seconds in (60, 70, 80, 90)]
        found = await until(
            owner,
            lambda found: (
                found["lanes"][0]["waiting"] == 2 and found["queue"]["oldest_wait_seconds"] > 0
            ),
        )
        assert found["lanes"][0] == {"name": "listen", "size": 1, "busy": 1, "waiting": 2}
        assert [lane["name"] for lane in found["lanes"][1:]] == ["edit", "look", "encode", "write"]
        queue = found["queue"]
        assert (queue["queued"], queue["completed_lately"], queue["failed_lately"]) == (1, 1, 0)
        assert queue["processing"] == 3
        assert (queue["draining"], found["health"]) == (False, {"status": "ok"})
        await draining.start(db)
        drained = await owner.get(PATH)
        assert drained["queue"]["draining"] is True
        assert drained["health"] == {"status": "ok", "draining": True}
        await draining.stop(db)
        for job_id in jobs:
            await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    finally:
        engine.let_go("listen")
    found = await until(owner, lambda found: found["lanes"][0]["busy"] == 0)
    [this] = [account for account in found["accounts"] if account["name"] == "ada"]
    assert (this["plan"], this["jobs"], this["minutes_used"]) == ("business", 1, 0.5)
    assert this["last_used_at"] is not None
    assert found["accounts_total"] == len(found["accounts"]) == 2
    disk = found["disk"]
    stored = disk["clip_bytes"] + disk["source_bytes"] + disk["brand_bytes"]
    assert stored == sum(account["storage_bytes"] for account in found["accounts"]) > 0
    assert disk["clip_bytes"] > 0
    assert found["versions"]["migration"] >= 38
    assert found["versions"]["newest"] is None


async def test_the_accounts_that_called_last_come_first_and_at_most_a_hundred(
    owner: Caller, db: Database
) -> None:
    await db.pool.execute(
        "INSERT INTO accounts (account_id, name, plan, credits) "
        "SELECT 'acc_' || n, 'a' || n, 'pro', 0 FROM generate_series(1, 150) n"
    )
    found = await owner.get(PATH)
    assert found["accounts"][0]["name"] == "owner"
    assert (len(found["accounts"]), found["accounts_total"]) == (100, 151)


async def test_what_is_wrong_is_told_with_its_reason(
    owner: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, engine.models_state = engine.models_state, ModelsState(status="failed", reason="No net.")
    found = await owner.get(PATH)
    engine.models_state = ready
    assert found["health"]["missing"] == "models"
    assert found["models"]["networks"] == [
        {"name": "speech recognizer", "status": "failed", "reason": "No net."}
    ]

    def breaks(_: object) -> None:
        raise OSError("Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", breaks)
    found = await owner.get(PATH)
    assert found["health"]["missing"] == "disk"
    assert (found["disk"]["used_bytes"], found["disk"]["free_bytes"]) == (None, None)


@pytest.fixture
async def index() -> AsyncIterator[tuple[TestServer, list[web.Response]]]:
    """A server that answers what is given, once."""
    answers: list[web.Response] = []

    async def answer(_request: web.Request) -> web.Response:
        return answers.pop(0)

    app = web.Application()
    app.router.add_get("/newest", answer)
    server = TestServer(app)
    async with server:
        yield server, answers


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('{"info": {"version": "12.0.0"}, "releases": {}}', ("12.0.0", True)),
        ('{"version": "12.1"}', ("12.1", True)),
        ('{"tag_name": "v0.0.9"}', ("0.0.9", False)),
        (f'{{"tag_name": "v{VERSION}"}}', (VERSION, False)),
        ('{"version": "12.0.0-rc.1"}', (None, False)),
        ('{"version": 12}', (None, False)),
        ("<html>", (None, False)),
    ],
)
async def test_a_newer_version_is_told_where_the_settings_say_who_knows(
    serve: Serve,
    config: Config,
    index: tuple[TestServer, list[web.Response]],
    answer: str,
    told: tuple[str | None, bool],
) -> None:
    server, answers = index
    answers.append(web.Response(text=answer))
    config = changed(config, "sources", allow_private=True)
    config = changed(config, "server", updates_url=str(server.make_url("/newest")))
    owner = await make_caller(await serve(config), account="owner")
    assert len(answers) == 1  # nobody has looked
    await until(owner, lambda found: not answers and found["versions"]["newest"] == told[0])
    versions = (await owner.get(PATH))["versions"]  # a second question would have no answer
    assert (versions["newest"], versions["newer"]) == told


def test_versions_are_ordered_as_numbers_and_a_pre_release_before_its_release() -> None:
    ordered = ["0.9.9", "0.10.0-rc.1", "0.10", "0.10.1+build", "1.0.0.dev1", "v1.0.0", "1.0.1"]
    assert sorted(ordered, key=newest_version.order) == ordered
