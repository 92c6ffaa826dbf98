"""Reads config.toml and the environment into frozen settings."""

import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

ROOT = Path(__file__).resolve().parents[2]  # the repository: the install is editable

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
AtLeastOne = Annotated[int, Meta(ge=1)]

SHORT_NAMES = {
    "KLIPFAST_HOST": ("server", "host"),
    "KLIPFAST_PORT": ("server", "port"),
    "KLIPFAST_DATA_DIR": ("server", "data_dir"),
    "KLIPFAST_LOG_LEVEL": ("server", "log_level"),
    "KLIPFAST_SECRET": ("server", "secret"),
    "KLIPFAST_DATABASE_URL": ("database", "url"),
    "KLIPFAST_ALLOW_PRIVATE_SOURCES": ("sources", "allow_private"),
}
LONG_PREFIX = "KLIPFAST__"


class Schedule(tuple[float, ...]):
    """Seconds, at least one and each above 0; written as a list, or with spaces between."""

    __slots__ = ()

    @classmethod
    def of(cls, value: object) -> "Schedule":
        """Raises ValueError."""
        parts = value.split() if isinstance(value, str) else value
        if not isinstance(parts, list) or not parts:
            raise ValueError("Expected numbers of seconds")
        numbers = cls(float(part) for part in parts)
        if not all(0 < number < math.inf for number in numbers):
            raise ValueError("Expected numbers of seconds, each above 0")
        return numbers


class ConfigError(Exception):
    """A setting is unknown, missing or of the wrong type; the text names it."""


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Units and meanings stand beside each key in config.toml."""


class Server(Section, frozen=True):
    host: str
    port: Annotated[int, Meta(ge=0, le=65535)]
    metrics_host: str
    metrics_port: Annotated[int, Meta(ge=0, le=65535)]
    data_dir: Path
    public_url: str
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["json", "console", "auto"]
    shutdown_grace_s: Positive
    secret: str


class Database(Section, frozen=True):
    url: str
    sql_dir: Path
    pool_size: AtLeastOne


class S3(Section, frozen=True):
    bucket: str
    endpoint_url: str = ""
    region: str = "us-east-1"
    prefix: str = ""


class Storage(Section, frozen=True):
    s3: S3 | None = None


class Sources(Section, frozen=True):
    allow_private: bool
    max_bytes: AtLeastOne
    timeout_s: Positive
    idle_s: Positive
    max_redirects: Count
    min_free_bytes: Count
    probe_s: Positive
    probe_bytes: Annotated[int, Meta(ge=65536)]
    pages: bool


class Models(Section, frozen=True):
    whisper: str
    text_encoder: str
    active_speaker: str
    device: str
    precision: Literal["auto", "float32", "bfloat16", "float16"]
    threads: Count
    cache_dir: str


class Llm(Section, frozen=True):
    model: str
    url: str
    api_key: str
    timeout_s: Positive
    texts: bool

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec turns into an error that names the section."""
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("Expected a url that begins with http:// or https://")
        if self.url and not self.model:
            raise ValueError("Expected a model beside url: the name that the endpoint knows it by")


class Lanes(Section, frozen=True):
    jobs: Count
    encode: Count
    lease_s: Positive
    poll_s: Positive
    attempts: AtLeastOne
    progress_s: Positive
    guess_ratio: Positive
    guess_source_s: Positive

    @property
    def encoders(self) -> int:
        """Clips rendered at once."""
        cores = os.cpu_count() or 1
        return self.encode or (1 if cores <= 2 else max(1, cores // 4))

    @property
    def jobs_at_once(self) -> int:
        """One that listens, one that fetches, and those that render."""
        return self.jobs or self.encoders + 2


class Limits(Section, frozen=True):
    body_bytes: AtLeastOne
    queue_length: AtLeastOne
    queue_retry_s: AtLeastOne
    anonymous_per_minute: AtLeastOne


class Retention(Section, frozen=True):
    upload_hours: Positive
    sweep_s: Positive


class Webhooks(Section, frozen=True):
    timeout_s: Positive
    retries_s: Schedule
    give_up_s: Positive
    at_once: AtLeastOne
    at_once_per_account: AtLeastOne
    keep_days: AtLeastOne


class Plan(Section, frozen=True):
    api: bool
    requests_per_minute: AtLeastOne
    minutes_per_month: Count
    storage_mb: Count
    parallel_jobs: AtLeastOne
    max_source_minutes: AtLeastOne
    max_upload_mb: AtLeastOne
    retention_days: AtLeastOne
    credits: Count


class Config(Section, frozen=True):
    server: Server
    database: Database
    storage: Storage
    sources: Sources
    models: Models
    llm: Llm
    lanes: Lanes
    limits: Limits
    retention: Retention
    webhooks: Webhooks
    plans: dict[str, Plan]


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of `path` (default: KLIPFAST_CONFIG, or config.toml beside the packages).

    The environment wins over the file. Raises ConfigError.
    """
    path = path or Path(environ.get("KLIPFAST_CONFIG") or ROOT / "config.toml")
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}.") from error
    _apply_environment(tree, environ)
    try:
        config = msgspec.convert(tree, type=Config, strict=False, dec_hook=_own_kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path} (with the environment): {error}.") from error
    return _with_absolute_paths(config, path.resolve().parent)


def _apply_environment(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    for name, value in environ.items():
        if name in SHORT_NAMES:
            _put(tree, SHORT_NAMES[name], value)
        elif name.startswith(LONG_PREFIX):
            _put(tree, tuple(name.removeprefix(LONG_PREFIX).lower().split("__")), value)


def _put(tree: dict[str, Any], keys: tuple[str, ...], value: str) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"{LONG_PREFIX}{'__'.join(keys).upper()}: {key} is not a section.")
    tree[keys[-1]] = value


def _own_kind(kind: type, value: object) -> object:
    if kind is Schedule:
        return Schedule.of(value)
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError("Expected a path")


def _with_absolute_paths(config: Config, base: Path) -> Config:
    replace = msgspec.structs.replace
    return replace(
        config,
        server=replace(config.server, data_dir=(base / config.server.data_dir).resolve()),
        database=replace(config.database, sql_dir=(base / config.database.sql_dir).resolve()),
    )
