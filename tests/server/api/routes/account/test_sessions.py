"""Browsers that are signed in: what the cookie is, whose calls it makes, and when it ends."""

import asyncio
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel
from typing import Any

import pytest
from aiohttp import ClientResponse
from caller import Caller, Client, Serve, make_caller
from fake_engine import FakeEngine
from server_settings import changed
from yarl import URL

from klipfast_server.api.access import devices, session_cookie
from klipfast_server.core.config import Config
from klipfast_server.core.setting_lists import Networks
from klipfast_server.store import accounts, own_keys, sign_ins
from klipfast_server.store.database import Database

PATH = "/api/v1/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ELSEWHERE = "https://evil.example.com"


class Browser:
    """One that is signed in; the client itself keeps no cookie."""

    def __init__(self, client: Client, response: ClientResponse) -> None:
        self.client, self.morsel = client, response.cookies[session_cookie.NAME]
        client.session.cookie_jar.clear()

    async def call(self, method: str, path: str, **options: Any) -> ClientResponse:
        """Send one request with the cookie, as a page of the server does."""
        cookie = {"Cookie": f"{session_cookie.NAME}={self.morsel.value}"}
        origin = {"Origin": str(self.client.make_url("/").origin())}
        headers = origin | cookie | options.pop("headers", {})
        response = await self.client.request(method, path, headers=headers, **options)
        self.client.session.cookie_jar.clear()
        return response

    async def status(self, method: str, path: str, **options: Any) -> int:
        """Return the status of one request."""
        return (await self.call(method, path, **options)).status


async def sign_in(client: Client, *, headers: Any = None, **body: str) -> Browser:
    """Sign in with a key or a code."""
    response = await client.post(PATH, json=body, headers={"User-Agent": FIREFOX} | (headers or {}))
    assert response.status == 201, await response.text()
    return Browser(client, response)


@pytest.fixture
async def browser(client: Client, ada: Caller) -> Browser:
    """Signed in with Ada's key."""
    return await sign_in(client, key=ada.key)


def flags(morsel: "Morsel[str]") -> tuple[Any, ...]:
    return morsel["httponly"], morsel["samesite"], morsel["path"], morsel["max-age"]


async def test_a_key_becomes_a_cookie_that_calls_as_the_key_does(
    client: Client, ada: Caller, browser: Browser, db: Database
) -> None:
    assert flags(browser.morsel) == (True, "Strict", "/", str(30 * 86_400))
    assert not browser.morsel["secure"]  # it came by http
    assert not browser.morsel["domain"]
    response = await browser.call("GET", "/api/v1/usage")
    assert (response.status, response.headers["Cache-Control"]) == (200, "private")
    assert await browser.status("POST", "/api/v1/brands", json={"name": "Ada's"}) == 201
    assert len((await ada.get("/api/v1/brands"))["brands"]) == 1
    [session] = (await ada.get(PATH))["sessions"]
    assert (session["device"], session["current"]) == ("Firefox on Linux", False)
    assert session["last_used_at"] is not None
    [own] = (await (await browser.call("GET", PATH)).json())["sessions"]
    assert own["current"] is True
    assert len((await ada.get("/api/v1/keys"))["keys"]) == 1  # a session is no key of theirs
    stored = [str(dict(row)) for row in await db.pool.fetch("SELECT * FROM api_keys")]
    assert not any(browser.morsel.value in row for row in stored)
    for wrong in (f"Bearer {browser.morsel.value}", "Bearer x"):
        assert await browser.status("GET", "/api/v1/usage", headers={"Authorization": wrong}) == 401
    as_cookie = {"Cookie": f"{session_cookie.NAME}={ada.key}"}
    assert (await client.get("/api/v1/usage", headers=as_cookie)).status == 401


async def test_a_code_signs_a_browser_in_once_and_makes_no_key(
    client: Client, ada: Caller, db: Database
) -> None:
    account = await accounts.of_key(db, ada.key)
    assert account is not None
    code = await sign_ins.create_code(db, account.account_id)
    browser = await sign_in(client, code=code)
    assert await browser.status("GET", "/api/v1/usage") == 200
    assert len((await ada.get("/api/v1/keys"))["keys"]) == 1
    for body, status, field in (
        ({"code": code}, 401, "code"),
        ({"key": "kf_live_sk_" + "a" * 32}, 401, "key"),
        ({"key": browser.morsel.value}, 401, "key"),
        ({}, 400, "key"),
        ({"key": ada.key, "code": code}, 400, "code"),
    ):
        refused = await client.post(PATH, json=body)
        assert (refused.status, (await refused.json())["field"]) == (status, field)
        assert "Set-Cookie" not in refused.headers
    poor = await make_caller(client, account="poor", plan="free")
    assert (await client.post(PATH, json={"key": poor.key})).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ELSEWHERE},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},  # the cookie is sent, since it knows no port
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_page_of_another_origin_changes_nothing(
    client: Client, ada: Caller, browser: Browser, headers: dict[str, str]
) -> None:
    cookie = {"Cookie": f"{session_cookie.NAME}={browser.morsel.value}"}
    [session] = (await ada.get(PATH))["sessions"]
    for method, path in (
        ("POST", "/api/v1/brands"),
        ("PUT", "/api/v1/jobs/job_a/texts/blog_post"),
        ("PATCH", "/api/v1/jobs/job_a/speakers"),
        ("DELETE", f"{PATH}/{session['session_id']}"),
        ("DELETE", f"{PATH}/current"),
        ("POST", "/api/v1/resumable-uploads"),
    ):
        refused = await client.request(method, path, headers=cookie | headers)
        body = await refused.json()
        assert (refused.status, body["error"]) == (403, "forbidden")
        assert "another origin" in body["message"]
    assert (await client.get("/api/v1/usage", headers=cookie | headers)).status == 200
    refused = await client.post(PATH, json={"key": ada.key}, headers=headers)  # nor signs in
    assert (refused.status, "Set-Cookie" in refused.headers) == (403, False)
    by_key = await ada.call("POST", "/api/v1/brands", json={"name": "b"}, headers=headers)
    assert by_key.status == 201
    assert len((await ada.get(PATH))["sessions"]) == 1


async def test_a_page_of_this_server_changes_what_it_may(browser: Browser) -> None:
    own = str(browser.client.make_url("/").origin())
    for headers in ({"Origin": own}, {"Origin": own.replace("http:", "https:")}):
        assert await browser.status("POST", "/api/v1/webhook-secret/rotate", headers=headers) == 200
    bare = {"Cookie": f"{session_cookie.NAME}={browser.morsel.value}"}
    for fetched in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}):
        response = await browser.client.post(
            "/api/v1/webhook-secret/rotate", headers=bare | fetched
        )
        assert response.status == 200


async def test_behind_a_proxy_the_cookie_is_secure_and_the_origin_public(
    serve: Serve, config: Config
) -> None:
    forwarded = {"X-Forwarded-Proto": "https"}
    direct = await serve(config)
    ada = await make_caller(direct)
    assert not (await sign_in(direct, key=ada.key, headers=forwarded)).morsel["secure"]
    trusting = await serve(changed(config, "limits", trusted_proxies=Networks(("127.0.0.1",))))
    behind = await sign_in(trusting, key=ada.key, headers=forwarded)
    assert behind.morsel["secure"]
    assert not (await sign_in(trusting, key=ada.key)).morsel["secure"]
    plain = {"Origin": str(trusting.make_url("/").origin())}
    brand = {"name": "b"}
    refused = await behind.status("POST", "/api/v1/brands", json=brand, headers=plain | forwarded)
    assert refused == 403  # a page that came by http
    public = await serve(changed(config, "server", public_url="https://clips.example.com"))
    headers = {"Origin": "https://clips.example.com"}  # and a Host that the proxy has made up
    there = await sign_in(public, key=ada.key, headers=headers)
    assert there.morsel["secure"]
    assert await there.status("POST", "/api/v1/brands", json=brand, headers=headers) == 201
    assert await there.status("DELETE", f"{PATH}/current", headers={"Origin": ELSEWHERE}) == 403


async def test_a_browser_that_is_revoked_or_signs_out_is_out(
    client: Client, ada: Caller, browser: Browser
) -> None:
    other = await sign_in(client, key=ada.key)
    sessions = (await ada.get(PATH))["sessions"]
    assert len(sessions) == 2
    assert await other.status("DELETE", f"{PATH}/{sessions[0]['session_id']}") == 204
    refused = await browser.call("GET", "/api/v1/usage")
    body = await refused.json()
    assert (refused.status, body["error"], body["field"]) == (401, "unauthorized", "Cookie")
    assert "session has ended" in body["message"]
    await ada.send("DELETE", f"{PATH}/{sessions[0]['session_id']}", 404)
    await ada.send("DELETE", f"/api/v1/keys/{sessions[1]['session_id']}", 404)
    await ada.send("DELETE", f"{PATH}/current", 404)
    left = await other.call("DELETE", f"{PATH}/current")
    assert (left.status, left.cookies[session_cookie.NAME]["max-age"]) == (204, "0")
    assert await other.status("GET", "/api/v1/usage") == 401
    assert (await ada.get(PATH))["sessions"] == []


async def test_a_session_ends_with_its_key_and_when_it_expires(
    client: Client, ada: Caller, browser: Browser, db: Database
) -> None:
    made = await ada.post("/api/v1/keys", {"scopes": ["read"]}, 201)
    reader = await sign_in(client, key=made["key"])
    assert await reader.status("GET", "/api/v1/usage") == 200
    assert await reader.status("POST", "/api/v1/brands", json={"name": "b"}) == 403  # as its key
    out = await sign_in(client, key=made["key"])
    assert await out.status("DELETE", f"{PATH}/current") == 204  # which changes nothing else
    await ada.send("DELETE", f"/api/v1/keys/{made['key_id']}", 204)
    assert await reader.status("GET", "/api/v1/usage") == 401
    assert len((await ada.get(PATH))["sessions"]) == 1
    short = await ada.post("/api/v1/keys", {"expires_at": "2099-01-01T00:00:00Z"}, 201)
    brief = await sign_in(client, key=short["key"])
    expire = "UPDATE api_keys SET expires_at = now() WHERE key_id = $1"
    await db.pool.execute(expire, short["key_id"])
    assert await brief.status("GET", "/api/v1/usage") == 401
    [session] = (await ada.get(PATH))["sessions"]
    await db.pool.execute(expire, session["session_id"])
    assert await browser.status("GET", "/api/v1/usage") == 401


async def test_a_session_lasts_no_longer_than_its_key(client: Client, ada: Caller) -> None:
    ends_at = datetime.now(UTC) + timedelta(days=1)
    made = await ada.post("/api/v1/keys", {"expires_at": ends_at.isoformat()}, 201)
    for key in (made["key"], ada.key):
        await sign_in(client, key=key)
    brief, usual = (await ada.get(PATH))["sessions"]
    assert brief["expires_at"] == made["expires_at"]
    left = datetime.fromisoformat(usual["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


async def test_what_a_session_has_opened_ends_with_it(
    ada: Caller, browser: Browser, engine: FakeEngine
) -> None:
    done = (await ada.done(20))["job_id"]
    answer = await (await browser.call("GET", f"/api/v1/jobs/{done}/source/link")).json()
    source = URL(answer["url"]).relative()
    engine.hold("listen")
    events = f"/api/v1/jobs/{await ada.submit(30)}/events"
    stream = await browser.call("GET", events)
    assert b"progress" in await stream.content.readline()
    assert (await browser.client.get(source)).status == 200
    [session] = (await ada.get(PATH))["sessions"]
    await ada.send("DELETE", f"{PATH}/{session['session_id']}", 204)
    async with asyncio.timeout(60):
        await stream.content.read()
    assert (await browser.client.get(source)).status == 401
    engine.let_go("listen")


async def test_signing_in_again_replaces_the_session_of_the_browser(
    client: Client, ada: Caller, browser: Browser, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = {"Cookie": f"{session_cookie.NAME}={browser.morsel.value}"}
    again = await sign_in(client, key=ada.key, headers=cookie)
    assert await browser.status("GET", "/api/v1/usage") == 401
    assert len((await ada.get(PATH))["sessions"]) == 1
    monkeypatch.setattr(sign_ins, "MAX_SESSIONS", 2)
    await db.pool.execute("UPDATE api_keys SET last_used_at = now() - interval '1 day'")
    others = [await sign_in(client, key=ada.key) for _ in range(2)]
    assert await again.status("GET", "/api/v1/usage") == 401  # used longest ago
    assert [await each.status("GET", "/api/v1/usage") for each in others] == [200, 200]


async def test_a_key_that_is_revoked_meanwhile_begins_nothing_that_lasts(
    ada: Caller, db: Database
) -> None:
    account = await accounts.of_key(db, ada.key)
    assert account is not None
    assert await own_keys.revoke(db, account.account_id, account.key_id)
    made = await sign_ins.begin(db, account, code="", device="late", before="")
    assert made is not None
    assert await accounts.of_key(db, made[2]) is None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
            "Gecko) Version/18.0 Safari/605.1.15",
            "Safari on Mac",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.0", "curl"),
        ("<script>", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_has_the_name_that_people_give_it(agent: str, name: str) -> None:
    assert devices.device(agent) == name
