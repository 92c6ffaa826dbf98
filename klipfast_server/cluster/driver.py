"""The process that Ray knows: it runs stages on the cluster's machines for the server.

`python -m klipfast_server.cluster.driver DESCRIPTOR` speaks frames over that socket until the
server closes it. It ends where Ray ends it, and the server starts another.
"""

import asyncio
import logging
import os
import socket
import sys

from klipfast_server.cluster import frames
from klipfast_server.cluster.frames import Setup, Start, Unconnected

REACH_S = 5.0  # for the head to accept a connection; Ray itself takes minutes to give up


def main() -> None:
    """Serve one server."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # no library reports its use
    own = socket.socket(fileno=int(sys.argv[1]))
    asyncio.run(_drive(own))


async def _drive(own: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=own)
    requests = frames.read(reader, frames.FromServer)
    setup = await anext(requests, None)
    if not isinstance(setup, Setup):
        return
    if fault := await _join(setup):
        frames.write(writer, Unconnected(reason=fault))
        await writer.drain()
        return
    # Ray is not loaded before its head is known to be there.
    import ray  # noqa: PLC0415 - see above

    from klipfast_server.cluster.actor_pool import Crew, offer  # noqa: PLC0415 - see above
    from klipfast_server.cluster.remote import RemoteActor  # noqa: PLC0415 - see above

    if setup.only_looks:
        frames.write(writer, offer())
        await writer.drain()
        return
    crew = Crew(setup, ray.remote(RemoteActor), lambda frame: frames.write(writer, frame))

    async def obey() -> None:
        async for frame in requests:
            if isinstance(frame, Start):
                crew.start(frame)
            else:
                crew.cancel(frame.stage_id)

    working = [asyncio.create_task(work) for work in (obey(), crew.look(), crew.report())]
    done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    # The actors belong to this process, and end with it.
    os._exit(0)


async def _join(setup: Setup) -> str:
    """Join the cluster; return what is wrong, or nothing."""
    host, _, port = setup.address.rpartition(":")
    try:
        async with asyncio.timeout(REACH_S):
            _, probe = await asyncio.open_connection(host, int(port))
            probe.close()
    except (OSError, OverflowError) as error:  # with TimeoutError
        return (
            f"Ray's head at {setup.address} cannot be reached ({error or 'no answer'}): "
            "start it there with `ray start --head`, or correct cluster.address"
        )
    import ray  # noqa: PLC0415 - see above

    own = {"_node_ip_address": setup.own_address} if setup.own_address else {}
    try:
        ray.init(setup.address, log_to_driver=False, logging_level=logging.ERROR, **own)
    except Exception as error:  # Ray's are of many kinds
        return f"Ray's head at {setup.address} cannot be joined: {_in_words(error)}"
    return ""


def _in_words(error: Exception) -> str:
    """Return what Ray says, and what mends it where that is known."""
    said = " ".join(str(error).split())[:800]
    if not said.startswith("Version mismatch"):
        return said or repr(error)
    return (
        f"{said}: install the same versions of Ray and Python on both, to the last number, and "
        "start both again"
    )


if __name__ == "__main__":
    main()
