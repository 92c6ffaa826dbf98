"""Webhooks of an account: what can be asked for, whose they are, and which secret is shown."""

import asyncio
import json

import msgspec
from caller import Caller, Client, make_caller
from receiver import Receiver, Serve, hook, settled

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config


async def test_the_secret_is_shown_once(ada: Caller, receiver: Receiver) -> None:
    made = await hook(ada, receiver, events=["job.failed", "clip.ready"])
    listed = await ada.get("/api/v1/webhooks")
    secret = made.pop("secret")
    assert listed == {"webhooks": [made]}
    assert made["events"] == ["clip.ready", "job.failed"]
    assert secret not in json.dumps(listed)


async def test_private_addresses_are_refused_when_named_and_when_called(
    serve: Serve, config: Config, receiver: Receiver
) -> None:
    sources = msgspec.structs.replace(config.sources, allow_private=False)
    client = await serve(msgspec.structs.replace(config, sources=sources))
    ada = await make_caller(client)
    for url in (
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://localhost/",
        "ftp://a.example/",
        "http://u:p@a.example/",
        "http://[::1]/",
        "not a url",
    ):
        body = await ada.post("/api/v1/webhooks", {"url": url}, status=400)
        assert body["field"] == "url", url
    # A name is only looked up when it is called: as if it led to this machine.
    made = await ada.post("/api/v1/webhooks", {"url": "http://hook.example/"}, status=201)
    assert client.app is not None
    await client.app[app_keys.DATABASE].pool.execute("UPDATE webhooks SET url = $1", receiver.url())
    await ada.submit(10)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    async with asyncio.timeout(60):
        while not (found := (await ada.get(path))["deliveries"]) or not found[-1]["error"]:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)
    assert "127.0.0.1" in found[-1]["error"]
    assert "not a public address" in found[-1]["error"]
    assert receiver.got == []


async def test_what_is_asked_for_is_checked(ada: Caller, receiver: Receiver) -> None:
    for body, field in (
        ({}, "url"),
        ({"url": receiver.url(), "events": []}, "events"),
        ({"url": receiver.url(), "events": ["job.begun"]}, "events"),
        ({"url": receiver.url(), "secret": "mine"}, "secret"),
    ):
        answer = await ada.post("/api/v1/webhooks", body, status=400)
        assert answer["field"] == field
    assert (
        "Known: job.started, job.completed"
        in (await ada.post("/api/v1/webhooks", {"url": "http://a.b", "events": ["x"]}, 400))[
            "message"
        ]
    )
    for _ in range(10):
        await hook(ada, receiver)
    answer = await ada.post("/api/v1/webhooks", {"url": receiver.url()}, status=409)
    assert "10 webhooks" in answer["message"]


async def test_a_cursor_of_one_list_is_none_of_another(ada: Caller, receiver: Receiver) -> None:
    paths = ["/api/v1/jobs"]
    for _ in range(2):
        made = await hook(ada, receiver)
        paths.append(f"/api/v1/webhooks/{made['webhook_id']}/deliveries")
    for count in (1, 2):
        job_id = await ada.submit(20, clip_count=count, webhook_url=receiver.url())
        await ada.until(job_id)
    paths.append(f"/api/v1/jobs/{job_id}/deliveries")
    cursors = [(await ada.get(f"{path}?limit=1"))["next_cursor"] for path in paths]
    for path in paths:
        for theirs, cursor in zip(paths, cursors, strict=True):
            if theirs == path:
                await ada.get(f"{path}?cursor={cursor}")
            else:
                body = await ada.get(f"{path}?cursor={cursor}", status=400)
                assert body["field"] == "cursor"


async def test_a_deleted_webhook_is_told_nothing_more(ada: Caller, receiver: Receiver) -> None:
    made = await hook(ada, receiver)
    response = await ada.call("DELETE", f"/api/v1/webhooks/{made['webhook_id']}")
    assert (response.status, await response.read()) == (204, b"")
    await ada.until(await ada.submit(10))
    assert receiver.got == []
    await ada.get(f"/api/v1/webhooks/{made['webhook_id']}/deliveries", status=404)


async def test_what_another_account_has_is_not_there(
    client: Client, ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver)
    job_id = await ada.submit(10)
    path = f"/api/v1/webhooks/{made['webhook_id']}"
    [*_, line] = await settled(ada, f"{path}/deliveries", 2)
    bob = await make_caller(client, account="bob")
    assert await bob.get("/api/v1/webhooks") == {"webhooks": []}
    assert (await bob.call("DELETE", path)).status == 404
    for prefix in (path, f"/api/v1/jobs/{job_id}"):
        await bob.get(f"{prefix}/deliveries", status=404)
        await bob.post(f"{prefix}/deliveries/{line['delivery_id']}/replay", status=404)
    # Nor is a webhook's delivery the job's, or one path the other's.
    await ada.post(f"/api/v1/jobs/{job_id}/deliveries/{line['delivery_id']}/replay", status=404)
    await ada.get(f"/api/v1/jobs/{made['webhook_id']}/deliveries", status=404)
    await ada.get(f"/api/v1/webhooks/{job_id}/deliveries", status=404)
    secrets = [(await one.get("/api/v1/webhook-secret"))["secret"] for one in (ada, bob)]
    assert secrets[0] != secrets[1]
