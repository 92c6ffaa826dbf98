"""Files in the storage whose job is gone from the database, as a crash between the two leaves."""

import os
import time
from pathlib import Path

import pytest
from caller import Caller, Client, files_below
from fake_engine import FakeEngine

from klipfast_server.api import app_keys
from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.work import orphans, retention


async def sweep(client: Client, db: Database, config: Config) -> None:
    """What the server does every few minutes."""
    assert client.app is not None
    await retention.sweep(db, client.app[app_keys.STORAGE], config)


def aged(folder: Path, hours: float) -> None:
    """As if nothing had been written there for so long."""
    then = time.time() - hours * 3600
    os.utime(folder, (then, then))


def left_behind(config: Config, name: str, hours: float = 2) -> Path:
    """A folder with a file, so old."""
    folder = config.server.data_dir / "storage" / "clips" / name
    folder.mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(b"clip")
    aged(folder, hours)
    return folder


async def test_files_of_a_job_that_nobody_knows_are_removed_and_no_others(
    ada: Caller, client: Client, db: Database, config: Config
) -> None:
    job = await ada.until(await ada.submit(20))
    own = config.server.data_dir / "storage" / "clips" / job["job_id"]
    kept = files_below(own)
    aged(own, 2)
    orphan = left_behind(config, identifiers.new("job"))
    fresh = left_behind(config, identifiers.new("job"), hours=0.5)
    notes = left_behind(config, "notes of the administrator")
    await sweep(client, db, config)
    assert not orphan.exists()
    assert files_below(own) == kept != []
    assert files_below(fresh) == files_below(notes) == ["clip.mp4"]


async def test_files_of_a_job_in_work_stay_though_their_rows_are_not_there_yet(
    ada: Caller, client: Client, db: Database, config: Config, engine: FakeEngine
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(20)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    folder = left_behind(config, job_id)
    await sweep(client, db, config)
    assert files_below(folder) == ["clip.mp4"]
    engine.let_go("listen")


async def test_what_cannot_be_removed_holds_up_nothing_else(
    client: Client, db: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [identifiers.new("job") for _ in range(3)]
    assert client.app is not None
    storage = client.app[app_keys.STORAGE]
    delete = storage.delete

    async def faulty(prefix: str) -> None:
        if names[0] in prefix:
            raise OSError("Input/output error")
        await delete(prefix)

    monkeypatch.setattr(storage, "delete", faulty)
    monkeypatch.setattr(orphans, "AT_ONCE", 2)
    folders = [left_behind(config, name) for name in names]
    await sweep(client, db, config)
    assert [folder.exists() for folder in folders] == [True, False, False]


async def test_files_of_a_brand_that_nobody_knows_are_removed_and_no_others(
    ada: Caller, client: Client, db: Database, config: Config
) -> None:
    brand = await ada.post("/api/v1/brands", {"name": "Acme"}, 201)
    above = config.server.data_dir / "storage" / "brands"
    own, orphan = above / brand["brand_id"], above / identifiers.new("brand")
    for folder in (own, orphan):
        folder.mkdir(parents=True)
        (folder / "logo-1.png").write_bytes(b"logo")
        aged(folder, 2)
    await sweep(client, db, config)
    assert files_below(own) == ["logo-1.png"]
    assert not orphan.exists()
