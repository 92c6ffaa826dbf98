"""Prometheus metrics of one application.

Every label has few values, all from this program: route templates, never paths, IDs or addresses.
Each application has its own registry, so that several in one process do not mix.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, Generic, TypeVar, cast, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from klipfast_server.core.engine import CardMemory
from klipfast_server.schema.vocabulary import Status
from pipeline.core.data import Clip

# These read files, so once, while the program is loaded.
VERSION = version("klipfast")
PROCESS, PLATFORM = ProcessCollector(registry=None), PlatformCollector(registry=None)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each, which nobody asks for

STATUSES: tuple[Status, ...] = get_args(Status)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
UNMATCHED = "unmatched"  # the route of every request that has none
# Seconds. Long polls and downloads end in the last one.
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
HOLD_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
STAGE_BUCKETS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

WAIT_BUCKETS = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200)

Result = TypeVar("Result")
Kind = TypeVar("Kind", Counter, Gauge, Histogram)


@dataclass(frozen=True, slots=True)
class Metric(Generic[Kind]):
    """A row of the table below; of an instance of Metrics, the metric in its registry."""

    kind: type[Kind]
    name: str
    text: str
    labels: str = ""  # with spaces between
    buckets: tuple[float, ...] | None = None

    def make(self, registry: CollectorRegistry) -> Kind:
        """Add it to a registry."""
        options: dict[str, Any] = {} if self.buckets is None else {"buckets": self.buckets}
        name, labels = f"klipfast_{self.name}", self.labels.split()
        return self.kind(name, self.text, labels, registry=registry, **options)

    def __get__(self, metrics: "Metrics", _owner: type) -> Kind:
        """Return the instance's own."""
        return cast(Kind, metrics.made[self])


counter: partial[Metric[Counter]] = partial(Metric, Counter)
gauge: partial[Metric[Gauge]] = partial(Metric, Gauge)
histogram: partial[Metric[Histogram]] = partial(Metric, Histogram)


class Metrics:
    """All metrics; safe to use from any thread."""

    _requests = counter(
        "http_requests",
        "Requests by route template; 'closed' is the status where the caller hung up.",
        "route method status",
    )
    _request_s = histogram(
        "http_request_seconds",
        "From a request's arrival until its answer is ready to be sent.",
        "route method",
        REQUEST_BUCKETS,
    )
    _hold_s = histogram(
        "request_hold_seconds",
        "Longest time that a request held the event loop, from one await to the next.",
        "route method",
        HOLD_BUCKETS,
    )
    _hold_cpu_s = histogram(
        "request_hold_cpu_seconds",
        "Most processor time that a request used from one await to the next.",
        "route method",
        HOLD_BUCKETS,
    )
    loop_lag_s = histogram(
        "event_loop_lag_seconds", "How late the event loop is, whatever holds it.", "", HOLD_BUCKETS
    )
    uploaded_bytes = counter("uploaded_bytes", "Bytes of uploads that were taken in.")
    jobs_ended = counter(
        "jobs_ended", "Jobs that ended here; code says why one failed.", "result code"
    )
    clips = counter("clips", "Clips made.")
    rendered_frames = counter("rendered_frames", "Frames of the clips made.")
    rendered_s = counter("rendered_seconds", "Length of the clips made.")
    rendering_s = counter(
        "rendering_seconds",
        "Time in which their frames were decoded, composed and encoded, one clip by one.",
    )
    queue_wait_s = histogram(
        "queue_wait_seconds",
        "How long jobs had waited when they were started, since they were submitted, retried "
        "or resumed.",
        "",
        WAIT_BUCKETS,
    )
    source_s = counter(
        "source_seconds", "Seconds of source in completed jobs; clips made again are not counted."
    )
    _stage_s = histogram(
        "stage_seconds",
        "Working time of fetch, probe, listen, clip (each) and write.",
        "stage",
        STAGE_BUCKETS,
    )
    webhooks = counter(
        "webhook_attempts",
        "Attempts to deliver: delivered, retried, failed (given up), gone (410).",
        "result",
    )
    intake = counter(
        "intake",
        "Episodes of feeds and files of folders: job, waiting, refused; looks that failed.",
        "source result",
    )
    lane_threads = gauge("lane_threads", "Threads of a lane.", "lane")
    _lane_busy = gauge("lane_busy", "Threads of a lane that work.", "lane")
    _jobs = gauge("jobs", "Jobs of the database by status; none while it is away.", "status")
    _waiting_s = gauge("queue_oldest_seconds", "How long the oldest queued job has waited.")
    _left_s = gauge("queue_work_seconds", "Estimated seconds until all unfinished jobs are done.")
    _draining = gauge(
        "draining", "Whether the operator lets no job start; NaN while the database is away."
    )
    _database_up = gauge("database_up", "Whether the database answered this scrape.")
    _connections = gauge(
        "database_connections",
        "Connections of the pool: used, idle, and max, its limit.",
        "state",
    )
    _disk_free = gauge(
        "disk_free_bytes",
        "Free bytes where the data directory is; NaN where the disk does not answer.",
    )
    _disk_reserve = gauge(
        "disk_reserve_bytes", "sources.min_free_bytes: with less free, no source is taken in."
    )
    _actors = gauge(
        "cluster_actors",
        "Recognizers and encoders of the cluster: loading, ready, busy, resting.",
        "lane state",
    )
    stages_lost = counter(
        "cluster_stages_lost",
        "Stages that ended with their machine or were given up there, and are tried elsewhere.",
        "stage",
    )
    _card_memory = gauge(
        "gpu_memory_bytes",
        "Memory of the graphics card: free, and total, for all processes. Absent without a card.",
        "state",
    )

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(PROCESS)
        self.registry.register(PLATFORM)
        build = Info("klipfast_build", "The version that runs.", registry=self.registry)
        build.info({"version": VERSION})
        self.made = {
            metric: metric.make(self.registry)
            for metric in vars(type(self)).values()
            if isinstance(metric, Metric)
        }

    def request(
        self,
        route: str | None,
        method: str,
        status: str,
        *,
        seconds: float,
        held_s: float,
        held_cpu_s: float,
    ) -> None:
        """Count a request that was answered or that its client abandoned.

        `held_s`: the longest time it held the event loop; `held_cpu_s`: the most processor time.
        """
        route, method = route or UNMATCHED, method if method in METHODS else "other"
        self._requests.labels(route, method, status).inc()
        self._request_s.labels(route, method).observe(seconds)
        self._hold_s.labels(route, method).observe(held_s)
        self._hold_cpu_s.labels(route, method).observe(held_cpu_s)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block as a stage of a job, however it ends."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._stage_s.labels(name).observe(time.perf_counter() - began)

    def stage_took(self, name: str, seconds: float) -> None:
        """Record the working time of a stage that ran elsewhere."""
        self._stage_s.labels(name).observe(seconds)

    def actors(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Set how many actors of the cluster there are, by lane and state."""
        self._actors.clear()
        for (lane, state), count in counts.items():
            self._actors.labels(lane, state).set(count)

    def in_lane(self, lane: str, stage: str, call: Callable[[], Result]) -> Result:
        """Run `call` as a timed stage, and show one thread of the lane as busy meanwhile."""
        with self._lane_busy.labels(lane).track_inprogress(), self.stage(stage):
            return call()

    def database(
        self,
        jobs: Mapping[str, int] | None,
        waiting_s: float = 0.0,
        left_s: float = 0.0,
        *,
        is_draining: bool = False,
    ) -> None:
        """Set what the database reports at a scrape; None clears it while the database is away."""
        self._database_up.set(jobs is not None)
        if jobs is None:
            self._jobs.clear()
            waiting_s = left_s = float("nan")
        else:
            for status in STATUSES:
                self._jobs.labels(status).set(jobs.get(status, 0))
        self._draining.set(float("nan") if jobs is None else is_draining)
        self._waiting_s.set(waiting_s)
        self._left_s.set(left_s)

    def pool(self, *, size: int, idle: int, most: int) -> None:
        """Set what the pool of database connections has."""
        for state, count in (("used", size - idle), ("idle", idle), ("max", most)):
            self._connections.labels(state).set(count)

    def disk(self, *, free_bytes: float, reserve_bytes: int) -> None:
        """Set what is free where the data directory is."""
        self._disk_free.set(free_bytes)
        self._disk_reserve.set(reserve_bytes)

    def card(self, memory: CardMemory | None) -> None:
        """Set what the card has; None clears it."""
        if memory is None:
            self._card_memory.clear()
            return
        self._card_memory.labels("free").set(memory.free)
        self._card_memory.labels("total").set(memory.total)

    def clip(self, clip: Clip) -> None:
        """Count a finished clip."""
        self.clips.inc()
        self.rendered_frames.inc(clip.frames)
        self.rendered_s.inc(clip.duration_s)
        self.rendering_s.inc(clip.render_s)

    def text(self) -> bytes:
        """Return the Prometheus text format. Blocks: it reads /proc."""
        return generate_latest(self.registry)
