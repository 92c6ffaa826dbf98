"""Reads config.toml and the environment into frozen settings.

Defaults come with the package (config.toml at the top of the repository). A file holds only the
settings that differ from them, and the environment overrides both.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from klipfast_server.core import setting_names, shipped
from klipfast_server.core.setting_lists import Networks, Origins, Schedule
from klipfast_server.core.setting_names import ConfigError, Tree
from pipeline.core import thread_policy

NO_LIMIT = 1_000_000_000  # minutes or megabytes from which a plan's limit is none
PROBE_BYTES = 1 << 16  # a full disk still makes files, but takes no block

Positive = Annotated[float, Meta(gt=0)]
Amount = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
AtLeastOne = Annotated[int, Meta(ge=1)]

ERROR_LOCATION = re.compile(
    r"(.*) - at `\$\.([\w.]+(?:\[\d+\][\w.]*)?).*"
)  # in msgspec's error messages


EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  (only compared)
PUBLIC_URL = re.compile(r"https?://[^/\s]")
CLUSTER_ADDRESS = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}")  # host and port; Ray wants no scheme


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A section of settings; config.toml has the unit and meaning of each key."""


class Server(Section, frozen=True):
    host: str
    port: Annotated[int, Meta(ge=0, le=65535)]
    metrics_host: str
    metrics_port: Annotated[int, Meta(ge=0, le=65535)]
    data_dir: Path
    public_url: str
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["json", "console", "auto"]
    unread_s: Positive
    shutdown_grace_s: Positive
    secret: str
    cors_origins: Origins
    operator: str
    updates_url: str

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec turns into an error that names the section."""
        if self.public_url and not PUBLIC_URL.match(self.public_url):
            raise ValueError(
                "Expected a public_url with its scheme, such as https://clips.example.com, not "
                f"{self.public_url}"
            )
        if self.updates_url and not PUBLIC_URL.match(self.updates_url):
            raise ValueError("Expected an updates_url that begins with http:// or https://")


class Database(Section, frozen=True):
    url: str
    sql_dir: Path
    pool_size: AtLeastOne
    timeout_s: Positive


class S3(Section, frozen=True):
    bucket: str
    endpoint_url: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    part_bytes: Annotated[int, Meta(ge=5 << 20)] = 16 << 20  # less than 5 MiB S3 refuses
    retry_s: Positive = 120.0


class Storage(Section, frozen=True):
    s3: S3 | None = None


class Sources(Section, frozen=True):
    allow_private: bool
    max_bytes: AtLeastOne
    timeout_s: Positive
    idle_s: Positive
    min_bytes_per_s: Count
    max_redirects: Count
    min_free_bytes: Count
    probe_s: Positive
    probe_bytes: Annotated[int, Meta(ge=65536)]
    pages: bool
    page_height: AtLeastOne
    js_runtime: str
    cookies_file: str


class Models(Section, frozen=True):
    whisper: str
    text_encoder: str
    active_speaker: str
    device: str
    precision: Literal["auto", "float32", "bfloat16", "float16"]
    threads: Count
    cache_dir: str
    mirror: str

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec turns into an error that names the section."""
        if "://" in self.mirror and not self.mirror.startswith(("http://", "https://")):
            raise ValueError("Expected a mirror that begins with http:// or https://, or a folder")


class Llm(Section, frozen=True):
    model: str
    url: str
    api_key: str
    timeout_s: Positive
    pairs: Count
    texts: bool
    max_tokens: AtLeastOne
    context_tokens: Annotated[int, Meta(ge=3000)]  # instructions need half of them

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec turns into an error that names the section."""
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("Expected a url that begins with http:// or https://")
        if self.url and not self.model:
            raise ValueError("Expected a model with url: its name at the endpoint")


class Captions(Section, frozen=True):
    styles_dir: str


class Lanes(Section, frozen=True):
    jobs: Count
    encode: Count
    lease_s: Positive
    poll_s: Positive
    stall_s: Positive
    attempts: AtLeastOne
    progress_s: Positive
    guess_ratio: Positive
    guess_source_s: Positive

    @property
    def encoders(self) -> int:
        """Return the number of clips rendered in parallel.

        One thread of each composes its pictures, which is a quarter of the work: so a clip keeps
        four cores busy (docs/design/rendering.md).
        """
        return self.encode or max(1, round(thread_policy.cores() / 4))

    @property
    def jobs_at_once(self) -> int:
        """Return the maximum number of jobs: one transcribing, one fetching, others rendering."""
        return self.jobs or self.encoders + 2


class Cluster(Section, frozen=True):
    address: str
    own_address: str
    recogniser_gpus: Amount
    encoder_gpus: Amount
    cache_dir: str
    cache_bytes: AtLeastOne

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec turns into an error that names the section."""
        if self.address and not CLUSTER_ADDRESS.fullmatch(self.address):
            raise ValueError(
                f"Expected an address of Ray's head, such as 10.0.0.1:6379, not {self.address}"
            )


class Limits(Section, frozen=True):
    body_bytes: AtLeastOne
    queue_length: AtLeastOne
    queue_retry_s: AtLeastOne
    anonymous_per_minute: AtLeastOne
    trusted_proxies: Networks


class Retention(Section, frozen=True):
    upload_hours: Positive
    sweep_s: Positive


class Audit(Section, frozen=True):
    keep_days: Count


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
    retention_days: Count
    credits: Count
    weight: Positive = 1.0
    transcript_days: Count = 0
    text_days: Count = 0
    job_days: Count = 0


class Feed(Section, frozen=True):
    url: Annotated[str, Meta(min_length=1, max_length=1000)]
    account: str
    options: dict[str, Any] = {}  # checked by work.configured_requests, which knows the request
    every_minutes: Positive = 30.0
    newest: Count = 0


class Folder(Section, frozen=True):
    path: Path
    account: str
    options: dict[str, Any] = {}
    every_s: Positive = 10.0
    steady_s: Positive = 10.0
    after: Literal["move", "keep"] = "move"


class Config(Section, frozen=True):
    server: Server
    database: Database
    storage: Storage
    sources: Sources
    models: Models
    llm: Llm
    captions: Captions
    lanes: Lanes
    cluster: Cluster
    limits: Limits
    retention: Retention
    audit: Audit
    webhooks: Webhooks
    plans: dict[str, Plan]
    feeds: tuple[Feed, ...] = ()
    folders: tuple[Folder, ...] = ()

    def is_operator(self, account: str) -> bool:
        """Whether the account of this name operates the server."""
        return account != "" and account == self.server.operator

    def weight(self, plan: str) -> float:
        """Return a plan's weight in the queue; 1 for one that is no longer offered."""
        found = self.plans.get(plan)
        return 1.0 if found is None else found.weight


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Load the settings from `path`, KLIPFAST_CONFIG, or config.toml in the working directory.

    The file is optional, and the environment overrides it. Relative paths start at the file's
    folder, or at the working directory without a file. Raises ConfigError.
    """
    path = path or _find_file(environ)
    tree, origins = _read(shipped.SETTINGS), dict[str, str]()
    if path is not None:
        tree = _apply(tree, _read(path), origins, str(path))
    for name, setting in setting_names.from_environment(environ, Config):
        tree = _apply(tree, setting, origins, name)
    database = tree["database"]
    if isinstance(database, dict) and database["sql_dir"] == "":
        database["sql_dir"] = str(shipped.SQL)
    try:
        config = msgspec.convert(tree, type=Config, strict=False, dec_hook=_convert)
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(error, origins)) from error
    return _with_absolute_paths(config, path.resolve().parent if path else Path.cwd())


def make_data_dir(config: Config) -> None:
    """Create the data directory and check that it is writable. Raises ConfigError."""
    folder = config.server.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_writable(folder)
    except OSError as error:
        reason = "it is not a folder" if folder.is_file() else error.strerror
        raise ConfigError(
            f"The data directory {folder} cannot be written ({reason}); "
            "server.data_dir (KLIPFAST_DATA_DIR) names another."
        ) from error


def check_writable(folder: Path) -> None:
    """Write a file into the folder, which goes at once. Raises OSError, of a full disk, too."""
    with TemporaryFile(dir=folder) as file:
        file.write(bytes(PROBE_BYTES))
        file.flush()


def base_url(config: Config) -> str:
    """Return what links begin with where nobody has asked by an address of the server."""
    server = config.server
    host = "127.0.0.1" if server.host in EVERYWHERE else server.host
    return server.public_url.rstrip("/") or f"http://{host}:{server.port}"


def make_private_folders(config: Config) -> None:
    """Create the folders of callers' files, which other users of the machine must not read.

    The data directory itself stays open: embedded Postgres under root runs as another user and must
    pass through it. A folder that exists keeps its mode, which its owner may have changed.
    """
    config.server.data_dir.mkdir(parents=True, exist_ok=True)
    names = ("uploads", "work") if config.storage.s3 else ("uploads", "work", "storage")
    for name in names:
        (config.server.data_dir / name).mkdir(mode=0o700, exist_ok=True)


def _find_file(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get(setting_names.FILE_NAME):
        return Path(named)
    here = Path("config.toml")
    return here if here.is_file() else None


def _read(path: Path) -> Tree:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}.") from error


def _apply(tree: Tree, over: Tree, origins: dict[str, str], where: str) -> Tree:
    """Merge `over` into the tree and record each setting's origin. Raises ConfigError."""
    setting_names.check(over, Config, where)
    origins |= dict.fromkeys(setting_names.leaves(over), where)
    return setting_names.merge(tree, over)


def _explain(error: msgspec.ValidationError, origins: Mapping[str, str]) -> str:
    """Return where the wrong value comes from, which setting it is, and what is expected."""
    match = ERROR_LOCATION.fullmatch(str(error))
    if match is None:
        return f"{error}."
    expected, key = match.groups()
    # An error for a whole section means a missing key, or keys that contradict each other.
    named = key.partition("[")[0]  # a list is set as a whole
    places = {where for name, where in origins.items() if f"{name}.".startswith(f"{named}.")}
    return f"{' and '.join(sorted(places)) or 'settings'}: {key}: {expected}."


def _convert(kind: type, value: object) -> object:
    if kind in (Schedule, Origins, Networks):
        return kind.of(value)
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError("Expected a path")


def _with_absolute_paths(config: Config, base: Path) -> Config:
    replace, sources = msgspec.structs.replace, config.sources
    cookies_file = str(base / sources.cookies_file) if sources.cookies_file else ""
    mirror = config.models.mirror
    if "://" not in mirror:
        mirror = _absolute(os.path.expanduser(mirror), base)
    return replace(
        config,
        sources=replace(sources, cookies_file=cookies_file),
        models=replace(config.models, mirror=mirror),
        folders=tuple(replace(each, path=(base / each.path).resolve()) for each in config.folders),
        server=replace(config.server, data_dir=(base / config.server.data_dir).resolve()),
        captions=replace(config.captions, styles_dir=_absolute(config.captions.styles_dir, base)),
        database=replace(config.database, sql_dir=(base / config.database.sql_dir).resolve()),
    )


def _absolute(path: str, base: Path) -> str:
    """Return a path that starts at `base`; "" stays."""
    return path and str((base / path).resolve())
