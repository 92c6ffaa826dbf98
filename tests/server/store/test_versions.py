"""A clip that is made again is a version: the newest is what lists mean, and none is lost."""

import io
from typing import Any
from zipfile import ZipFile

import pytest
from caller import Caller, Sweep, clip_ids
from fake_engine import FakeEngine
from job_texts import rewritten
from yarl import URL

from klipfast_server.store.database import Database

AT = {"at_seconds": 2}  # a preview


async def render(caller: Caller, clip_id: str, **changes: Any) -> dict[str, Any]:
    """The clip of a render, once it is there."""
    made = await caller.made(f"/api/v1/clips/{clip_id}/renders", changes)
    clip: dict[str, Any] = made["clips"][0] | {"job_id": made["job_id"]}
    return clip


async def archive(caller: Caller, job_id: str) -> ZipFile:
    response = await caller.call("GET", f"/api/v1/jobs/{job_id}/archive")
    return ZipFile(io.BytesIO(await response.read()))


async def test_the_newest_version_is_what_lists_and_files_have(
    ada: Caller, job: dict[str, Any]
) -> None:
    job_id, before = job["job_id"], clip_ids(job)
    new = await render(ada, before[1], title="Once more", start_seconds=5, end_seconds=19.5)
    now = [before[0], new["clip_id"], before[2]]
    after = await ada.get(f"/api/v1/jobs/{job_id}")
    assert (clip_ids(after), after["clip_count"], list(after)) == (now, 3, list(job))
    assert list(after["clips"][1]) == list(job["clips"][1])
    assert set(clip_ids(await ada.get("/api/v1/clips"))) == set(now)
    assert set(clip_ids(await ada.get(f"/api/v1/clips?job_id={job_id}"))) == set(now)
    again = await render(ada, new["clip_id"], title="Once more, again")
    for edit in (new, again):  # the job of an edit has what it made
        for path in (f"jobs/{edit['job_id']}", f"clips?job_id={edit['job_id']}&order=best"):
            assert clip_ids(await ada.get(f"/api/v1/{path}")) == [edit["clip_id"]]
    await ada.post(f"/api/v1/clips/{new['clip_id']}/restore", None, 200)
    listed = (await ada.get("/api/v1/jobs"))["jobs"]
    assert {line["job_id"]: line["clip_count"] for line in listed}[job_id] == 3
    found = await archive(ada, job_id)
    assert found.read("clips/2-Once-more.mp4") == b"clip of 5.0 to 19.5 s"
    assert found.read("clips/2-Once-more.srt").startswith(b"1\n00:00:05,000 --> 00:00:14,500\n")
    assert not [name for name in found.namelist() if "best-moment-1" in name]
    assert "Once more" in found.read("timeline/otio.otio").decode()
    assert "Once more" in await ada.text(f"/api/v1/jobs/{job_id}/timeline?format=fcpxml")


async def test_an_editor_begins_with_one_answer(ada: Caller, job: dict[str, Any]) -> None:
    first = clip_ids(job)[0]
    new = await render(ada, first, title="Two", motion="none")
    told = await ada.get(f"/api/v1/clips/{new['clip_id']}/editing")
    known = await ada.get(f"/api/v1/clips/{first}/versions")
    stable = [{n: v for n, v in each.items() if "url" not in n} for each in told["versions"]]
    assert stable == [
        {n: v for n, v in each.items() if "url" not in n} for each in known["versions"]
    ]
    assert (told["clip"]["clip_id"], told["clip"]["title"]) == (new["clip_id"], "Two")
    assert told["options"] == (await ada.get(f"/api/v1/jobs/{new['job_id']}"))["options"]
    assert told["options"]["motion"] == "none"
    own = await ada.get(f"/api/v1/clips/{new['clip_id']}/transcript")
    assert (told["own_words"], told["cuts"]) == (own["words"], own["cuts"])
    talk = await ada.get(f"/api/v1/jobs/{new['job_id']}/transcript")
    assert [w["text"] for w in told["words"]] == [w["text"] for w in talk["words"]]
    assert told["caption_styles"][:2] == ["white_bold", "karaoke"]
    assert told["suggested_cuts"] == []  # it has neither
    others = [clip for clip in job["clips"] if clip["clip_id"] != first]
    beside = [(moment["title"], moment["start_seconds"]) for moment in told["moments"]]
    for clip in others:
        assert (clip["title"], clip["start_seconds"]) in beside
    assert beside == sorted(beside, key=lambda moment: moment[1])
    assert all(moment["title"] != job["clips"][0]["title"] for moment in told["moments"])
    picture = URL(f"{told['picture_url']}&at_seconds=1").relative()
    assert (await ada.client.get(picture)).status == 200


async def test_no_version_is_lost_and_any_can_be_restored(ada: Caller, job: dict[str, Any]) -> None:
    first = clip_ids(job)[0]
    second = (await render(ada, first, title="Two"))["clip_id"]
    third = (await render(ada, first, title="Three"))["clip_id"]
    for clip_id in (first, second, third):
        listed = await ada.get(f"/api/v1/clips/{clip_id}/versions")
        assert [v["clip_id"] for v in listed["versions"]] == [third, second, first]
        assert (listed["clip_id"], listed["current_clip_id"]) == (clip_id, third)
        detail = await ada.get(f"/api/v1/clips/{clip_id}")
        assert detail["current_clip_id"] == third
    assert (await ada.get(f"/api/v1/clips/{first}"))["title"] == job["clips"][0]["title"]
    back = await ada.post(f"/api/v1/clips/{first}/restore", None, 200)
    assert [v["clip_id"] for v in back["versions"]] == [first, third, second]
    assert clip_ids(await ada.get(f"/api/v1/jobs/{job['job_id']}")) == clip_ids(job)
    assert second not in clip_ids(await ada.get("/api/v1/clips"))
    fourth = await render(ada, first, title="Four")  # newer than what was restored
    assert clip_ids(await ada.get(f"/api/v1/jobs/{job['job_id']}"))[0] == fourth["clip_id"]


async def test_edits_build_on_each_other(ada: Caller, job: dict[str, Any]) -> None:
    words = [
        {"text": "Quite", "start_seconds": 0.5, "end_seconds": 1.0},
        {"text": "new.", "start_seconds": 1.0, "end_seconds": 2.0},
    ]
    worded = await render(ada, clip_ids(job)[0], words=words)
    titled = await render(ada, worded["clip_id"], title="With its words")
    assert (titled["title"], titled["transcript"]) == ("With its words", "Quite new.")
    longer = await render(ada, titled["clip_id"], end_seconds=19.5)
    assert longer["transcript"] == "Quite new. Word1."
    span = {"start_seconds": 10, "end_seconds": 29.5, "title": "By hand"}
    by_hand = await ada.made(f"/api/v1/jobs/{job['job_id']}/clips", span)
    again = await render(ada, clip_ids(by_hand)[0], end_seconds=19.5)
    assert (again["transcript"], again["title"]) == ("Word1.", "By hand")
    assert clip_ids(await ada.get(f"/api/v1/jobs/{by_hand['job_id']}")) == [again["clip_id"]]


async def test_an_edit_is_a_row_of_some_hundred_bytes(
    ada: Caller, job: dict[str, Any], db: Database
) -> None:
    await render(ada, clip_ids(job)[0], title="Small")
    await ada.made(f"/api/v1/jobs/{job['job_id']}/clips", {"start_seconds": 1, "end_seconds": 9})
    await ada.made(f"/api/v1/jobs/{job['job_id']}/reels", {})
    assert await db.pool.fetchval("SELECT count(*) FROM talks") == 1
    sizes = await db.pool.fetch("SELECT length(edits::text) AS size FROM jobs WHERE edits <> '[]'")
    assert [row["size"] < 1_500 for row in sizes] == [True] * 3


async def test_what_goes_leaves_the_versions_before(ada: Caller, job: dict[str, Any]) -> None:
    first = clip_ids(job)[0]
    answer = await ada.post(f"/api/v1/clips/{first}/renders", {"title": "Gone soon"}, 202)
    await ada.until(answer["job_id"])
    await ada.call("DELETE", f"/api/v1/jobs/{answer['job_id']}")
    assert clip_ids(await ada.get(f"/api/v1/jobs/{job['job_id']}")) == clip_ids(job)
    versions = (await ada.get(f"/api/v1/clips/{first}/versions"))["versions"]
    assert [version["clip_id"] for version in versions] == [first]


async def test_an_edit_outlives_the_job_whose_talk_it_has(
    ada: Caller, job: dict[str, Any], db: Database
) -> None:
    answer = await ada.post(f"/api/v1/clips/{clip_ids(job)[0]}/renders", {"title": "Mine"}, 202)
    made = await ada.until(answer["job_id"])
    await ada.call("DELETE", f"/api/v1/jobs/{job['job_id']}")
    clip_id = answer["clip_id"]
    assert clip_ids(await ada.get(f"/api/v1/jobs/{made['job_id']}")) == [clip_id]
    assert "Word0" in await ada.text(f"/api/v1/clips/{clip_id}/captions")
    assert "Word2" in await ada.text(f"/api/v1/jobs/{made['job_id']}/transcript?format=txt")
    assert [v["clip_id"] for v in (await ada.get(f"/api/v1/clips/{clip_id}/versions"))["versions"]]
    await ada.call("DELETE", f"/api/v1/jobs/{made['job_id']}")
    assert await db.pool.fetchval("SELECT count(*) FROM talks") == 0


@pytest.mark.parametrize("is_swept", [False, True])
async def test_a_version_that_expired_is_gone_and_the_others_stay(
    ada: Caller, job: dict[str, Any], db: Database, sweep: Sweep, *, is_swept: bool
) -> None:
    first, job_path = clip_ids(job)[0], f"/api/v1/jobs/{job['job_id']}"
    second = await render(ada, first, title="Two")

    async def expire(clip_id: str) -> None:
        now = "UPDATE clips SET expires_at = now() WHERE clip_id = $1"
        await db.pool.execute(now, clip_id)
        if is_swept:
            await sweep()
        path = f"/api/v1/clips/{clip_id}"
        for part in ("", "/versions", "/captions", "/transcript", "/framing"):
            assert (await ada.get(path + part, 404))["error"] == "not_found"
        for part, body in (("restore", None), ("renders", {"title": "Late"}), ("preview", AT)):
            assert (await ada.post(f"{path}/{part}", body, 404))["error"] == "not_found"
        told = await ada.post(f"{job_path}/reels", {"clip_ids": [clip_id]}, 400)
        assert told["field"] == "clip_ids"

    await expire(second["clip_id"])
    gone = await ada.client.get(URL(second["download_url"]).relative())
    assert gone.status == (404 if is_swept else 200)  # the link has the end that it was given
    assert clip_ids(await ada.get(job_path)) == clip_ids(job)
    assert set(clip_ids(await ada.get("/api/v1/clips"))) == set(clip_ids(job))
    assert clip_ids(await ada.get(f"/api/v1/jobs/{second['job_id']}")) == []
    assert "clips/1-The-best-moment-0.mp4" in (await archive(ada, job["job_id"])).namelist()
    assert "Two" not in await ada.text(f"{job_path}/timeline?format=fcpxml")
    versions = await ada.get(f"/api/v1/clips/{first}/versions")
    assert (clip_ids({"clips": versions["versions"]}), versions["current_clip_id"]) == (
        [first],
        first,
    )
    await expire(first)  # the last of its place
    assert clip_ids(await ada.get(job_path)) == clip_ids(job)[1:]
    for job_id in (job["job_id"], second["job_id"]):
        names = (await archive(ada, job_id)).namelist()
        assert [name for name in names if name.startswith("clips/1-")] == []
        assert await ada.text(f"/api/v1/jobs/{job_id}/timeline?format=edl")


async def test_a_correction_after_a_render_asks_for_that_version(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.spoken = {0: "I read Anna Carena, twice.", 1: "Was it good?"}
    job = await ada.done(20)
    first = await render(ada, clip_ids(job)[0], caption_style="karaoke")
    body = {"corrections": [{"heard": "Carena", "text": "Karenina"}]}
    path = f"/api/v1/jobs/{job['job_id']}/corrections"
    told = await ada.send("PATCH", path, json=body)
    assert told["clips_to_render"] == [first["clip_id"]]
    listed = await ada.get(f"/api/v1/jobs/{job['job_id']}")
    assert listed["clips"][0]["transcript"] == "I read Anna Karenina, twice."
    second = await render(ada, first["clip_id"])
    assert second["transcript"] == "I read Anna Karenina, twice."
    assert (await ada.get(path))["clips_to_render"] == []
    detail = await ada.get(f"/api/v1/clips/{second['clip_id']}")
    assert detail["caption_style"] == "karaoke"
    back = {"corrections": [{"heard": "Carena", "text": None}]}
    told = await ada.send("PATCH", path, json=back)
    assert told["clips_to_render"] == [second["clip_id"]]  # it shows what was taken back
    assert (await render(ada, second["clip_id"]))["transcript"] == "I read Anna Carena, twice."


async def test_a_reel_takes_any_version_of_a_clip(ada: Caller, job: dict[str, Any]) -> None:
    first, second, _ = clip_ids(job)
    longer = await render(ada, first, end_seconds=19.5)
    path = f"/api/v1/jobs/{job['job_id']}/reels"
    made = await ada.made(path, {"clip_ids": [longer["clip_id"]]})
    assert made["clips"][0]["transcript"] == "Word0. Word1."
    told = await ada.post(path, {"clip_ids": [longer["clip_id"], second]}, 400)
    assert "clip_ids[1] overlaps clip_ids[0]" in told["message"]
    made = await ada.made(path, {"clip_ids": [first, second]})
    assert made["clips"][0]["transcript"] == "Word0. Word1."


async def test_no_text_is_lost_and_any_can_be_restored(ada: Caller, engine: FakeEngine) -> None:
    job = await ada.done(30)
    path = f"/api/v1/jobs/{job['job_id']}/texts/blog_post"
    for text in ("Mine.", "Mine.", "Mine, again."):
        own = await ada.send("PUT", path, json={"text": text})
    assert (own["version"], own["versions"]) == (3, 3)
    await rewritten(ada, job["job_id"], "blog_post", length="long")
    listed = await ada.get(f"{path}/versions")
    assert (listed["job_id"], listed["kind"]) == (job["job_id"], "blog_post")
    told = [(t["version"], t["author"], t["text"][:5]) for t in listed["versions"]]
    assert told == [
        (4, "extractive", "# Wor"),
        (3, "user", "Mine,"),
        (2, "user", "Mine."),
        (1, "extractive", "# Wor"),
    ]
    back = await ada.post(f"{path}/versions/3/restore", None, 200)
    assert [t["version"] for t in back["versions"]] == [3, 4, 2, 1]
    assert await ada.text(path) == "Mine, again.\n"
    assert (await ada.get(f"/api/v1/jobs/{job['job_id']}"))["text_outputs"]["blog_post"] == (
        "Mine, again."
    )
    for number in ("9", "x", "99999999999"):
        await ada.post(f"{path}/versions/{number}/restore", None, 404)
    engine.hold("write")
    running = (await ada.post(path, {}, 202))["job_id"]
    await ada.post(f"{path}/versions/2/restore", None, 200)
    engine.let_go("write")
    assert (await ada.until(running))["status"] == "canceled"
    assert await ada.text(path) == "Mine.\n"


async def test_a_text_has_twenty_versions_and_the_current_one(ada: Caller) -> None:
    job = await ada.done(20)
    path = f"/api/v1/jobs/{job['job_id']}/texts/blog_post"
    await ada.send("PUT", path, json={"text": "The best."})
    for number in range(20):
        await ada.send("PUT", path, json={"text": f"Text {number}."})
        if number == 5:
            await ada.post(f"{path}/versions/2/restore", None, 200)
            await ada.send("PUT", path, json={"text": "After it."})
    found = (await ada.get(f"{path}/versions"))["versions"]
    assert [t["version"] for t in found] == list(range(23, 3, -1))
    assert found[0]["versions"] == 20


async def test_a_correction_names_the_texts_that_have_the_old_word(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.spoken = {0: "Carena was read.", 1: "Was it good?"}
    job = await ada.done(20)
    path = f"/api/v1/jobs/{job['job_id']}"
    await ada.send("PUT", f"{path}/texts/linkedin_post", json={"text": "I like it.\n\nCarena's!"})
    await ada.send("PUT", f"{path}/texts/blog_post", json={"text": "Nothing of it."})
    await ada.send("PUT", f"{path}/texts/twitter_thread", json={"text": "1/ Neither."})
    body = {"corrections": [{"heard": "Carena", "text": "Karenina"}]}
    told = await ada.send("PATCH", f"{path}/corrections", json=body)
    assert told["texts_to_write"] == ["linkedin_post"]
    mended = {"text": "I like it.\n\nKarenina's!"}
    await ada.send("PUT", f"{path}/texts/linkedin_post", json=mended)
    assert (await ada.get(f"{path}/corrections"))["texts_to_write"] == []
