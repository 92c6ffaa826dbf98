"""A cluster offers as much at once as it has machines that can be used."""

import pytest
from msgspec.structs import replace

from klipfast_server.cluster.cluster_placement import Cluster
from klipfast_server.cluster.frames import Actor, Lane, State
from klipfast_server.cluster.messages import PIPELINE_ENGINE
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.store.estimates.estimate import Capacity
from klipfast_server.telemetry.metrics import Metrics


def actor(lane: Lane, state: State) -> Actor:
    """An actor of a machine."""
    return Actor(lane=lane, machine="one", state=state)


@pytest.mark.parametrize(
    ("actors", "offered"),
    [
        ((), Capacity(listeners=1, encoders=1, jobs=2)),
        (
            (
                *[actor("recogniser", "ready")] * 3,
                *[actor("encoder", "busy")] * 2,
                actor("encoder", "resting"),
            ),
            Capacity(listeners=3, encoders=2, jobs=7),
        ),
    ],
)
def test_capacity_counts_the_machines_that_can_be_used(
    config: Config, actors: tuple[Actor, ...], offered: Capacity
) -> None:
    bucket = settings.Storage(s3=settings.S3(bucket="clips"))
    shared = replace(
        config, storage=bucket, cluster=replace(config.cluster, address="127.0.0.1:6379")
    )
    cluster = Cluster(shared, Metrics(), PIPELINE_ENGINE)
    cluster.link.actors = actors
    assert cluster.capacity == offered
