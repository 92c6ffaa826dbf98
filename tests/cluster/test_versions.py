"""A server and machines of other versions than the head are told so, and what mends it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import ray_cluster
import s3_server
from caller import Caller
from machines import LONG_S, PYTHONPATH, with_cluster
from operator_command import command
from ray_cluster import NotStarted, RayCluster
from s3_server import S3Server

from klipfast_server.cluster.driver_link import NOT_YET
from klipfast_server.core.config import Config

Start = Callable[..., Awaitable[Caller]]

# What a Python runs as it starts, so that Ray finds another version there.
OTHER_RAY = """
import sys, types
version = sys.modules["ray._version"] = types.ModuleType("ray._version")
version.version, version.commit = "2.59.9", ""
"""
OTHER_PYTHON = """
import collections, sys
Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
sys.version_info = Version(*sys.version_info[:2], 99, "final", 0)
"""


async def reason(server: Caller) -> str:
    """Why the server cannot work, once it knows."""
    deadline = time.monotonic() + LONG_S
    told = {"reason": NOT_YET}
    while told.get("reason") == NOT_YET:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
        told = await (await server.call("GET", "/readyz")).json()
    return str(told["reason"])


@pytest.fixture(
    params=[(OTHER_RAY, "Ray: 2.59.9 Python: 3."), (OTHER_PYTHON, ".99 This process")],
    ids=["ray", "python"],
)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[RayCluster, str]]:
    """A head of another version, and how Ray names that."""
    startup, named = request.param
    (tmp_path / "sitecustomize.py").write_text(startup)
    ray = ray_cluster.program()
    if ray is None:
        pytest.skip("Ray is not installed: pip install 'klipfast[ray]'")
    with ray_cluster.ray_cluster(ray, PYTHONPATH=f"{tmp_path}:{PYTHONPATH}") as cluster:
        yield cluster, named


async def test_a_head_of_another_version_is_named_with_what_mends_it(
    other: tuple[RayCluster, str],
    config: Config,
    bucket_server: S3Server,
    start: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    head, named = other
    config = with_cluster(config, head, bucket_server, config.server.data_dir)
    ada = await start(config)
    job_id = await ada.submit(30.0)
    told = await reason(ada)
    assert told.startswith(f"Ray's head at {head.address} cannot be joined: Version mismatch")
    assert named in told
    assert "install the same versions of Ray and Python on both" in told
    assert told in caplog.text.replace("\\'", "'")
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "queued"
    with pytest.raises(NotStarted, match="Version mismatch"):
        head.add("newer", {"PYTHONPATH": PYTHONPATH})
    assert config.storage.s3 is not None
    checked = await asyncio.to_thread(
        command,
        config,
        "check",
        **s3_server.CREDENTIALS,
        KLIPFAST__CLUSTER__ADDRESS=head.address,
        KLIPFAST__CLUSTER__OWN_ADDRESS=head.head_ip,
        KLIPFAST__STORAGE__S3__BUCKET=config.storage.s3.bucket,
        KLIPFAST__STORAGE__S3__ENDPOINT_URL=config.storage.s3.endpoint_url,
    )
    assert told in " ".join(checked.stdout.split()), checked
