"""Webhooks of an account: what can be asked for, whose they are, and which secret is shown."""

import json

from caller import Caller, Client, make_caller
from receiver import Receiver, hook, settled


async def test_the_secret_is_shown_once(ada: Caller, receiver: Receiver) -> None:
    made = await hook(ada, receiver, events=["job.failed", "clip.ready"])
    listed = await ada.get("/api/v1/webhooks")
    secret = made.pop("secret")
    assert listed == {"webhooks": [made]}
    assert made["events"] == ["clip.ready", "job.failed"]
    assert secret not in json.dumps(listed)


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


async def test_a_delivery_is_found_under_its_own_path_alone(
    client: Client, ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver)
    job_id = await ada.submit(10)
    [*_, line] = await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 2)
    await ada.post(f"/api/v1/jobs/{job_id}/deliveries/{line['delivery_id']}/replay", status=404)
    await ada.get(f"/api/v1/jobs/{made['webhook_id']}/deliveries", status=404)
    await ada.get(f"/api/v1/webhooks/{job_id}/deliveries", status=404)
    bob = await make_caller(client, account="bob")
    secrets = [(await one.get("/api/v1/webhook-secret"))["secret"] for one in (ada, bob)]
    assert secrets[0] != secrets[1]
