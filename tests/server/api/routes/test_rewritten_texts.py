"""A text of a job that is written again, by a job of its own."""

from caller import Caller
from fake_engine import FakeEngine
from job_texts import LONG, finished, listed, put, rewritten
from pulses import reached

from klipfast_server.store.database import Database
from pipeline.core.texts import TextOptions


async def test_a_text_is_written_again_without_hearing_or_rendering_anything(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada, text_options=LONG)
    before, calls = await listed(ada, job_id), len(engine.calls)
    used = await ada.get("/api/v1/usage")
    job = await rewritten(ada, job_id, "blog_post", length="short")
    assert (job["status"], job["rewrite_of"], job["clips"]) == ("completed", job_id, [])
    assert engine.calls[calls:] == ["write"]
    assert engine.wishes[-1] == TextOptions(
        length="short", hook=3, tone="dry and short", link="https://e.org/a?v=1#top"
    )
    after = await listed(ada, job_id)
    assert len(after["blog_post"]["text"]) < len(before["blog_post"]["text"])
    assert after["blog_post"]["options"]["length"] == "short"
    assert after["linkedin_post"] == before["linkedin_post"]
    assert job["text_outputs"] == {
        "twitter_thread": "",
        "linkedin_post": "",
        "blog_post": after["blog_post"]["text"],
    }
    now = await ada.get("/api/v1/usage")
    disk = {"disk_free_mb": 0, "disk_used_mb": 0}  # others write to it, too
    assert now | disk == used | disk
    answer = await ada.get(f"/api/v1/jobs/{job['job_id']}/texts", 409)
    assert answer["job_id"] == job_id


async def test_what_is_not_asked_for_stays_as_it_was_last(ada: Caller, engine: FakeEngine) -> None:
    job_id = await finished(ada)
    for wrong in ({"length": "huge"}, {"hook": 9}, {"link": "ftp://e.org"}, {"text": "x"}):
        answer = await ada.post(f"/api/v1/jobs/{job_id}/texts/blog_post", wrong, 400)
        assert [answer["field"]] == list(wrong)
    await rewritten(ada, job_id, "blog_post", hook=2, link="https://e.org/")
    await rewritten(ada, job_id, "blog_post", length="long")
    assert engine.wishes[-1] == TextOptions(length="long", hook=2, link="https://e.org/")
    await rewritten(ada, job_id, "blog_post", link="", hook=1)
    assert engine.wishes[-1] == TextOptions(length="long")


async def test_ones_own_text_gives_way_to_a_written_one_again(ada: Caller) -> None:
    job_id = await finished(ada, text_options={"length": "long"})
    before = (await listed(ada, job_id))["blog_post"]
    await put(ada, job_id, "blog_post", json={"text": "In 1987."})
    assert (await rewritten(ada, job_id, "blog_post"))["status"] == "completed"
    after = (await listed(ada, job_id))["blog_post"]
    assert (after.pop("version"), after.pop("versions")) == (3, 3)
    assert (before.pop("version"), before.pop("versions")) == (1, 1)
    assert after | {"updated_at": ""} == before | {"updated_at": ""}


async def test_a_kind_that_was_not_requested_can_be_written_though_the_store_is_full(
    ada: Caller, db: Database
) -> None:
    job_id = await finished(ada, text_outputs=["blog_post"])
    await db.pool.execute("UPDATE clips SET size_bytes = 1000000000000000")
    await rewritten(ada, job_id, "twitter_thread")
    assert list(await listed(ada, job_id)) == ["twitter_thread", "blog_post"]
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["text_outputs"][
        "twitter_thread"
    ] == "1/ Word0."


async def test_it_is_told_of_and_its_upload_may_be_gone(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job_id = await finished(ada)
    names = {"names": {"Speaker 1": "Rosa"}}
    await ada.call("PATCH", f"/api/v1/jobs/{job_id}/speakers", json=names)
    await db.pool.execute("DELETE FROM uploads")
    assert (await rewritten(ada, job_id, "blog_post"))["status"] == "completed"
    assert engine.written[-1].transcript.sentences[0].speaker == "Rosa"


async def test_it_can_be_followed_and_canceled_and_tried_again(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada)
    before = await listed(ada, job_id)
    engine.hold("write")
    path = f"/api/v1/jobs/{job_id}/texts/blog_post"
    running = (await ada.post(path, {"length": "long"}, 202))["job_id"]
    job = await ada.until(running, lambda job: job["stage"] is not None)
    assert (job["stage"], job["text_outputs"]["blog_post"]) == ("write", "")
    assert job["progress"] < 0.5
    answer = await ada.post(path, {"length": "short"}, 409)
    assert (answer["job_id"], "writes this text" in answer["message"]) == (running, True)
    other = await ada.post(f"/api/v1/jobs/{job_id}/texts/linkedin_post", {}, 202)
    await ada.post(f"/api/v1/jobs/{running}/cancel")
    engine.let_go("write")
    assert (await ada.until(running))["status"] == "canceled"
    assert (await ada.until(other["job_id"]))["status"] == "completed"
    assert (await listed(ada, job_id))["blog_post"] == before["blog_post"]
    await ada.post(f"/api/v1/jobs/{running}/retry", None, 202)
    assert (await ada.until(running))["status"] == "completed"
    assert (await listed(ada, job_id))["blog_post"]["options"]["length"] == "long"


async def test_ones_own_text_cancels_what_would_replace_it(ada: Caller, engine: FakeEngine) -> None:
    job_id = await finished(ada)
    engine.reached.clear()
    engine.hold("write")
    path = f"/api/v1/jobs/{job_id}/texts"
    running = (await ada.post(f"{path}/blog_post", {}, 202))["job_id"]
    await reached(engine, "write")
    other = (await ada.post(f"{path}/linkedin_post", {}, 202))["job_id"]
    await put(ada, job_id, "blog_post", json={"text": "Word1."})
    assert (await ada.get(f"/api/v1/jobs/{running}"))["status"] == "canceled"
    engine.let_go("write")
    assert (await ada.until(other))["status"] == "completed"
    assert (await listed(ada, job_id))["blog_post"]["text"] == "Word1."


async def test_a_text_that_cannot_be_written_leaves_the_present_one(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada)
    engine.withheld = {"blog_post": "Only greetings were said."}
    job = await rewritten(ada, job_id, "blog_post")
    assert (job["status"], job["error"]["code"]) == ("failed", "unprocessable")
    assert job["error"]["message"] == "Only greetings were said."
    assert (await listed(ada, job_id))["blog_post"]["text"] == "# Word0"


async def test_the_same_request_twice_is_one_job(ada: Caller) -> None:
    job_id = await finished(ada)
    path, headers = f"/api/v1/jobs/{job_id}/texts/blog_post", {"Idempotency-Key": "once"}
    first = await ada.call("POST", path, json={"hook": 2}, headers=headers)
    second = await ada.call("POST", path, json={"hook": 2}, headers=headers)
    assert await first.read() == await second.read()
    assert second.headers["Idempotent-Replayed"] == "true"
