"""A machine that cannot work is named with what mends it, and the others work."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import machine_engine
import pytest
from caller import Caller
from machines import LONG_S, PYTHONPATH, Machines, seen, until_ready

Start = Callable[..., Awaitable[Caller]]


async def rests(caplog: pytest.LogCaptureFixture, machine: str) -> str:
    """What the log says of a machine that rests, once it does."""
    deadline = time.monotonic() + LONG_S
    while time.monotonic() < deadline:
        told = [r.getMessage() for r in caplog.records if "actor rests" in r.getMessage()]
        if found := [line for line in told if machine in line]:
            return found[0]
        await asyncio.sleep(0.1)
    pytest.fail(f"nothing is told of {machine}")


async def test_a_machine_without_weights_rests_until_it_has_them(
    machines: Machines,
    start: Start,
    witness: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    absent = tmp_path / "absent"
    absent.touch()
    machines.have("one")
    machines.add("empty", {machine_engine.NO_WEIGHTS: str(absent)}, encoder=0)
    ada = await start(actors=2)
    job = await ada.until(await ada.submit(30.0), patience_s=LONG_S)
    assert job["status"] == "completed"
    assert {line.split()[0] for line in seen(witness, "heard")} == {"one"}
    assert "cannot be downloaded" in await rests(caplog, "empty")
    absent.unlink()
    await until_ready(ada.client, 3)
    machines.have("one")


WITHOUT_KLIPFAST = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "klipfast_server":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
"""

OTHER_VERSION = """
from importlib import metadata
known = metadata.version
metadata.version = lambda name: "9.9" if name == "klipfast" else known(name)
"""


def changed(folder: Path, startup: str) -> dict[str, str]:
    """The environment of a Python that runs this as it starts."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(startup)
    return {"PYTHONPATH": f"{folder}:{PYTHONPATH}"}


async def test_each_machine_that_cannot_work_is_named_and_costs_no_job(
    machines: Machines,
    start: Start,
    witness: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    machines.have("one")
    machines.add("newer", changed(tmp_path / "newer", OTHER_VERSION), encoder=0)
    machines.add("bare", changed(tmp_path / "bare", WITHOUT_KLIPFAST), encoder=0)
    machines.add("stranger", {"AWS_ACCESS_KEY_ID": "nobody"}, encoder=0)
    machines.add("full", {machine_engine.FULL_DISK: "1"})
    ada = await start(actors=4)  # those of "one" and "full", which does not know it yet
    for job_id in [await ada.submit(40.0 + n) for n in range(3)]:
        job = await ada.until(job_id, patience_s=LONG_S)
        assert job["status"] == "completed", job
    assert {line.split()[0] for line in seen(witness, "made clip")} == {"one"}
    newer = await rests(caplog, "newer")
    assert "it runs klipfast 9.9" in newer
    assert "install the server's version there" in newer
    bare = await rests(caplog, "bare")
    assert "No module named 'klipfast_server'" in bare
    assert "install klipfast for the Python that runs Ray there" in bare
    stranger = await rests(caplog, "stranger")
    assert "the bucket cannot be used from there" in stranger
    assert "storage refuses access" in stranger
    assert "check the credentials" in stranger
    [lost, *_] = [r.getMessage() for r in caplog.records if "stage lost" in r.getMessage()]
    assert "full (127.0.0." in lost
    assert "disk is full" in lost
    assert "disk is full" in await rests(caplog, "full")
    machines.have("one")


async def test_a_cluster_that_offers_nothing_is_told_what_to_offer(
    start: Start, machines: Machines
) -> None:
    machines.have()
    ada = await start(actors=0)
    told = await (await ada.call("GET", "/readyz")).json()
    assert "offers the resource recogniser" in told["reason"]
    assert "--resources='{\"recogniser\": 1}'" in told["reason"]
