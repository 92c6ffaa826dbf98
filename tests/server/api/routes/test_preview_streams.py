"""A clip that is played before it is rendered: its pieces, who may have them, how many at once."""

import asyncio
from typing import Any

import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from pulses import reached
from yarl import URL

from klipfast_server.api.pictures import playing


@pytest.fixture
async def clip(ada: Caller) -> dict[str, Any]:
    """The first clip of a finished job, from 0 to 9.5 s: five pieces."""
    job = await ada.done(30)
    found: dict[str, Any] = job["clips"][0] | {"job_id": job["job_id"]}
    return found


async def opened(caller: Caller, clip: dict[str, Any], **changes: Any) -> dict[str, Any]:
    path = f"/api/v1/clips/{clip['clip_id']}/preview/stream"
    return dict(await caller.post(path, changes, 200))


async def played(client: Client, stream: dict[str, Any], start: float = 0, **headers: str) -> str:
    """What the URL of a stream sends without a key."""
    url = URL(stream["stream_url"]).update_query(start=start).relative()
    response = await client.get(url, headers=headers)
    assert response.status in {200, 206}, await response.text()
    return await response.text()


async def test_it_plays_with_the_changes_and_makes_no_job(
    ada: Caller, client: Client, clip: dict[str, Any]
) -> None:
    stream = await opened(ada, clip, caption_style="karaoke")
    assert (stream["duration"], stream["piece_seconds"]) == (9.5, 1.0)
    assert stream["parts"] == [{"start_seconds": 0.0, "end_seconds": 9.5}]
    assert stream["media_type"].startswith("video/mp4; codecs=")
    said = await played(client, stream)
    assert said == "header; " + "".join(f"piece {n} of karaoke; " for n in range(10))
    assert len((await ada.get("/api/v1/jobs"))["jobs"]) == 1


@pytest.mark.parametrize("start", ["9", "1.09e308"])
async def test_without_changes_nothing_has_to_be_opened(
    ada: Caller, clip: dict[str, Any], start: str
) -> None:
    path = f"/api/v1/clips/{clip['clip_id']}/preview/stream?start={start}"
    assert await ada.text(path) == "header; piece 9 of white_bold; "


async def test_it_starts_at_a_piece_and_makes_none_twice(
    ada: Caller, client: Client, clip: dict[str, Any], engine: FakeEngine
) -> None:
    stream = await opened(ada, clip)
    assert (await played(client, stream, 6.5)).startswith("header; piece 6 of white_bold; piece 7")
    assert (await played(client, stream, 99)).startswith("header; piece 9")
    assert engine.calls.count("piece") == 4
    other = await opened(ada, clip, caption_style="karaoke")
    assert other["stream_id"] != stream["stream_id"]
    assert engine.played_before == [False, True]  # what sounds the same is not read again
    again = await opened(ada, clip)  # the change is taken back
    assert again["stream_id"] == stream["stream_id"]
    assert (await played(client, again)).count("piece") == 10
    assert engine.calls.count("piece") == 10
    assert engine.calls.count("prepare") == 2


async def test_a_player_without_media_source_takes_parts_of_a_file(
    ada: Caller, client: Client, clip: dict[str, Any]
) -> None:
    stream = await opened(ada, clip)
    whole = await played(client, stream)
    assert await played(client, stream, Range="bytes=0-1") == whole[:2]
    assert await played(client, stream, Range="bytes=10-") == whole[10:]
    assert await played(client, stream, Range="bytes=-4") == whole[-4:]
    assert await played(client, stream, Range="lines=1") == whole
    url = URL(stream["stream_url"]).relative()
    response = await client.get(url, headers={"Range": f"bytes={len(whole)}-"})
    assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")


async def test_cuts_are_placed_between_words_and_told(
    ada: Caller, clip: dict[str, Any], engine: FakeEngine
) -> None:
    cuts = [{"start_seconds": 4.0, "end_seconds": 6.0}]
    words = [{"text": f"{n}", "start_seconds": n, "end_seconds": n + 0.9} for n in range(9)]
    stream = await opened(ada, clip, cuts=cuts, words=words)
    assert stream["duration"] < 9.5
    [cut] = stream["cuts"]
    first, second = stream["parts"]
    assert (first["end_seconds"], second["start_seconds"]) == tuple(cut.values()) == (4.0, 6.0)
    made = await ada.made(
        f"/api/v1/clips/{clip['clip_id']}/renders", {"cuts": cuts, "words": words}
    )
    assert made["clips"][0]["duration"] == pytest.approx(stream["duration"], abs=0.05)
    assert engine.rendered[-1].highlights[0].left_out
    path = f"/api/v1/clips/{made['clips'][0]['clip_id']}"
    assert (await ada.get(f"{path}/transcript"))["cuts"] == [cut]
    restored = await ada.made(f"{path}/renders", {"cuts": []})
    assert restored["clips"][0]["duration"] == 9.5


async def test_refusals_say_what_would_be_right(
    ada: Caller, client: Client, clip: dict[str, Any]
) -> None:
    bob = await make_caller(client, account="bob")
    path = f"/api/v1/clips/{clip['clip_id']}/preview/stream"
    stream = await opened(ada, clip)
    for caller, query, status in (
        (bob, f"?stream_id={stream['stream_id']}", 404),
        (ada, "?stream_id=none", 404),
        (bob, "", 404),
    ):
        response = await caller.call("GET", path + query)
        assert response.status == status, await response.text()
    response = await client.get(f"{path}?stream_id={stream['stream_id']}&token=wrong")
    assert response.status == 401
    for cuts, said in (
        ([{"start_seconds": 4.0, "end_seconds": 4.0}], "cuts[0] must end after it begins"),
        ([{"start_seconds": 0.0, "end_seconds": 9.5}], "with these cuts it would be 0 s"),
    ):
        response = await ada.call("POST", path, json={"cuts": cuts})
        told = await response.json()
        assert (response.status, told["field"]) == (400, "cuts")
        assert said in told["message"]
    await ada.call("DELETE", f"/api/v1/jobs/{clip['job_id']}")
    assert (await ada.call("POST", path, json={})).status == 404


async def test_more_viewers_than_runs_all_get_everything(
    ada: Caller, client: Client, clip: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "MAX_RUNS", 2)
    streams = [await opened(ada, clip, title=f"Title {n}") for n in range(6)]
    said = await asyncio.gather(*(played(client, stream) for stream in streams))
    assert [text.count("piece") for text in said] == [10] * 6


async def test_a_viewer_who_leaves_ends_the_run(
    ada: Caller, client: Client, clip: dict[str, Any], engine: FakeEngine
) -> None:
    stream = await opened(ada, clip)
    engine.hold("piece")
    watching = asyncio.create_task(played(client, stream))
    await reached(engine, "piece")
    watching.cancel()
    async with asyncio.timeout(10):  # its thread is free again
        other = await opened(ada, clip, title="Other")
    assert other["duration"] == 9.5
    engine.let_go("piece")
    assert engine.calls.count("piece") == 1


async def test_streams_that_there_is_no_room_for_are_forgotten(
    ada: Caller, client: Client, clip: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "MAX_BYTES", 100)
    first = await opened(ada, clip)
    await played(client, first)
    await opened(ada, clip, title="Second")
    response = await client.get(URL(first["stream_url"]).relative())
    assert response.status == 404
    assert "POST to the same path opens it again" in await response.text()
    assert (await opened(ada, clip))["stream_id"] == first["stream_id"]
