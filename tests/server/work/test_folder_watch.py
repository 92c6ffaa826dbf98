"""Watched folders: each media file that is put there becomes a job, once, and is put away."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from caller import Caller, Client, files_below, make_caller
from fake_engine import FakeEngine
from intake_watch import counted, jobs_of

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config, Folder
from klipfast_server.work import folder_watch, intake_context
from pipeline.core.data import Source

Serve = Callable[[Config], Awaitable[Client]]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults pass soon."""
    monkeypatch.setattr(intake_context, "FAULT_S", 0.05)


class Looks:
    """The looks at the folders, of which a file has to outlast some before it is taken."""

    def __init__(self) -> None:
        self.done = 0

    async def more(self, count: int = 10) -> None:
        """Wait for further looks, whole ones."""
        wanted = self.done + count + 1
        await until(lambda: self.done >= wanted)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """The looks of this test's servers."""
    seen, look = Looks(), folder_watch.FolderWatch.look

    async def counted_look(watch: folder_watch.FolderWatch) -> float:
        pause_s = await look(watch)
        seen.done += 1
        return pause_s

    monkeypatch.setattr(folder_watch.FolderWatch, "look", counted_look)
    return seen


def watching(config: Config, inbox: Path, **folder: Any) -> Config:
    """The settings with this folder, of the account ada."""
    given: dict[str, Any] = {
        "path": inbox,
        "account": "ada",
        "every_s": 0.05,
        "steady_s": 0.2,
    } | folder
    return msgspec.structs.replace(config, folders=(Folder(**given),))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - the server looks by itself
            await asyncio.sleep(0.02)


async def test_a_file_becomes_a_job_and_is_put_away(
    serve: Serve, config: Config, inbox: Path
) -> None:
    options = {"caption_style": "karaoke"}
    ada = await make_caller(await serve(watching(config, inbox, options=options)), plan="business")
    (inbox / "Talk 1.MP4").write_text("seconds 30")
    await until(lambda: files_below(inbox / "done") == ["Talk 1.MP4"])
    [job] = await jobs_of(ada)
    assert job["metadata"] == {"folder": "inbox", "file": "Talk 1.MP4"}
    done = await ada.until(job["job_id"])
    clip = await ada.get(f"/api/v1/clips/{done['clips'][0]['clip_id']}")
    assert clip["caption_style"] == "karaoke"
    assert done["source"]["duration_seconds"] == 30
    assert (inbox / "done" / "Talk 1.MP4").read_text() == "seconds 30"
    assert [path.name for path in inbox.iterdir()] == ["done"]


async def test_a_file_that_still_grows_is_left_alone(
    serve: Serve, config: Config, inbox: Path, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(folder_watch, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    ada = await make_caller(await serve(watching(config, inbox, steady_s=60)), plan="business")
    with (inbox / "talk.mp4").open("w") as file:
        for part in ("sec", "onds", " 3", "0"):
            file.write(part)
            file.flush()
            await looks.more(1)
            clock[0] += 40
            await looks.more(1)
            assert not (inbox / "done").exists()
    clock[0] += 40
    await until(lambda: files_below(inbox / "done") == ["talk.mp4"])
    [job] = await jobs_of(ada)
    assert (await ada.until(job["job_id"]))["source"]["duration_seconds"] == 30


async def test_a_file_that_cannot_be_used_is_put_away_with_the_reason(
    serve: Serve, config: Config, inbox: Path
) -> None:
    client = await serve(watching(config, inbox))
    ada = await make_caller(client, plan="business")
    (inbox / "silent.mp4").write_text("no audio")
    (inbox / "long.mov").write_text("seconds 1000000")
    (inbox / "empty.mkv").touch()
    (inbox / "good.mp4").write_text("seconds 30")
    await until(lambda: not any(path.is_file() for path in inbox.iterdir()))
    failed = files_below(inbox / "failed")
    assert failed == [
        *("empty.mkv", "empty.mkv.txt"),
        *("long.mov", "long.mov.txt"),
        *("silent.mp4", "silent.mp4.txt"),
    ]
    assert "no sound" in (inbox / "failed" / "silent.mp4.txt").read_text()
    assert len(await jobs_of(ada)) == 1
    assert (counted(client, "folder", "refused"), counted(client, "folder", "job")) == (3, 1)
    assert len(files_below(config.server.data_dir / "uploads")) == 1  # that of the good one


async def test_no_link_leads_out_of_the_folder(
    serve: Serve, config: Config, inbox: Path, tmp_path: Path, looks: Looks
) -> None:
    outside, theirs = tmp_path / "outside", tmp_path / "theirs.txt"
    outside.mkdir()
    theirs.write_text("theirs")
    (inbox / "done").symlink_to(outside)
    (inbox / "failed").mkdir()
    (inbox / "failed" / "silent.mp4.txt").symlink_to(theirs)
    ada = await make_caller(await serve(watching(config, inbox)), plan="business")
    (inbox / "silent.mp4").write_text("no audio")
    (inbox / "talk.mp4").write_text("seconds 30")
    await until((inbox / "failed" / "silent (2).mp4").exists)
    await looks.more()
    assert "no sound" in (inbox / "failed" / "silent (2).mp4.txt").read_text()
    assert theirs.read_text() == "theirs"
    assert not (inbox / "failed" / "silent.mp4").exists()
    assert (inbox / "talk.mp4").read_text() == "seconds 30"  # it waits
    assert list(outside.iterdir()) == []
    assert len(await jobs_of(ada)) == 1
    (inbox / "done").unlink()
    await until(lambda: files_below(inbox / "done") == ["talk.mp4"])
    assert len(await jobs_of(ada)) == 1


async def test_what_is_no_media_file_of_the_folder_itself_is_left_alone(
    serve: Serve, config: Config, inbox: Path, tmp_path: Path, looks: Looks
) -> None:
    ada = await make_caller(await serve(watching(config, inbox)), plan="business")
    elsewhere = tmp_path / "secret.mp4"
    elsewhere.write_text("seconds 30")
    (inbox / "link.mp4").symlink_to(elsewhere)
    (inbox / "sub").mkdir()
    (inbox / "folder.mp4").mkdir()
    os.mkfifo(inbox / "pipe.mp4")
    for name in (".hidden.mp4", "~talk.mp4", "talk.mp4.part", "talk.mp4.crdownload", "notes.txt"):
        (inbox / name).write_text("seconds 30")
    (inbox / "sub" / "talk.mp4").write_text("seconds 30")
    (inbox / "talk.mp4").write_text("seconds 30")
    before = {path.name for path in inbox.iterdir()} - {"talk.mp4"}
    await until(lambda: files_below(inbox / "done") == ["talk.mp4"])
    await looks.more()
    assert {path.name for path in inbox.iterdir()} == before | {"done"}
    assert len(await jobs_of(ada)) == 1


async def test_where_files_are_kept_each_is_taken_once_even_by_another_server(
    serve: Serve, config: Config, inbox: Path, looks: Looks
) -> None:
    settings = watching(config, inbox, after="keep")
    client = await serve(settings)
    ada = await make_caller(client, plan="business")
    talk = inbox / "talk.mp4"
    talk.write_text("seconds 30")
    (inbox / "silent.mp4").write_text("no audio")
    await until(
        lambda: counted(client, "folder", "job") + counted(client, "folder", "refused") == 2
    )
    [job] = await jobs_of(ada)
    await ada.until(job["job_id"])
    await client.close()
    client = await serve(settings)
    again = Caller(client=client, key=ada.key)
    await looks.more()
    assert len(await jobs_of(again)) == 1
    talk.write_text("seconds 40")  # another talk under its name
    await until(lambda: counted(client, "folder", "job") == 1)
    assert len(await jobs_of(again)) == 2
    assert sorted(path.name for path in inbox.iterdir()) == ["silent.mp4", "talk.mp4"]


async def test_a_file_waits_while_the_queue_is_full_and_is_copied_only_once(
    serve: Serve, config: Config, inbox: Path, engine: FakeEngine, looks: Looks
) -> None:
    engine.hold("listen")
    limits = msgspec.structs.replace(config.limits, queue_length=1)
    lanes = msgspec.structs.replace(config.lanes, jobs=1)
    settings = watching(config, inbox)
    client = await serve(msgspec.structs.replace(settings, limits=limits, lanes=lanes))
    ada = await make_caller(client, plan="business")
    for seconds in (31, 32, 33):
        (inbox / f"{seconds}.mp4").write_text(f"seconds {seconds}")
    await until(lambda: counted(client, "folder", "waiting") > 0)
    await looks.more()
    waiting = [path.name for path in inbox.iterdir() if path.is_file()]
    assert waiting
    assert len(files_below(config.server.data_dir / "uploads")) == 3
    assert counted(client, "folder", "waiting") <= 2  # told once each, not at every look
    engine.let_go("listen")
    await until(lambda: len(files_below(inbox / "done")) == 3)
    assert len(await jobs_of(ada)) == 3
    assert len(files_below(config.server.data_dir / "uploads")) == 3


async def test_a_file_at_which_the_server_itself_fails_holds_up_no_other(
    serve: Serve, config: Config, inbox: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_at_the_first(path: Path, *, max_duration_s: float | None) -> Source:
        if path.read_text() == "seconds 30":
            tried.append(path)
            raise RuntimeError("a fault of ours")
        return probe(path, max_duration_s=max_duration_s)

    tried: list[Path] = []
    probe = engine.probe
    monkeypatch.setattr(engine, "probe", fail_at_the_first)
    ada = await make_caller(await serve(watching(config, inbox)), plan="business")
    (inbox / "first.mp4").write_text("seconds 30")
    await until(lambda: len(tried) >= 2)
    (inbox / "second.mp4").write_text("seconds 31")
    await until(lambda: files_below(inbox / "done") == ["second.mp4"])
    monkeypatch.setattr(engine, "probe", probe)
    await until(lambda: files_below(inbox / "done") == ["first.mp4", "second.mp4"])
    assert len(await jobs_of(ada)) == 2
    assert len(files_below(config.server.data_dir / "uploads")) == 2


async def test_a_file_that_was_submitted_before_the_server_died_is_only_put_away(
    serve: Serve, config: Config, inbox: Path
) -> None:
    """It died between the job and the note of it: the note is taken back here."""
    client = await serve(watching(config, inbox, after="keep"))
    ada = await make_caller(client, plan="business")
    (inbox / "talk.mp4").write_text("seconds 30")
    await until(lambda: counted(client, "folder", "job") == 1)
    [job] = await jobs_of(ada)
    await ada.until(job["job_id"])
    assert client.app is not None
    await client.app[app_keys.DATABASE].pool.execute("UPDATE folder_files SET job_id = NULL")
    await client.close()
    again = Caller(client=await serve(watching(config, inbox)), key=ada.key)
    await until(lambda: files_below(inbox / "done") == ["talk.mp4"])
    assert [found["job_id"] for found in await jobs_of(again)] == [job["job_id"]]


async def test_a_name_that_is_taken_in_done_is_not_overwritten(
    serve: Serve, config: Config, inbox: Path
) -> None:
    await make_caller(await serve(watching(config, inbox)), plan="business")
    for seconds in (30, 40):
        (inbox / "talk.mp4").write_text(f"seconds {seconds}")
        await until(lambda: not (inbox / "talk.mp4").exists())
    assert files_below(inbox / "done") == ["talk (2).mp4", "talk.mp4"]
    assert (inbox / "done" / "talk.mp4").read_text() == "seconds 30"


async def test_a_name_in_no_encoding_is_no_fault(serve: Serve, config: Config, inbox: Path) -> None:
    ada = await make_caller(await serve(watching(config, inbox)), plan="business")
    (inbox / os.fsdecode(b"K\xf6ln \x1b[31m.mp4")).write_text("seconds 30")
    await until(lambda: len(files_below(inbox / "done")) == 1)
    [job] = await jobs_of(ada)
    assert job["metadata"]["file"] == "Kln [31m.mp4"


async def test_a_folder_that_is_not_there_yet_is_counted_and_looked_at_again(
    serve: Serve, config: Config, inbox: Path
) -> None:
    inbox.rmdir()
    client = await serve(watching(config, inbox))
    await make_caller(client, plan="business")
    await until(lambda: counted(client, "folder", "failed") >= 1)
    inbox.mkdir()
    (inbox / "talk.mp4").write_text("seconds 30")
    await until(lambda: files_below(inbox / "done") == ["talk.mp4"])
