"""What `klipfast-server check` looks at. Each check returns its line, or raises what is wrong.

Nothing is changed: the database is only read, and a file or object that is written, to see whether
that is possible, is deleted at once. Torch, skia and PyAV are imported where they are used, so that
a missing library is one line of the report.
"""

import asyncio
import http.client
import os
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import asyncpg

from klipfast_server.cli import ports, startup_checks
from klipfast_server.core.config import Config, check_writable
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.files.storage import StorageAway
from klipfast_server.store import database
from klipfast_server.store.faults import LOST
from klipfast_server.telemetry.logs import STDERR
from pipeline.core import thread_policy

GIB = 1 << 30
CONNECT_S = 10.0
JOIN_S = 60.0  # for Ray to join a cluster; it takes seconds where all is well
ANSWER_S = 2.0  # for whoever listens on a port to say who it is
MOST_ANSWER = 1 << 20  # bytes that are read of that answer
FETCH = f"{sys.executable} -c 'from pipeline.models import registry; registry.main()'"
OFFER = 'ray start --address=… --resources=\'{"recogniser": 1, "encoder": 1}\''
# Font families of the styles, and of the scripts that fall back to them.
FONTS = (
    *("Inter", "Montserrat", "DejaVu Sans", "Noto Sans", "Noto Serif", "Noto Sans CJK SC"),
    "Noto Color Emoji",
)
FONT_PACKAGES = (
    "fonts-inter fonts-montserrat fonts-dejavu-core fonts-noto-core fonts-noto-cjk "
    "fonts-noto-color-emoji"
)

FONT_CASKS = (  # macOS has emoji of its own
    "font-inter font-montserrat font-dejavu font-noto-sans font-noto-serif font-noto-sans-cjk-sc"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    # note: missing, and not needed; warning: the server starts; fault: it does not, or no job works
    state: Literal["ok", "note", "warning", "fault"]
    text: str
    mend: str = ""  # a command, or what to change


def settings(config: Config) -> Finding:
    """Check what settings say beyond their types."""
    startup_checks.check_settings(config)
    plans, feeds, folders = len(config.plans), len(config.feeds), len(config.folders)
    return Finding("ok", f"{plans} plans, {feeds} feeds and {folders} folders")


def data_dir(config: Config) -> Finding:
    """Look at the data directory, or at the folder in which it would be created, and its disk."""
    folder = path = config.server.data_dir
    above = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        for path in (above, folder / "storage"):
            if path.exists():
                check_writable(path)
    except OSError as error:
        reason = "it is not a folder" if path.is_file() else error.strerror
        return Finding(
            "fault",
            f"The data directory {folder} cannot be written ({reason}).",
            f"chown {os.getuid()}:{os.getgid()} {path}; or server.data_dir (KLIPFAST_DATA_DIR) "
            "names another",
        )
    free, least = shutil.disk_usage(above).free, config.sources.min_free_bytes
    state = "can be written" if above == folder else "will be created"
    text = f"{folder} {state}, {free / 1e9:.1f} GB are free there"
    if free >= least:
        return Finding("ok", text)
    return Finding(
        "warning",
        f"{text}, less than sources.min_free_bytes ({least / 1e9:g} GB): no source is taken in "
        "and /readyz answers 503.",
        "delete files there, or let server.data_dir name a larger disk",
    )


def _is_closed(config: Config) -> bool:
    """Return whether the data directory is there and is not ours: a fault of one line alone."""
    folder = config.server.data_dir
    return folder.exists() and not os.access(folder, os.W_OK | os.X_OK)


def secret(config: Config) -> Finding | None:
    """Look for the secret that signs links."""
    path = config.server.data_dir / "secret"
    if config.server.secret:
        return Finding("ok", "server.secret signs links")
    if _is_closed(config):
        return None
    if path.exists() and not os.access(path, os.R_OK):
        mend = f"chown {os.getuid()} {path}"
        return Finding("fault", f"{path} cannot be read.", mend)
    return Finding("ok", f"{path} {'signs links' if path.exists() else 'will be created'}")


def port(setting: str, config: Config) -> Finding | None:
    """Look whether a port is free, or has a running KlipFast server."""
    named = [each for each in ports.addresses(config.server) if each.setting == setting]
    if not named:
        return None
    [address] = named
    if setting == "server.metrics_port":
        ports.check_distinct(config.server)
    try:
        ports.check_free(address)
    except ConfigError as error:
        if _is_klipfast(address):
            return Finding("ok", f"{address} is in use by a running KlipFast server")
        return Finding("fault", str(error), f"ss -ltnp 'sport = {address.port}'")
    return Finding("ok", f"{address} is free")


def _is_klipfast(address: ports.Address) -> bool:
    is_api = address.setting == "server.port"
    page, mark = ("healthz", b'{"status":"ok"}') if is_api else ("metrics", b"klipfast_")
    try:
        with urllib.request.urlopen(f"http://{address}/{page}", timeout=ANSWER_S) as answer:
            return mark in answer.read(MOST_ANSWER)
    except (OSError, ValueError, http.client.HTTPException):
        return False


def device(config: Config) -> Finding:
    """Look for the device that models.device names, or would choose."""
    import torch  # noqa: PLC0415  (slow: only `check` needs it)

    wanted = config.models.device
    if wanted != "cpu" and torch.cuda.is_available():
        card = torch.device("cuda" if wanted == "auto" else wanted)
        free, whole = torch.cuda.mem_get_info(card)
        name, room = torch.cuda.get_device_name(card), f"{free / GIB:.1f} of {whole / GIB:.1f} GiB"
        return Finding("ok", f"{card}: {name}, {room} free, CUDA {torch.version.cuda}")
    built = torch.version.cuda is not None
    why = "there is no CUDA device" if built else "this torch is built without CUDA"
    if wanted not in ("auto", "cpu"):
        return Finding(
            "fault",
            f"models.device is {wanted}, but {why}.",
            "see whether nvidia-smi lists a card; models.device = auto does without",
        )
    capability = torch.backends.cpu.get_cpu_capability()
    why = "as models.device says" if wanted == "cpu" else why
    text = f"cpu ({why}), {thread_policy.cores()} cores for this process, {capability}"
    if capability != "DEFAULT":
        return Finding("ok", text)
    return Finding(
        "warning",
        f"{text}: without AVX2 recognition takes several times as long.",
        "use a machine, or a virtual CPU model (such as `host`), with AVX2",
    )


def software_encoder(_config: Config) -> Finding:
    """Encode a picture."""
    from pipeline.rendering import encoder  # noqa: PLC0415  (slow: imports PyAV)

    if refusal := encoder.refusal("libx264"):
        mend = "install the av package from its registry again"
        return Finding("fault", f"not usable: {refusal}.", mend)
    return Finding("ok", "opens and encodes")


def card_encoder(config: Config) -> Finding:
    """Encode a picture on the card: that FFmpeg lists its encoder says little."""
    import torch  # noqa: PLC0415  (slow: only `check` needs it)

    from pipeline.rendering import encoder  # noqa: PLC0415  (slow: imports PyAV)

    if not (refusal := encoder.refusal("h264_nvenc")):
        return Finding("ok", "opens and encodes")
    if config.models.device == "cpu" or not torch.cuda.is_available():
        return Finding("note", f"not here: {refusal}; libx264 encodes on the processor")
    return Finding(
        "warning",
        f"The card does not encode: {refusal}. libx264 encodes on the processor, and the card does "
        "the rest.",
        "give a container NVIDIA_DRIVER_CAPABILITIES=compute,utility,video; on a host, install the "
        "driver's libnvidia-encode. A100 and H100 have no encoder at all",
    )


def fonts(_config: Config) -> Finding:
    """Look for the fonts of the styles that ship."""
    import skia  # noqa: PLC0415  (needs libraries of the system)

    with _silent():
        manager = skia.FontMgr()
        families = {manager.getFamilyName(number) for number in range(manager.countFamilies())}
    if sys.platform == "darwin":
        families.add("Noto Color Emoji")  # macOS has its own, which is the next font
    missing = [family for family in FONTS if family not in families]
    if not missing:
        return Finding("ok", f"{', '.join(FONTS)} ({len(families)} families)")
    return Finding(
        "warning",
        f"missing: {', '.join(missing)}; captions use the next font, or show boxes.",
        f"brew install --cask {FONT_CASKS}"
        if sys.platform == "darwin"
        else f"apt-get install {FONT_PACKAGES}",
    )


@contextmanager
def _silent() -> Iterator[None]:
    """Drop what a library itself writes to stderr: Fontconfig warns of others' files."""
    sys.stderr.flush()
    true = os.dup(STDERR)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), STDERR)
            yield
    finally:
        os.dup2(true, STDERR)
        os.close(true)


def weights(config: Config) -> Finding:
    """Load the weights that settings name, and compare those in the cache with their hashes."""
    startup_checks.check_weights(config, load=True)
    from klipfast_server.core import engine  # noqa: PLC0415  (imports torch: seconds)

    cached = engine.cached_weights(config.models, config.llm)
    for each in cached:
        if each.wrong:
            return Finding(
                "fault",
                f"{each.folder / each.wrong} does not have the SHA-256 that is pinned.",
                f"rm -r {each.folder} && {FETCH}",
            )
    if missing := [each.name for each in cached if not each.files]:
        return Finding(
            "warning",
            f"not in {cached[0].folder.parent}: {', '.join(missing)}; the server downloads them as "
            "it starts, and jobs wait for them.",
            FETCH,
        )
    size = sum(file.stat().st_size for each in cached for file in each.files)
    told = "; ".join(f"{each.name} from {each.source}" for each in cached)
    return Finding("ok", f"{size / 1e6:.0f} MB: {told}")


def postgres(config: Config) -> Finding | None:
    """Reach Postgres, and compare its tables with what this version needs."""
    if not config.database.url and _is_closed(config):
        return None
    return asyncio.run(_look_into_postgres(config))


async def _look_into_postgres(config: Config) -> Finding:
    pgdata = config.server.data_dir / "postgres"
    if config.database.url:
        return await look_into(config.database.url, config.database.sql_dir)
    if (pgdata / "PG_VERSION").exists():
        async with database.embedded(pgdata) as url:
            return await look_into(url, config.database.sql_dir)
    # There is nothing to look into: another folder shows whether Postgres starts here.
    with tempfile.TemporaryDirectory(prefix="klipfast-check-") as name:
        Path(name).chmod(0o755)  # under root, Postgres runs as another user
        async with database.embedded(Path(name) / "postgres") as url:
            tried = await look_into(url, config.database.sql_dir)
    named = tried.text.partition(";")[0]
    return Finding(tried.state, f"{named} will be created in {pgdata}; it was tried elsewhere")


async def look_into(url: str, sql_dir: Path) -> Finding:
    """Compare the database at `url` with the migrations in `sql_dir`. Raises DatabaseError."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_S)
    except (*LOST, OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        return Finding(
            "fault",
            f"Postgres cannot be reached: {str(error) or 'it does not answer'}.",
            "database.url (KLIPFAST_DATABASE_URL) names it; pg_isready tells whether it runs",
        )
    try:
        await database.check_version(connection)
        named = f"Postgres {await connection.fetchval('SHOW server_version')}"
        known = await asyncio.to_thread(database.load_migrations, sql_dir)
        done = 0
        if await connection.fetchval("SELECT to_regclass('migrations') IS NOT NULL"):
            done = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
        database.check_migration(done, known)
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            return Finding("fault", f"{named} is a standby, which takes no writes.")
    finally:
        await connection.close()
    if done == max(known):
        return Finding("ok", f"{named}, with the tables of migration {done}")
    would = f"migrations {done + 1} to {max(known)} would run as the server starts"
    return Finding("ok", f"{named}; {would}; `klipfast-server migrate` runs them now")


def bucket(config: Config) -> Finding | None:
    """Write, read and delete an object in the bucket; a folder is part of the data directory."""
    return None if config.storage.s3 is None else asyncio.run(_try_bucket(config))


async def _try_bucket(config: Config) -> Finding:
    from klipfast_server.files import s3  # noqa: PLC0415  (slow, and seldom used)

    assert config.storage.s3 is not None
    name = config.storage.s3.bucket
    try:
        async with s3.connected(config.storage.s3) as opened:
            await opened.try_out()
    except StorageAway as error:  # the server starts, and waits for it
        mend = "storage.s3.endpoint_url names its server"
        return Finding("warning", f"bucket {name}: {error}", mend)
    return Finding("ok", f"bucket {name}: wrote, read and deleted an object")


def pages(config: Config) -> Finding:
    """Look for the program that downloads the videos of web pages."""
    if not config.sources.pages:
        return Finding("note", "sources.pages is off: URLs must lead to files")
    try:
        runtime = config.sources.js_runtime or "no sources.js_runtime, which YouTube needs"
        return Finding("ok", f"yt-dlp {version('yt-dlp')}, {runtime}")
    except PackageNotFoundError:
        mend = "pip install 'klipfast[pages]'"
        return Finding("warning", "sources.pages is on, and yt-dlp is not installed.", mend)


def cluster(config: Config) -> Finding | None:
    """Join the cluster, and count what its machines offer."""
    return asyncio.run(_join(config)) if config.cluster.address else None


async def _join(config: Config) -> Finding:
    # They load the pipeline's types: seconds, for those who have a cluster.
    from klipfast_server.cluster import cluster_placement  # noqa: PLC0415 - see above
    from klipfast_server.cluster.driver_link import look  # noqa: PLC0415 - see above

    try:
        async with asyncio.timeout(JOIN_S):
            found = await look(cluster_placement.driver_setup(config, only_looks=True))
    except TimeoutError:
        found = f"Ray's head at {config.cluster.address} does not let anybody join"
    if isinstance(found, str):  # the server starts, and waits for it
        return Finding("warning", f"{found}.", "jobs stay queued until then; docs/scaling.md")
    recognizers, encoders = found.actors["recogniser"], found.actors["encoder"]
    text = (
        f"Ray {found.version} at {config.cluster.address}: {found.machines} machines offer "
        f"{recognizers} recognizers and {encoders} encoders"
    )
    if recognizers and encoders:
        return Finding("ok", text)
    return Finding("warning", f"{text}: jobs stay queued.", OFFER)
