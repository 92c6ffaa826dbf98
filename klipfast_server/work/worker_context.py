"""What every job of this process works with."""

from concurrent.futures import Executor
from dataclasses import dataclass

from klipfast_server.core.config import Config
from klipfast_server.core.engine import Engine
from klipfast_server.files.storage import Storage
from klipfast_server.store.database import Database
from klipfast_server.telemetry.metrics import Metrics
from klipfast_server.webhooks.outbox import Outbox
from klipfast_server.work.stage_watch import StageWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What every job of this process works with."""

    db: Database
    engine: Engine
    storage: Storage
    config: Config
    outbox: Outbox
    listening: Executor  # one thread: the recogniser
    looking: Executor  # one thread, in what time encoding leaves
    encoding: Executor
    writing: Executor  # one thread of its own: a language model may be slow
    watch: StageWatch
    metrics: Metrics
