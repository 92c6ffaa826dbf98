"""The typed client does what a program needs: send, wait, save; refusals are exceptions."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import aiohttp
import msgspec
import pytest
import skia
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from caller import Caller, make_caller
from fake_engine import FakeEngine

import klipfast_client
from klipfast_client import ApiError, Client, Unreachable, connected
from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from pipeline.core.errors import NoSpeech


@pytest.fixture
async def program(ada: Caller) -> AsyncIterator[Client]:
    """A client with Ada's key."""
    async with connected(str(ada.client.make_url("/")), ada.key) as client:
        yield client


async def test_a_file_becomes_clips_on_the_disk(program: Client, tmp_path: Path) -> None:
    video = tmp_path / "talk.mp4"
    video.write_text("seconds 20")
    upload = await program.upload(str(video))
    assert (upload.file_name, upload.duration_seconds) == ("talk.mp4", 20)
    accepted = await program.submit(upload.video_url, caption_style="karaoke")
    seen: list[float] = []
    job = await program.wait(accepted.job_id, lambda job: seen.append(job.progress))
    assert (job.status, len(job.clips), seen[-1]) == ("completed", 2, 1.0)
    target = tmp_path / "clip.mp4"
    await program.download(job.clips[0].download_url, str(target))
    assert target.read_text() == "clip of 0.0 to 9.5 s"
    assert sorted(path.name for path in tmp_path.glob("*clip*")) == ["clip.mp4"]
    await program.archive(accepted.job_id, str(tmp_path / "all.zip"))
    assert is_zipfile(tmp_path / "all.zip")


async def test_a_refusal_is_an_exception_with_its_code(program: Client, tmp_path: Path) -> None:
    video = tmp_path / "silent.mp4"
    video.write_text("no audio")
    with pytest.raises(klipfast_client.Unprocessable, match="no sound") as refused:
        await program.upload(video)
    assert isinstance(refused.value, ApiError)
    assert (refused.value.status, refused.value.code) == (422, "unprocessable")
    with pytest.raises(klipfast_client.BadRequest, match="video_url"):
        await program.submit("ftp://example.com/a.mp4")
    with pytest.raises(klipfast_client.NotFound):
        await program.job("job_x")
    with pytest.raises(klipfast_client.Forbidden, match="invalid"):
        await program.download("/files/clips/a.mp4", tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()


async def test_a_job_can_be_canceled(program: Client, ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    job_id = await ada.submit(20)
    await program.cancel(job_id)
    assert (await program.wait(job_id)).status == "canceled"


async def test_a_job_can_be_tried_again_and_removed(
    program: Client, ada: Caller, engine: FakeEngine
) -> None:
    engine.errors["listen"] = RuntimeError("once")
    job_id = await ada.submit(20)
    assert (await program.wait(job_id)).status == "failed"
    del engine.errors["listen"]
    assert (await program.retry(job_id)).job_id == job_id
    assert (await program.wait(job_id)).status == "completed"
    await program.delete(job_id)
    with pytest.raises(ApiError, match="no job"):
        await program.job(job_id)


async def test_speakers_are_given_names(program: Client, ada: Caller, engine: FakeEngine) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job_id = await ada.submit(20)
    await program.wait(job_id)
    named = await program.name_speakers(job_id, {"Speaker 1": "Rosa Delgado"})
    assert [speaker.name for speaker in named.speakers] == ["Rosa Delgado", None]
    assert "<v Rosa Delgado>" in await program.transcript(job_id, "vtt")
    named = await program.name_speakers(job_id, {"Speaker 1": None})
    assert [speaker.name for speaker in named.speakers] == [None, None]


async def test_words_are_corrected(program: Client, ada: Caller, engine: FakeEngine) -> None:
    engine.spoken = {0: "I read Anna Carena."}
    job_id = await ada.submit(20)
    await program.wait(job_id)
    made = await program.correct(job_id, "Anna Carena", "Anna Karenina")
    assert [(c.text, c.places) for c in made.corrections] == [("Anna Karenina", 1)]
    assert "I read Anna Karenina." in await program.transcript(job_id, "txt")
    assert await program.corrections(job_id) == made
    assert (await program.correct(job_id, "Anna Carena", None)).corrections == []


async def test_clips_are_listed_seen_and_made_of_a_span(program: Client, ada: Caller) -> None:
    job_id = await ada.submit(30)
    await program.wait(job_id)
    page = await program.clips(job_id=job_id, order="oldest", limit=2)
    assert (len(page.clips), page.has_more) == (2, True)
    rest = await program.clips(job_id=job_id, order="oldest", limit=2, cursor=page.next_cursor)
    assert not {clip.clip_id for clip in page.clips} & {clip.clip_id for clip in rest.clips}
    assert (await program.clips(kind="joke")).clips == []
    picture = await program.preview(page.clips[0].clip_id, 3, width=270, title="New")
    assert b"New at 3, 270 wide" in picture
    made = await program.make_clip(job_id, 2, 8, title="Mine")
    [clip] = (await program.wait(made.job_id)).clips
    assert (clip.title, clip.start_seconds, clip.end_seconds) == ("Mine", 2, 8)
    derived = await program.jobs(source_job_id=job_id, status="completed")
    assert [job.job_id for job in derived.jobs] == [made.job_id]


async def test_a_text_is_replaced_only_if_it_is_the_one_that_was_edited(
    program: Client, ada: Caller
) -> None:
    job_id = await ada.submit(20)
    await program.wait(job_id)
    [*_, article] = (await program.texts(job_id)).texts
    mine = await program.put_text(job_id, "blog_post", "Mine.", if_match=article.etag)
    assert mine.text == "Mine."
    with pytest.raises(ApiError, match="another one") as refused:
        await program.put_text(job_id, "blog_post", "Theirs.", if_match=article.etag)
    assert refused.value.status == 412
    assert (await program.put_text(job_id, "blog_post", "Theirs.")).etag != mine.etag
    versions = (await program.text_versions(job_id, "blog_post")).versions
    assert [v.text for v in versions] == ["Theirs.", "Mine.", article.text]
    back = await program.restore_text(job_id, "blog_post", mine.version)
    assert back.versions[0].text == "Mine."


async def test_a_quotation_is_a_picture(program: Client, ada: Caller) -> None:
    job_id = await ada.submit(20, text_outputs=["quote_cards"])
    await program.wait(job_id)
    upright = await program.quote_card(job_id, 1)
    square = await program.quote_card(job_id, 1, caption_style="karaoke", aspect_ratio="1:1")
    assert upright.startswith(b"\x89PNG")
    assert square.startswith(b"\x89PNG")
    assert upright != square
    with pytest.raises(ApiError, match="2 quotations"):
        await program.quote_card(job_id, 3)


async def test_webhooks_are_made_looked_at_told_again_and_removed(
    program: Client, ada: Caller
) -> None:
    made = await program.add_webhook("http://hook.invalid/", events=("job.completed",))
    assert [webhook.webhook_id for webhook in await program.webhooks()] == [made.webhook_id]
    await ada.until(await ada.submit(10))
    [delivery] = (await program.deliveries(made.webhook_id)).deliveries
    assert (delivery.event, delivery.status) == ("job.completed", "pending")
    replayed = await program.replay(made.webhook_id, delivery.delivery_id)
    assert replayed.delivery_id == delivery.delivery_id
    await program.delete_webhook(made.webhook_id)
    with pytest.raises(ApiError, match="no webhook"):
        await program.deliveries(made.webhook_id)
    secret = await program.job_webhook_secret()
    assert await program.job_webhook_secret(rotate=True) != secret


async def test_a_server_that_is_gone_is_an_error_in_time(unused_tcp_port: int) -> None:
    async with connected(f"http://127.0.0.1:{unused_tcp_port}", "x", patience_s=1) as client:
        with pytest.raises(Unreachable):
            await client.usage()
        with pytest.raises(aiohttp.ClientConnectionError):  # as it was before Unreachable
            await client.wait("job_1")


@pytest.mark.slow  # waits for a deadline
async def test_a_server_that_never_answers_is_not_waited_for(unused_tcp_port: int) -> None:
    with socket.socket() as full, socket.socket() as first:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.connect(full.getsockname())  # whoever comes next hears nothing
        for port in (unused_tcp_port, full.getsockname()[1]):
            async with connected(f"http://127.0.0.1:{port}", "x") as client:
                async with asyncio.timeout(30):  # with patience it would be two minutes
                    with pytest.raises(Unreachable):
                        await client.usage()


async def test_a_key_that_is_not_valid_and_a_job_in_the_way_are_kinds_of_errors(
    ada: Caller, program: Client, engine: FakeEngine
) -> None:
    async with connected(str(ada.client.make_url("/")), "x") as client:
        with pytest.raises(klipfast_client.Unauthorized):
            await client.usage()
    engine.hold("listen")
    upload = await ada.upload(b"seconds 20")
    accepted = await program.submit(upload["video_url"])
    with pytest.raises(klipfast_client.Conflict) as refused:
        await program.submit(upload["video_url"])
    assert refused.value.job_id == accepted.job_id
    engine.let_go("listen")
    await program.wait(accepted.job_id)


async def test_a_full_queue_is_waited_out(
    serve: Callable[[Config], Awaitable[TestClient[Any, Any]]], config: Config, engine: FakeEngine
) -> None:
    replace = msgspec.structs.replace
    limits = replace(config.limits, queue_length=1, queue_retry_s=1)
    config = replace(config, limits=limits, lanes=replace(config.lanes, jobs=1))
    ada = await make_caller(await serve(config), plan="business")
    engine.hold("listen")
    first = await ada.submit(10)
    await ada.until(first, lambda job: job["status"] == "processing")
    await ada.submit(11)  # the queue has room for this one alone
    upload = await ada.upload(b"seconds 12")
    base = str(ada.client.make_url("/"))
    async with connected(base, ada.key) as client:
        submitting = asyncio.create_task(client.submit(upload["video_url"]))
        assert ada.client.app is not None
        registry = ada.client.app[app_keys.METRICS].registry
        refused = {"route": "/api/v1/process", "method": "POST", "status": "429"}
        async with asyncio.timeout(60):
            while not registry.get_sample_value("klipfast_http_requests_total", refused):  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.01)
        assert not submitting.done()
        engine.let_go("listen")
        accepted = await asyncio.wait_for(submitting, 60)
        assert (await client.wait(accepted.job_id)).status == "completed"
    async with connected(base, ada.key, patience_s=0.5) as hurried:
        engine.hold("listen")
        jobs = [await ada.submit(13)]
        await ada.until(jobs[0], lambda job: job["status"] == "processing")
        await ada.submit(14)
        with pytest.raises(klipfast_client.RateLimited, match="queue is full") as too_late:
            await hurried.submit((await ada.upload(b"seconds 15"))["video_url"])
        assert (too_late.value.status, too_late.value.retry_after_s) == (429, 1)
        engine.let_go("listen")


async def test_the_key_goes_to_the_api_alone(
    ada: Caller,
    program: Client,
    aiohttp_server: Callable[[web.Application], Awaitable[TestServer]],
    tmp_path: Path,
) -> None:
    seen: list[dict[str, str]] = []
    elsewhere = web.Application()

    async def bucket(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        if request.path == "/refused":
            return web.Response(status=403, text="<Error>no</Error>")
        return web.Response(body=b"clip")

    elsewhere.router.add_get("/{path}", bucket)
    there = await aiohttp_server(elsewhere)
    await program.download(str(there.make_url("/clip?X-Amz-Signature=a%2Fb")), tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == b"clip"
    with pytest.raises(ApiError, match="answered 403") as refused:
        await program.download(str(there.make_url("/refused")), tmp_path / "b.mp4")
    assert refused.value.code == "forbidden"
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ""] == ["a.mp4"]

    async def moved(_request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(str(there.make_url("/usage")))

    mover = web.Application()
    mover.router.add_get("/{path:.*}", moved)
    base = str((await aiohttp_server(mover)).make_url("/"))
    async with connected(base, ada.key) as client:
        with pytest.raises(ApiError, match="307"):
            await client.usage()
    assert len(seen) == 2
    assert not any("Authorization" in headers for headers in seen)


async def test_what_is_wrong_with_a_video_is_named_at_once_or_by_its_job(
    program: Client, ada: Caller, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    error = (await program.wait(await ada.submit(10))).error
    assert error is not None
    assert (error.code, error.reason) == ("unprocessable", "no_speech")
    mute = tmp_path / "mute.mp4"
    mute.write_text("no audio")
    with pytest.raises(ApiError) as refused:
        await program.upload(mute)
    assert refused.value.reason == "no_audio"


async def test_a_clip_is_looked_at_made_again_and_told_as_text(
    program: Client, ada: Caller
) -> None:
    job_id = await ada.submit(10)
    [clip] = (await program.wait(job_id)).clips
    assert (await program.clip(clip.clip_id)).caption_style == "white_bold"
    rendering = await program.render(clip.clip_id, caption_style="karaoke")
    assert (await program.wait(rendering.job_id)).clips[0].clip_id == rendering.clip_id
    assert (await program.clip(rendering.clip_id)).caption_style == "karaoke"
    versions = await program.versions(clip.clip_id)
    assert [v.clip_id for v in versions.versions] == [rendering.clip_id, clip.clip_id]
    assert (await program.restore(clip.clip_id)).current_clip_id == clip.clip_id
    assert await program.transcript(job_id, "txt") == "Word0.\n"
    assert "Word0." in await program.captions(clip.clip_id)
    assert (await program.timeline(job_id, "edl")).startswith("TITLE: video")
    assert [c.title for c in (await program.chapters(job_id)).chapters] == ["Topic 0"]
    assert (await program.chapter_file(job_id, "vtt")).startswith("WEBVTT")
    assert (await program.usage()).plan == "business"
    page = await program.jobs(limit=1)
    assert page.next_cursor is not None
    assert [job.job_id for job in page.jobs] == [rendering.job_id]
    assert (await program.jobs(cursor=page.next_cursor)).jobs[0].job_id == job_id


@pytest.mark.parametrize("job_id", ["../usage", "a?b", "a/b#c", "ü %2e", ""])
async def test_whatever_an_id_is_it_stays_one(program: Client, job_id: str) -> None:
    with pytest.raises(ApiError) as refused:
        await program.job(job_id)
    assert refused.value.status == 404
    with pytest.raises(ApiError) as refused:
        await program.text("job_1", job_id)  # type: ignore[arg-type]  # a kind from elsewhere
    assert refused.value.status == 404


async def test_brands_are_made_changed_and_deleted(program: Client, tmp_path: Path) -> None:
    brand = await program.add_brand("Acme", caption_style={"base": "boxed"})
    logo = tmp_path / "logo.png"
    picture = skia.Surface(40, 20).makeImageSnapshot()
    logo.write_bytes(bytes(picture.encodeToData(skia.kPNG, 100)))
    with_logo = await program.put_brand_file(brand.brand_id, "logo", str(logo))
    assert with_logo.files.logo is not None
    assert with_logo.files.logo.width == 40
    changed = await program.change_brand(brand.brand_id, name="Other")
    assert (changed.name, await program.brand(brand.brand_id)) == ("Other", changed)
    preview = await program.brand_preview(brand.brand_id, aspect_ratio="1:1")
    assert preview.startswith(b"\x89PNG")
    logo.write_bytes(b"a text")
    with pytest.raises(ApiError, match="no picture") as refused:
        await program.put_brand_file(brand.brand_id, "logo", logo)
    assert (refused.value.status, refused.value.reason) == (422, "unusable")
    await program.delete_brand_file(brand.brand_id, "logo")
    assert (await program.brands())[0].files.logo is None
    await program.delete_brand(brand.brand_id)
    await program.delete_brand(brand.brand_id)
    assert await program.brands() == []
