"""Deliveries of webhooks: retried until they arrive, logged, replayed, and in nobody's way."""

import asyncio

import msgspec
import pytest
from aiohttp import web
from caller import Caller, Client, make_caller
from pulses import looks
from receiver import Receiver, Serve, Server, hook, log_of, settled

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.core.setting_lists import Schedule
from klipfast_server.store.database import Database
from klipfast_server.telemetry.liveness import Liveness
from klipfast_server.webhooks import delivery
from klipfast_server.work import retention


async def test_a_message_is_sent_again_until_it_is_taken_and_then_no_more(
    ada: Caller, receiver: Receiver, delivering: Liveness
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    receiver.statuses = [500, 429, 302, 204]
    job_id = await ada.submit(10)
    await receiver.until(4)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    [line] = await settled(ada, path, 1)
    assert line["status"] == "delivered"
    assert (line["attempts"], line["response_status"], line["error"]) == (4, 204, None)
    assert (line["event"], line["job_id"], line["next_attempt_at"]) == (
        "job.completed",
        job_id,
        None,
    )
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {line["delivery_id"]}
    assert len({body for _, body in receiver.got}) == 1
    await looks(delivering)
    assert len(receiver.got) == 4


async def test_a_redirect_is_not_followed(ada: Caller, receiver: Receiver, db: Database) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    receiver.statuses = [307] * 100
    await ada.submit(10)
    await receiver.until(2)
    await db.pool.execute("UPDATE deliveries SET give_up_at = now()")
    [line] = await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 1)
    assert (line["status"], line["response_status"]) == ("failed", 307)
    assert line["error"] == "The receiver answered 307. Redirects are not followed."


async def test_a_receiver_that_is_gone_is_told_nothing_more(
    ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver)
    receiver.statuses, receiver.hold = [410], asyncio.Event()
    await ada.until(await ada.submit(20))
    receiver.hold.set()
    lines = await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 3)
    assert {line["status"] for line in lines} == {"failed"}
    assert all("410" in line["error"] for line in lines)
    assert len(receiver.got) == 1
    assert (await ada.get("/api/v1/webhooks"))["webhooks"][0]["disabled_at"] is not None
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries/{lines[0]['delivery_id']}/replay"
    await ada.post(path, status=409)
    await ada.until(await ada.submit(10))
    assert len(await log_of(ada, made)) == 3


async def test_a_delivery_can_be_replayed_with_the_same_id_and_body(
    ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    await ada.submit(10)
    await receiver.until(1)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    [line] = await settled(ada, path, 1)
    replayed = await ada.post(f"{path}/{line['delivery_id']}/replay", status=202)
    assert replayed["status"] == "pending"
    await receiver.until(2)
    (first, body), (second, again) = receiver.got
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    [line] = await settled(ada, path, 1)
    assert (line["status"], line["attempts"]) == ("delivered", 1)
    await ada.post(f"{path}/dlv_none/replay", status=404)


async def test_the_log_comes_in_pages_newest_first(ada: Caller, receiver: Receiver) -> None:
    made = await hook(ada, receiver)
    await ada.submit(30)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    lines = await settled(ada, path, 4)
    assert [line["event"] for line in lines] == ["job.completed"] + ["clip.ready"] * 3
    page = await ada.get(f"{path}?limit=3")
    rest = await ada.get(f"{path}?limit=3&cursor={page['next_cursor']}")
    assert (page["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    assert page["deliveries"] + rest["deliveries"] == lines
    await ada.get(f"{path}?cursor=mine", status=400)
    await ada.get(f"{path}?cursor={page['next_cursor']}=", status=400)
    await ada.get(f"{path}?limit=0", status=400)


async def test_what_a_stopped_server_had_not_sent_is_sent_by_the_next(
    serve: Serve, config: Config, receiver: Receiver
) -> None:
    server = msgspec.structs.replace(config.server, shutdown_grace_s=0.2)
    client = await serve(msgspec.structs.replace(config, server=server))
    ada = await make_caller(client)
    made = await hook(ada, receiver, events=["job.completed"])
    receiver.hold = asyncio.Event()
    await ada.until(await ada.submit(10))
    await receiver.until(1)
    await client.close()  # in the middle of the attempt
    receiver.hold.set()
    ada = Caller(client=await serve(config), key=ada.key)
    await receiver.until(2)
    assert receiver.got[0][1] == receiver.got[1][1]
    [line] = await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 1)
    assert (line["status"], line["attempts"]) == ("delivered", 1)


async def test_an_attempt_of_a_killed_server_is_made_again_when_its_lease_runs_out(
    ada: Caller,
    receiver: Receiver,
    db: Database,
    delivering: Liveness,
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    await ada.submit(10)
    await receiver.until(1)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    await settled(ada, path, 1)
    await db.pool.execute(
        "UPDATE deliveries SET status = 'pending', next_attempt_at = now(), "
        "lease_owner = 'lease_gone', lease_until = now() + interval '1 hour'"
    )
    await looks(delivering)
    assert len(receiver.got) == 1
    await db.pool.execute("UPDATE deliveries SET lease_until = now() - interval '1 second'")
    await receiver.until(2)
    [line] = await settled(ada, path, 1)
    assert (line["status"], line["attempts"]) == ("delivered", 2)


async def test_a_slow_receiver_holds_up_neither_others_nor_other_accounts(
    serve: Serve, config: Config, receiver: Receiver, aiohttp_server: Server
) -> None:
    webhooks = msgspec.structs.replace(
        config.webhooks, at_once=3, at_once_per_account=2, timeout_s=30.0
    )
    client = await serve(msgspec.structs.replace(config, webhooks=webhooks))
    ada, bob = [await make_caller(client, account=name, plan="business") for name in ("ada", "bob")]
    slow = Receiver()
    slow.hold = asyncio.Event()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", slow.answer)
    slow.server = await aiohttp_server(app)
    await hook(ada, slow)
    await hook(ada, receiver)
    for _ in range(4):
        await hook(ada, slow, events=["job.completed"])
    await ada.until(await ada.submit(10))
    # The slow one is told one thing at a time; the quick one meanwhile all it is to be told.
    assert len(await receiver.until(2)) == 2
    await bob.post("/api/v1/webhooks", {"url": receiver.url()}, status=201)
    await bob.submit(10)
    await receiver.until(4)
    assert 1 <= len(slow.got) <= 2
    slow.hold.set()
    await slow.until(6)


@pytest.mark.slow  # waits for an answer
async def test_one_who_does_not_answer_or_is_not_there_is_told_apart_in_the_log(
    ada: Caller, receiver: Receiver, unused_tcp_port: int
) -> None:
    receiver.hold = asyncio.Event()
    silent = await hook(ada, receiver, events=["job.completed"])
    absent = await ada.post(
        "/api/v1/webhooks",
        {"url": f"http://127.0.0.1:{unused_tcp_port}/", "events": ["job.completed"]},
        status=201,
    )
    await ada.submit(10)
    errors = {}
    async with asyncio.timeout(60):
        for made in (silent, absent):
            while not (found := await log_of(ada, made)) or found[0]["error"] is None:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.02)
            errors[made["webhook_id"]] = found[0]["error"]
    assert errors == {
        silent["webhook_id"]: "The receiver did not answer within 2 seconds.",
        absent["webhook_id"]: "The receiver cannot be reached.",
    }


async def test_the_log_is_kept_for_a_while(
    client: Client, ada: Caller, receiver: Receiver, db: Database, config: Config
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    await ada.submit(10)
    await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 1)
    assert client.app is not None
    for age, kept in ((config.webhooks.keep_days - 1, 1), (config.webhooks.keep_days + 1, 0)):
        await db.pool.execute(
            "UPDATE deliveries SET created_at = now() - make_interval(days => $1)", age
        )
        await retention.sweep(db, client.app[app_keys.STORAGE], config)
        assert len(await log_of(ada, made)) == kept


def test_pauses_follow_the_schedule_give_or_take_a_tenth_and_the_last_repeats(
    config: Config,
) -> None:
    webhooks = msgspec.structs.replace(config.webhooks, retries_s=Schedule((5.0, 30.0)))
    for attempts, planned_s in ((1, 5), (2, 30), (3, 30), (40, 30)):
        pauses = {delivery.pause_after(attempts, webhooks) for _ in range(50)}
        assert len(pauses) > 1
        assert all(abs(pause_s - planned_s) <= planned_s / 10 for pause_s in pauses)
