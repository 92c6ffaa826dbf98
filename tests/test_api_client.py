"""The typed client does what a program needs: send, wait, save; refusals are exceptions."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import Caller
from fake_engine import FakeEngine

from klipfast_server.client import ApiError, Client, connected


@pytest.fixture
async def program(ada: Caller) -> AsyncIterator[Client]:
    """A client with Ada's key."""
    async with connected(str(ada.client.make_url("/")), ada.key) as client:
        yield client


async def test_a_file_becomes_clips_on_the_disk(program: Client, tmp_path: Path) -> None:
    video = tmp_path / "talk.mp4"
    video.write_text("seconds 20")
    upload = await program.upload(video)
    assert (upload.file_name, upload.duration_seconds) == ("talk.mp4", 20)
    accepted = await program.submit(upload.video_url, caption_style="karaoke")
    seen: list[float] = []
    job = await program.wait(accepted.job_id, lambda job: seen.append(job.progress))
    assert (job.status, len(job.clips), seen[-1]) == ("completed", 2, 1.0)
    target = tmp_path / "clip.mp4"
    await program.download(job.clips[0].download_url, target)
    assert target.read_text() == "clip of 0.0 to 9.5 s"
    assert sorted(path.name for path in tmp_path.glob("*clip*")) == ["clip.mp4"]


async def test_a_refusal_is_an_exception_with_its_code(program: Client, tmp_path: Path) -> None:
    video = tmp_path / "silent.mp4"
    video.write_text("no audio")
    with pytest.raises(ApiError, match="no sound") as refused:
        await program.upload(video)
    assert (refused.value.status, refused.value.code) == (422, "unprocessable")
    with pytest.raises(ApiError, match="video_url"):
        await program.submit("ftp://example.com/a.mp4")
    with pytest.raises(ApiError, match="not valid"):
        await program.download("/files/clips/a.mp4", tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()


async def test_a_job_can_be_canceled(
    program: Client, ada: Caller, engine: FakeEngine, tmp_path: Path
) -> None:
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
