"""One account has no way to another's things: generated from the router, so no route is left out.

What a route answers to its owner is tested elsewhere; here a stranger calls everything.
"""

import itertools
import re
from typing import Any

import pytest
from belongings import METHODS, REST, Belongings, belongings, owned, routes
from caller import PIECE, TUS, Caller, Client, make_caller

from klipfast_server.api import app_keys
from klipfast_server.api.description import openapi
from klipfast_server.store import accounts

pytestmark = pytest.mark.usefixtures("unlimited")

IDS = {
    "job_id",
    "clip_id",
    "upload_id",
    "webhook_id",
    "delivery_id",
    "brand_id",
    "key_id",
    "session_id",
}
LINKS = re.compile(r'token=[^"&]+|"expires_at":"[^"]+"')  # made anew with each answer
KNOWN = IDS | {"key", "name", "version", "path", "page", *REST}
BODIES: tuple[dict[str, Any], ...] = (
    {"json": {"caption_style": "karaoke"}},
    {"json": {"verdict": "rejected"}},
    {"json": {"name": "Mallory"}},
    {"json": {"text": "Mallory"}},
    {"json": {"at_seconds": 1}},
    {"json": {"names": {"Speaker 1": "Mallory"}}},
    {"json": {"corrections": [{"heard": "Word0", "text": "Mallory"}]}},
    {"data": b"x", "headers": TUS | {"Upload-Offset": "0", "Content-Type": "text/plain"}},
    {"data": b"x" * 100, "headers": PIECE | {"Upload-Offset": "0"}},
)


REQUESTS = [
    *((method, {}) for method in METHODS),
    *itertools.product(("POST", "PUT", "PATCH"), BODIES),
]


@pytest.fixture
async def bob(client: Client) -> Caller:
    """Somebody else, on the best plan."""
    return await make_caller(client, account="bob", plan="business")


@pytest.fixture
async def things(ada: Caller) -> Belongings:
    """What Ada has."""
    return await belongings(ada, "xylograph")


async def state(ada: Caller, things: Belongings) -> dict[str, Any]:
    """Everything of Ada's, as she sees it."""
    seen: dict[str, Any] = {}
    for path in (*owned(ada.app, things), "/api/v1/jobs", "/api/v1/webhooks"):
        response = await ada.call("GET", path)
        if response.status != 405 and not path.endswith(("/deliveries", "/link")):
            told = await response.text(errors="replace")  # a picture is none
            told = LINKS.sub("", told.split("?expires=")[0])
            seen[path] = (response.status, told)
    response = await ada.call("HEAD", f"/api/v1/resumable-uploads/{things.partial_id}", headers=TUS)
    seen["partial"] = response.headers["Upload-Offset"]
    return seen


def test_every_parameter_of_a_route_is_known(client: Client) -> None:
    """A new one must be added to what a stranger tries."""
    assert client.app is not None
    assert {name for _, names in routes(client.app) for name in names} == KNOWN


async def test_a_stranger_finds_nothing_at_any_path(
    ada: Caller, bob: Caller, things: Belongings
) -> None:
    before = await state(ada, things)
    for path in owned(ada.app, things):
        for method, options in REQUESTS:
            response = await bob.call(method, path, **options)
            body = await response.text()
            assert response.status in (404, 405, 400, 415), (method, path, body)
            told = [mark for mark in things.everywhere() if mark in body + str(response.headers)]
            assert told == [], (method, path)
    for path in owned(ada.app, things):  # what is proper in every way is not found
        response = await bob.call("GET", path)
        assert response.status in (404, 405), path
    assert await state(ada, things) == before


async def test_a_strangers_own_things_do_not_open_others(
    bob: Caller, things: Belongings, client: Client
) -> None:
    """His job with her message, and every other mixture."""
    assert client.app is not None
    his, cases = await belongings(bob, "zeppelin"), 0
    for path, names in routes(client.app):
        mixed = [name for name in names if name in things.ids]
        if len(mixed) < 2:
            continue
        hers = things.ids | {"job_delivery": things.job_delivery_id}
        for choice in itertools.product((0, 1), repeat=len(mixed)):
            if all(choice) or not any(choice):
                continue
            ids = {n: (hers, his.ids)[c][n] for n, c in zip(mixed, choice, strict=True)}
            response = await bob.call("POST", path.format(**ids))
            assert response.status in (404, 405), (path, ids)
            cases += 1
    assert cases


async def test_nothing_of_anothers_can_be_named_in_a_body_or_a_query(
    bob: Caller, things: Belongings
) -> None:
    for upload_id in (things.ids["upload_id"], things.partial_id, things.ids["job_id"]):
        body = {"video_url": f"upload://{upload_id}"}
        answer = await bob.post("/api/v1/process", body, 404)
        assert not any(mark in str(answer) for mark in things.everywhere())
    his = await belongings(bob, "zeppelin")
    upload, brand_id = await bob.upload(b"seconds 40"), things.ids["brand_id"]
    cards = f"/api/v1/jobs/{his.ids['job_id']}/texts/quote_cards/1.png?brand_id="
    for answer in (
        await bob.post(
            "/api/v1/process", {"video_url": upload["video_url"], "brand_id": brand_id}, 404
        ),
        await bob.post(f"/api/v1/clips/{his.ids['clip_id']}/renders", {"brand_id": brand_id}, 404),
        await bob.get(cards + brand_id, 404),
        await bob.get(cards + "brand_unknown", 404),
    ):
        assert answer["field"] == "brand_id"


async def test_lists_and_totals_are_ones_own(ada: Caller, bob: Caller, things: Belongings) -> None:
    paths = (
        "/api/v1/jobs",
        "/api/v1/webhooks",
        "/api/v1/brands",
        "/api/v1/clips",
        "/api/v1/feeds",
        "/api/v1/keys",
        "/api/v1/usage",
        "/api/v1/webhook-secret",
    )
    hers = {path: await ada.get(path) for path in paths}
    for path in paths:
        text = await (await bob.call("GET", path)).text()
        assert not any(mark in text for mark in (*things.everywhere(), *things.ids.values()))
    assert (await bob.get("/api/v1/jobs"))["jobs"] == []
    assert (await bob.get("/api/v1/webhooks"))["webhooks"] == []
    assert (await bob.get("/api/v1/brands"))["brands"] == []
    assert (await bob.get("/api/v1/clips"))["clips"] == []
    assert (await bob.get("/api/v1/usage"))["minutes_used"] == 0
    await bob.get("/api/v1/operator", 404)
    assert (await bob.get("/api/v1/webhook-secret")) != hers["/api/v1/webhook-secret"]


async def test_without_a_key_nothing_is_told(
    ada: Caller, client: Client, things: Belongings
) -> None:
    assert client.app is not None
    open_calls = {
        (call.method, call.path) for call in openapi.calls(client.app) if not call.operation.key
    }
    assert {path for _, path in open_calls} == {
        "/api/v1/caption-styles/{name}/motion.webp",
        "/api/v1/caption-styles/{name}/preview.png",
        "/api/v1/resumable-uploads",
        "/api/v1/sign-in",
        "/api/v1/sessions",
        "/docs",
        "/files/{key}",
        "/healthz",
        "/openapi.json",
        "/readyz",
    }
    database = client.app[app_keys.DATABASE]
    wrong = [
        "",
        "Bearer",
        "Bearer kf_live_sk_" + "x" * 32,
        f"Basic {ada.key}",
        f"Bearer {ada.key}x",
        f"Bearer {ada.key[:-1]}",
        f"Bearer {ada.key.upper()}",
        f"Bearer {accounts.hash_key(ada.key).hex()}",
        f"Bearer {ada.key},{ada.key}",
    ]
    for path in (*owned(client.app, things), "/api/v1/jobs", "/api/v1/usage"):
        for value in wrong:
            response = await client.get(path, headers={"Authorization": value} if value else {})
            body = await response.text()
            assert response.status in (401, 405), (path, value, body)
            assert not any(mark in body for mark in things.everywhere())
    found = await accounts.list_keys(database)
    [key] = [key for key in found if key.account == "ada" and not key.name]
    assert await accounts.revoke_key(database, key.key_id)
    assert (await ada.call("GET", "/api/v1/jobs")).status == 401
