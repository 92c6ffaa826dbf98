"""Keys that an account makes: what they may do, when they end; errors of Authorization; credits."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from caller import Caller, Client, Serve, make_caller
from fake_engine import FakeEngine
from server_settings import changed
from yarl import URL

from klipfast_server.api import app_keys
from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.store import accounts
from klipfast_server.store.database import Database


async def another(caller: Caller, **body: Any) -> tuple[Any, Caller]:
    """A new key, and a caller with it."""
    made = await caller.post("/api/v1/keys", body, 201)
    return made, Caller(client=caller.client, key=made["key"])


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(ada: Caller) -> None:
    made, second = await another(ada, name="dashboard")
    assert identifiers.KEY.fullmatch(made["key"])
    assert (made["name"], made["expires_at"]) == ("dashboard", None)
    assert made["scopes"] == ["read", "write"]
    listed = (await second.get("/api/v1/keys"))["keys"]
    assert "key" not in listed[0]
    assert [key["current"] for key in listed] == [False, True]
    assert listed[1]["key_id"] == made["key_id"]
    assert listed[1]["last_used_at"] is not None
    path = f"/api/v1/keys/{made['key_id']}"
    await second.send("DELETE", path, 409)  # not itself
    await ada.send("DELETE", path, 204)
    assert "revoked" in (await second.get("/api/v1/usage", 401))["message"]
    await ada.send("DELETE", path, 404)
    assert len((await ada.get("/api/v1/keys"))["keys"]) == 1


async def test_what_a_key_has_opened_or_given_away_ends_with_it(
    ada: Caller, engine: FakeEngine
) -> None:
    made, second = await another(ada)
    done = (await ada.done(20))["job_id"]
    source = URL((await second.get(f"/api/v1/jobs/{done}/source/link"))["url"]).relative()
    assert (await ada.client.get(source)).status == 200
    engine.hold("listen")
    events = f"/api/v1/jobs/{await ada.submit(30)}/events"
    link = URL((await second.get(f"{events}/link"))["url"]).relative()
    token = await second.post("/api/v1/upload-tokens", {}, 201)
    page = Caller(client=ada.client, key=token["token"])
    await page.upload(b"seconds 10")
    streams = [await second.call("GET", events), await ada.client.get(link)]
    for stream in streams:
        assert b"progress" in await stream.content.readline()
    lasting = await ada.call("GET", events)
    await ada.send("DELETE", f"/api/v1/keys/{made['key_id']}", 204)
    async with asyncio.timeout(60):
        for stream in streams:
            await stream.content.read()
    assert (await ada.client.get(link)).status == 401
    assert (await ada.client.get(source)).status == 401
    await page.upload(b"seconds 10", 401)
    engine.let_go("listen")
    async with asyncio.timeout(60):
        assert b"event: end" in await lasting.content.read()


async def test_a_key_does_what_its_scopes_say(ada: Caller) -> None:
    _, reader = await another(ada, scopes=["read"])
    _, writer = await another(ada, scopes=["write"])
    await reader.get("/api/v1/jobs")
    refused = await reader.post("/api/v1/process", {"video_url": "https://example.com/a.mp4"}, 403)
    assert "write" in refused["message"]
    upload = await writer.upload(b"seconds 10")
    await writer.post("/api/v1/process", {"video_url": upload["video_url"]}, 202)
    assert "read" in (await writer.get("/api/v1/jobs", 403))["message"]
    await reader.send("DELETE", "/api/v1/keys/key_a", 403)
    more = await writer.post("/api/v1/keys", {"scopes": ["read"]}, 403)
    assert more["field"] == "scopes"
    await writer.post("/api/v1/keys", {"scopes": ["write"]}, 201)


async def test_a_key_ends_when_it_says(ada: Caller, db: Database) -> None:
    ends_at = datetime.now(UTC) + timedelta(days=1)
    made, second = await another(ada, expires_at=ends_at.isoformat())
    await second.get("/api/v1/usage")
    await db.pool.execute(
        "UPDATE api_keys SET expires_at = now() WHERE key_id = $1", made["key_id"]
    )
    await second.get("/api/v1/usage", 401)
    assert len((await ada.get("/api/v1/keys"))["keys"]) == 1
    past = {"expires_at": "2026-01-01T00:00:00Z"}
    assert (await ada.post("/api/v1/keys", past, 400))["field"] == "expires_at"


async def test_an_account_has_a_hundred_keys_at_most(ada: Caller, db: Database) -> None:
    await db.pool.execute(
        """
        INSERT INTO api_keys (key_id, account_id, key_hash)
        SELECT 'key_' || n, account_id, sha256(n::text::bytea)
        FROM accounts, generate_series(2, 100) n WHERE name = 'ada'
        """
    )
    assert "100 keys" in (await ada.post("/api/v1/keys", {}, 409))["message"]
    await ada.call("DELETE", "/api/v1/keys/key_7")
    await ada.post("/api/v1/keys", {}, 201)


async def test_a_wrong_form_is_told_from_a_wrong_key(client: Client) -> None:
    for header, word in (
        (None, "Missing"),
        ("", "Missing"),
        ("Bearer", "form"),
        ("Basic YTpi", "form"),
        ("Bearer abc", "letters and digits"),
        ("Bearer kf_live_sk_tooshort", "letters and digits"),
        ("kf_live_sk_" + "a" * 32, "word Bearer is missing"),
        ("Bearer kf_live_sk_" + "a" * 32, "unknown, revoked or expired"),
    ):
        headers = {} if header is None else {"Authorization": header}
        response = await client.get("/api/v1/usage", headers=headers)
        body = await response.json()
        assert (response.status, body["error"]) == (401, "unauthorized")
        assert word in body["message"]


async def test_credits_of_the_plan_renew_and_granted_ones_last(
    serve: Serve, config: Config
) -> None:
    poor = changed(config, "plans.pro", minutes_per_month=0, credits=1)
    ada = await make_caller(await serve(poor))
    db = ada.app[app_keys.DATABASE]

    async def left() -> int:
        count: int = (await ada.get("/api/v1/usage"))["credits_remaining"]
        return count

    assert await left() == 1
    assert await accounts.grant_credits(db, "ada", 2) == 2
    assert await left() == 3
    for expected in (2, 1):  # the plan's goes first
        await ada.done(10 + expected)
        assert await left() == expected
    await db.pool.execute("UPDATE charges SET charged_at = charged_at - interval '40 days'")
    assert await left() == 2  # the plan's is there again, and one of those granted
    assert await accounts.grant_credits(db, "ada", -5) == 0
    assert await left() == 1
    assert await accounts.grant_credits(db, "nobody", 1) is None
