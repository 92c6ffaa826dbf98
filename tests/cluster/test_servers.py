"""What a server of a cluster does as it stops, and where it hangs or has no cluster."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from caller import Caller
from machines import LONG_S, Machines, Three, seen

from klipfast_server.core.config import Config

Start = Callable[..., Awaitable[Caller]]


async def test_another_server_goes_on_behind_what_was_heard(
    machines: Machines, start: Start, witness: Path, config: Config
) -> None:
    machines.have("one")
    replace = msgspec.structs.replace
    # The first has only a moment to stop in.
    server = replace(config.server, shutdown_grace_s=5.0)
    ada = await start(replace(config, server=server), actors=2)
    one = Three(machines=machines, ada=ada, config=config, witness=witness)
    job_id = await one.submit("seconds 80")
    await one.until_seen("heard 3")
    await ada.client.close()  # which stops the server
    again = await start(actors=2)
    other = Caller(client=again.client, key=ada.key)
    await Three(machines=machines, ada=other, config=config, witness=witness).completed(job_id, 8)
    heard = [int(line.split()[2]) for line in seen(witness, "heard")]
    assert [heard.count(n) for n in range(3)] == [1, 1, 1]


async def test_a_stage_that_hangs_is_ended_and_the_server_is_not(
    machines: Machines, start: Start, witness: Path, config: Config
) -> None:
    machines.have("one")
    replace = msgspec.structs.replace
    lanes = replace(config.lanes, stall_s=3.0, attempts=1)
    ada = await start(replace(config, lanes=lanes), actors=2)
    one = Three(machines=machines, ada=ada, config=config, witness=witness)
    job = await ada.until(await one.submit("seconds 30 hangs"), patience_s=LONG_S)
    assert (job["status"], job["error"]["code"]) == ("failed", "server_error")
    await one.completed(await one.submit("seconds 30"), 3)


async def test_a_server_without_its_cluster_serves_and_keeps_jobs(
    start: Start, config: Config
) -> None:
    replace = msgspec.structs.replace
    away = replace(config, cluster=replace(config.cluster, address="127.0.0.2:9"))
    ada = await start(away)
    job_id = await ada.submit(30.0)
    for _ in range(100):
        ready = await ada.call("GET", "/readyz")
        told = await ready.json()
        if "127.0.0.2:9" in told.get("reason", ""):
            break
        await asyncio.sleep(0.2)
    assert (ready.status, told["missing"]) == (503, "cluster")
    assert "Ray's head at 127.0.0.2:9 cannot be reached" in told["reason"]
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "queued"
