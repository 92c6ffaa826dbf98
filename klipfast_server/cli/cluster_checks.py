"""What the settings of a cluster need of this machine, and whether the cluster can be joined."""

import asyncio
import importlib.util
from collections.abc import Iterator

from klipfast_server.cli.findings import Finding, warning
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError

LOOK_S = 60.0  # for Ray to join; it takes seconds where all is well


def check(config: Config) -> None:
    """Check what can be known without a network. Raises ConfigError."""
    if not config.cluster.address:
        return
    if importlib.util.find_spec("ray") is None:
        raise ConfigError(
            "cluster.address is set, and Ray is not installed: pip install 'klipfast[ray]'"
        )
    if config.storage.s3 is None:
        raise ConfigError(
            "cluster.address is set, and clips are stored in a folder, which other machines do not "
            "reach: name a bucket in [storage.s3]"
        )


def join(config: Config) -> Iterator[Finding]:
    """Join the cluster, and count what its machines offer."""
    if not config.cluster.address:
        return
    check(config)
    yield asyncio.run(_join(config))


async def _join(config: Config) -> Finding:
    # They load the pipeline's types: seconds, for those who have a cluster.
    from klipfast_server.cluster import placement  # noqa: PLC0415 - see above
    from klipfast_server.cluster.driver_link import look  # noqa: PLC0415 - see above

    try:
        async with asyncio.timeout(LOOK_S):
            found = await look(placement.driver_setup(config, only_looks=True))
    except TimeoutError:
        found = f"Ray's head at {config.cluster.address} does not let anybody join"
    if isinstance(found, str):  # the server starts, and waits for it
        return warning("cluster", f"{found}.", "jobs stay queued until then; docs/scaling.md")
    recognisers, encoders = found.actors["recogniser"], found.actors["encoder"]
    text = (
        f"Ray {found.version} at {config.cluster.address}: {found.machines} machines offer "
        f"{recognisers} recognisers and {encoders} encoders"
    )
    if not recognisers or not encoders:
        offer = 'ray start --address=… --resources=\'{"recogniser": 1, "encoder": 1}\''
        return warning("cluster", f"{text}: jobs stay queued.", offer)
    return Finding(name="cluster", text=text)
