"""The archive of a job: everything that it made, in one file that is made while it is sent."""

import asyncio
import io
import os
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import aiohttp
import pytest
from caller import Caller
from fake_engine import FakeEngine
from pulses import is_open

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database

FORMS = ("json", "srt", "vtt", "txt")  # formats of a transcript
SIZE = 64_000_000  # bytes: more than the kernel buffers


def path_of(job_id: str) -> str:
    return f"/api/v1/jobs/{job_id}/archive"


async def archive(caller: Caller, job_id: str) -> ZipFile:
    """The archive, whose checksums hold."""
    response = await caller.call("GET", path_of(job_id))
    assert response.status == 200, await response.text()
    assert response.content_type == "application/zip"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{job_id}.zip"'
    found = ZipFile(io.BytesIO(await response.read()))
    assert found.testzip() is None
    return found


def stored(config: Config, job_id: str) -> list[Path]:
    """The files of a job's first clip and of the others."""
    return sorted((config.server.data_dir / "storage" / "clips" / job_id).iterdir())


async def test_it_has_every_result(ada: Caller, engine: FakeEngine) -> None:
    engine.pictures = 2
    job = await ada.done(clip_count=1, text_outputs=["blog_post", "quote_cards"])
    job_id = job["job_id"]
    head = await ada.call("HEAD", path_of(job_id))
    assert (head.status, head.content_type, await head.read()) == (200, "application/zip", b"")
    found = await archive(ada, job_id)
    clips = [f"clips/{n + 1}-The-best-moment-{n}" for n in range(3)]
    assert sorted(found.namelist()) == sorted(
        [
            *(
                f"{clip}{end}"
                for clip in clips
                for end in (".mp4", ".jpg", "-2.jpg", ".srt", ".vtt")
            ),
            *(f"transcript.{end}" for end in ("json", "srt", "vtt", "txt")),
            *(f"chapters.{end}" for end in ("txt", "json", "vtt")),
            *(f"timeline/{n}" for n in ("otio.otio", "fcpxml.fcpxml", "fcp7xml.xml", "edl.edl")),
            "texts/blog_post.md",
            "texts/quote_cards.txt",
        ]
    )
    assert found.read("clips/2-The-best-moment-1.mp4") == b"clip of 10.0 to 19.5 s"
    assert found.read("transcript.txt") == b"Word0.\nWord1.\nWord2.\n"
    assert found.read("texts/blog_post.md") == b"# Word0\n"
    assert found.read("chapters.txt").startswith(b"0:00 Topic 0\n")
    assert all(i.compress_type == ZIP_STORED for i in found.infolist() if i.filename[-4:] == ".mp4")
    assert all(info.external_attr >> 16 == 0o100644 for info in found.infolist())


async def test_a_title_is_one_file_name(ada: Caller, db: Database) -> None:
    job_id = (await ada.done())["job_id"]
    for title in ("../../etc/passwd", "", "発表" * 100, "con", "a\\..\\b:c*?", "🎉" * 300, "\n/"):
        await db.pool.execute("UPDATE clips SET title = $1", title)
        names = (await archive(ada, job_id)).namelist()
        clips = [name for name in names if name.startswith("clips/")]
        assert len(set(clips)) == len(clips) == 12
        for name in names:
            folder, _, file = name.rpartition("/")
            assert folder in ("", "clips", "timeline", "texts")
            assert file not in ("", ".", "..")
            assert len(file.encode()) <= 200
            assert not set(file) & set('\\:*?"<>|\n\x00')


async def test_a_file_that_is_gone_is_named_and_the_rest_is_there(
    ada: Caller, config: Config
) -> None:
    job_id = (await ada.done())["job_id"]
    for path in stored(config, job_id):
        if path.suffix == ".mp4":
            path.unlink()
            break
    found = await archive(ada, job_id)
    assert sum(name.endswith(".mp4") for name in found.namelist()) == 2
    lines = found.read("not-included.txt").decode().splitlines()
    assert len(lines) == 2
    assert lines[1].endswith(".mp4")


async def test_a_large_file_passes_through_breaks_off_and_is_left_open_by_nobody(
    ada: Caller, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await ada.done())["job_id"]
    os.truncate(video := stored(config, job_id)[1], SIZE)
    sizes = [info.file_size for info in (await archive(ada, job_id)).infolist()]
    assert sizes.count(SIZE) == 1

    response = await ada.call("GET", path_of(job_id))
    await response.content.readexactly(100_000)
    assert is_open(video)
    response.close()
    async with asyncio.timeout(60):
        while is_open(video):  # noqa: ASYNC110 - a descriptor tells nobody
            await asyncio.sleep(0.05)

    def fail(*_: object) -> bytes:
        raise OSError("the disk is gone")

    response = await ada.call("GET", path_of(job_id))
    assert response.status == 200
    monkeypatch.setattr("klipfast_server.files.zip_stream._Sink.take", fail)
    with pytest.raises(aiohttp.ClientPayloadError):  # it has no end
        await response.read()


async def test_a_corrected_talk_is_corrected_in_every_file(ada: Caller) -> None:
    job_id = (await ada.done())["job_id"]
    body = {"corrections": [{"heard": "Word1", "text": "Anna Karenina"}]}
    await ada.send("PATCH", f"/api/v1/jobs/{job_id}/corrections", json=body)
    clips = (await ada.get(f"/api/v1/jobs/{job_id}"))["clips"]
    found = await archive(ada, job_id)
    alone = {f"transcript.{form}": f"jobs/{job_id}/transcript?format={form}" for form in FORMS}
    alone |= {
        f"clips/2-The-best-moment-1.{form}": f"clips/{clips[1]['clip_id']}/captions?format={form}"
        for form in ("srt", "vtt")
    }
    for name, path in alone.items():
        answer = await ada.call("GET", f"/api/v1/{path}")
        assert found.read(name) == await answer.read(), name
        assert b"Karenina" in found.read(name), name


async def test_a_text_that_is_written_again_has_none(ada: Caller) -> None:
    job_id = (await ada.done(text_outputs=["blog_post"]))["job_id"]
    again = (await ada.post(f"/api/v1/jobs/{job_id}/texts/blog_post", {}, 202))["job_id"]
    await ada.until(again)
    assert (await ada.get(path_of(again), 409))["job_id"] == job_id
