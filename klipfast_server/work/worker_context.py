"""What every job of this process works with."""

from collections.abc import Mapping
from dataclasses import dataclass

from klipfast_server.core.config import Config
from klipfast_server.core.engine import Engine
from klipfast_server.core.threads import Lane
from klipfast_server.files.source_files import SourceFiles
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
    lanes: Mapping[str, Lane]  # by name: listen, edit, look, encode, write
    watch: StageWatch
    metrics: Metrics
    files: SourceFiles
