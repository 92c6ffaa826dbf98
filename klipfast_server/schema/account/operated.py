"""The server as its operator sees it."""

from typing import Annotated, Literal

from msgspec import Struct

from klipfast_server.schema.fields import about
from klipfast_server.schema.responses import Health
from klipfast_server.schema.vocabulary import Moment

ModelStatus = Literal["pending", "ready", "failed"]


class ServerVersions(Struct, frozen=True, kw_only=True):
    """What runs."""

    klipfast: Annotated[str, about("KlipFast.")]
    newest: Annotated[
        str | None,
        about("The newest version that `server.updates_url` told; null: not asked or not known."),
    ]
    newer: Annotated[bool, about("Whether that is newer than the one that runs.")]
    python: Annotated[str, about("Python.")]
    torch: Annotated[str, about("PyTorch.")]
    pyav: Annotated[str, about("PyAV.")]
    ffmpeg: Annotated[str, about("FFmpeg in it.")]
    postgres: Annotated[str, about("Postgres.")]
    migration: Annotated[int, about("Number of the last migration of the tables.")]


class ServerQueue(Struct, frozen=True, kw_only=True):
    """Jobs of all accounts."""

    queued: Annotated[int, about("Jobs that wait.")]
    processing: Annotated[int, about("Jobs that run.")]
    completed_lately: Annotated[int, about("Jobs completed in the last 24 hours.")]
    failed_lately: Annotated[int, about("Jobs that failed in the last 24 hours.")]
    oldest_wait_seconds: Annotated[float, about("How long the oldest queued job has waited.")]
    work_seconds: Annotated[float, about("Estimated seconds until all these jobs are done.")]
    draining: Annotated[bool, about("Whether no job starts, by `klipfast-server drain`.")]


class ServerLane(Struct, frozen=True, kw_only=True):
    """Threads of this process for one kind of work."""

    name: Annotated[str, about("listen, edit, look, encode or write.")]
    size: Annotated[int, about("Its threads.")]
    busy: Annotated[int, about("Threads that work.")]
    waiting: Annotated[int, about("Stages that wait for one.")]


class ServerDisk(Struct, frozen=True, kw_only=True):
    """The disk of the data directory, and what is stored there or in the bucket, in bytes."""

    used_bytes: Annotated[int | None, about("Used on the disk, by all; null: it does not answer.")]
    free_bytes: Annotated[int | None, about("Free on it; null: it does not answer.")]
    reserve_bytes: Annotated[int, about("With less free, no source is taken in.")]
    clip_bytes: Annotated[int, about("Clips.")]
    source_bytes: Annotated[int, about("Uploads and kept sources.")]
    brand_bytes: Annotated[int, about("Files of brands.")]


class ServerModel(Struct, frozen=True, kw_only=True):
    """A network that is loaded or should be."""

    name: Annotated[str, about("What it is.")]
    status: Annotated[ModelStatus, about("pending while it is loaded.")]
    reason: Annotated[str, about("Why it failed; empty otherwise.")]


class ServerModels(Struct, frozen=True, kw_only=True):
    """The networks of this process."""

    device: Annotated[str, about("Where they run: cpu or cuda.")]
    precision: Annotated[str, about("Their numbers, such as bfloat16.")]
    networks: Annotated[list[ServerModel], about("Each that was needed so far.")]


class ServerAccount(Struct, frozen=True, kw_only=True):
    """An account and what it has used in the calendar month (UTC)."""

    name: Annotated[str, about("Its name.")]
    plan: Annotated[str, about("Its plan.")]
    jobs: Annotated[int, about("Completed jobs that were charged.")]
    minutes_used: Annotated[float, about("Source minutes.")]
    storage_bytes: Annotated[int, about("Bytes stored now.")]
    last_used_at: Annotated[Moment | None, about("Its last call, to the minute; null: never.")]


class Operated(Struct, frozen=True, kw_only=True):
    """GET /api/v1/operator."""

    health: Annotated[Health, about("The answer of /readyz.")]
    versions: Annotated[ServerVersions, about("What runs.")]
    queue: Annotated[ServerQueue, about("Jobs of all accounts.")]
    lanes: Annotated[list[ServerLane], about("Lanes of this process.")]
    disk: Annotated[ServerDisk, about("Disk and storage.")]
    models: Annotated[ServerModels, about("Networks of this process.")]
    accounts: Annotated[list[ServerAccount], about("At most 100: those that called last.")]
    accounts_total: Annotated[int, about("How many there are.")]
