"""The placement of jobs on the machines of a cluster: see work.placement."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from klipfast_server.cluster import messages
from klipfast_server.cluster.driver_link import USABLE, DriverLink
from klipfast_server.cluster.frames import LANES, Lane, Setup
from klipfast_server.cluster.messages import MachineSettings
from klipfast_server.cluster.workplace import RemoteWorkplace
from klipfast_server.core.config import Config
from klipfast_server.core.tasks import background
from klipfast_server.store.estimates.estimate import Capacity
from klipfast_server.telemetry.metrics import Metrics
from klipfast_server.work.job_stages import Stages
from klipfast_server.work.placement import Workplace

MORE_JOBS = 2  # than actors: one fetches its source, one writes


class Cluster:
    """The machines of a cluster."""

    def __init__(self, config: Config, metrics: Metrics, engine: str) -> None:
        """`engine` as in MachineSettings. Nothing is joined yet: `link.keep` does it."""
        self._config = config
        self._metrics = metrics
        self.link = DriverLink(driver_setup(config, engine), self._changed)

    @property
    def capacity(self) -> Capacity:
        """Return what the machines do, and as many jobs as keep them busy, or lanes.jobs says."""
        usable = Counter(actor.lane for actor in self.link.actors if actor.state in USABLE)
        return Capacity(
            listeners=max(1, usable["recogniser"]),
            encoders=max(1, usable["encoder"]),
            jobs=self._config.lanes.jobs or usable.total() + MORE_JOBS,
        )

    @property
    def fault(self) -> str:
        """Return why no job can run now; empty if one can."""
        return self.link.fault

    @asynccontextmanager
    async def opened(self, stages: Stages, path: Path, sha256: bytes) -> AsyncIterator[Workplace]:
        """Open a workplace; at its end, the bucket has the source no more."""
        workplace = RemoteWorkplace(self.link, stages, path, sha256)
        try:
            yield workplace
        finally:
            await workplace.clear()

    def _changed(self) -> None:
        states = ((str(actor.lane), str(actor.state)) for actor in self.link.actors)
        self._metrics.actors(Counter(states))


@asynccontextmanager
async def opened(config: Config, metrics: Metrics, engine: str) -> AsyncIterator[Cluster]:
    """Be on the cluster while the block runs, or try to be."""
    cluster = Cluster(config, metrics, engine)
    async with background(cluster.link.keep()):
        yield cluster


def driver_setup(
    config: Config, engine: str = messages.PIPELINE_ENGINE, *, only_looks: bool = False
) -> Setup:
    """Return what a driver works with; `engine` as in MachineSettings."""
    cluster = config.cluster
    assert config.storage.s3 is not None, "checked when the settings are"
    gpus: dict[Lane, float] = dict(
        zip(LANES, (cluster.recogniser_gpus, cluster.encoder_gpus), strict=True)
    )
    settings = MachineSettings(
        models=config.models,
        llm=config.llm,
        s3=config.storage.s3,
        styles_dir=config.captions.styles_dir,
        cache_dir=cluster.cache_dir,
        cache_bytes=cluster.cache_bytes,
        engine=engine,
    )
    return Setup(
        address=cluster.address,
        own_address=cluster.own_address,
        gpus=gpus,
        stall_s=config.lanes.stall_s,
        fingerprint=messages.fingerprint(),
        settings=messages.encode(settings),
        only_looks=only_looks,
    )
