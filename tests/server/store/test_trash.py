"""A deleted talk can be restored for a week; a deleted clip is gone with its versions."""

import io
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from caller import Caller, gone

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.work import retention


async def listed(caller: Caller, query: str = "") -> list[str]:
    return [job["job_id"] for job in (await caller.get(f"/api/v1/jobs{query}"))["jobs"]]


async def test_a_job_in_the_trash_is_left_out_of_lists_until_it_is_restored(ada: Caller) -> None:
    job_id, other = [(await ada.done(seconds))["job_id"] for seconds in (30, 20)]
    job = await ada.post(f"/api/v1/jobs/{job_id}/trash")
    assert job["deletes_at"] > job["finished_at"]
    assert (await listed(ada), await listed(ada, "?trash=true")) == ([other], [job_id])
    clips = (await ada.get("/api/v1/clips"))["clips"]
    assert {clip["job_id"] for clip in clips} == {other}
    assert len((await ada.get(f"/api/v1/jobs/{job_id}"))["clips"]) == 3
    assert (await ada.post(f"/api/v1/jobs/{job_id}/restore"))["deletes_at"] is None
    assert (await listed(ada), await listed(ada, "?trash=true")) == ([other, job_id], [])
    await ada.post(f"/api/v1/jobs/{job_id}/restore")  # once more changes nothing


async def test_a_job_in_work_is_not_thrown_away(ada: Caller, engine: Any) -> None:
    engine.hold("listen")
    job_id = await ada.submit(30)
    assert (
        "cancel it first" in (await ada.post(f"/api/v1/jobs/{job_id}/trash", None, 409))["message"]
    )
    engine.let_go("listen")


async def test_a_week_later_it_is_deleted_with_its_files(
    ada: Caller, db: Database, config: Config
) -> None:
    kept, thrown = [(await ada.done(seconds))["job_id"] for seconds in (20, 30)]
    await ada.post(f"/api/v1/jobs/{thrown}/trash")
    assert ada.client.app is not None
    storage = ada.client.app[app_keys.STORAGE]
    await retention.sweep(db, storage, config)
    assert len((await ada.get(f"/api/v1/jobs/{thrown}"))["clips"]) == 3
    await db.pool.execute("UPDATE jobs SET deletes_at = deletes_at - interval '7 days'")
    tally = await retention.sweep(db, storage, config)
    assert tally.of("trash").rows == 1
    await ada.get(f"/api/v1/jobs/{thrown}", 404)
    await gone(Path(config.server.data_dir) / "storage/clips" / thrown)
    assert await listed(ada) == [kept]


async def test_a_job_that_is_retried_leaves_the_trash(ada: Caller, engine: Any) -> None:
    engine.errors["listen"] = RuntimeError("no")
    job_id = await ada.submit(30)
    await ada.until(job_id)
    await ada.post(f"/api/v1/jobs/{job_id}/trash")
    del engine.errors["listen"]
    await ada.post(f"/api/v1/jobs/{job_id}/retry", None, 202)
    assert (await ada.until(job_id))["deletes_at"] is None


async def test_a_deleted_clip_is_gone_with_its_versions(ada: Caller) -> None:
    job = await ada.done(30)
    first, second, third = [clip["clip_id"] for clip in job["clips"]]
    path = f"/api/v1/clips/{first}"
    [version] = (await ada.made(f"{path}/renders", {"caption_style": "karaoke"}))["clips"]
    await ada.send("DELETE", path, 204)
    for clip_id in (first, version["clip_id"]):
        await ada.get(f"/api/v1/clips/{clip_id}", 404)
    await ada.send("DELETE", path, 404)
    clips = (await ada.get(f"/api/v1/jobs/{job['job_id']}"))["clips"]
    assert [clip["clip_id"] for clip in clips] == [second, third]


async def test_an_archive_and_a_timeline_of_some_clips(ada: Caller) -> None:
    job = await ada.done(30)
    job_id, ids = job["job_id"], [clip["clip_id"] for clip in job["clips"]]
    wanted = f"clip_ids={ids[0]},{ids[2]}"
    packed = await ada.call("GET", f"/api/v1/jobs/{job_id}/archive?{wanted}")
    names = ZipFile(io.BytesIO(await packed.read())).namelist()
    assert sorted(name[6] for name in names if name.endswith(".mp4")) == ["1", "3"]
    form = f"/api/v1/jobs/{job_id}/timeline?format=fcp7xml"
    assert (await ada.text(f"{form}&{wanted}")).count("<sequence") == 2
    await ada.send("DELETE", f"/api/v1/clips/{ids[1]}", 204)
    assert (await ada.text(form)).count("<sequence") == 3  # also moments without a clip
    assert (await ada.text(f"{form}&clips=not_rejected")).count("<sequence") == 2
    for path in ("archive", "timeline"):
        told = await ada.get(f"/api/v1/jobs/{job_id}/{path}?clip_ids={ids[1]}", 404)
        assert ids[1] in told["message"]
