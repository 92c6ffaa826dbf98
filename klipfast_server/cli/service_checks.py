"""What the server works with: its folder, its ports, the database, the storage, the clock.

Each check yields findings. The database is only read. Files and objects that are written, to see
whether that is possible, are deleted at once.
"""

import asyncio
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.error import URLError

import asyncpg

from klipfast_server.cli import data_lock, ports
from klipfast_server.cli.findings import Finding, explain, fault, note, warning
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.files.storage import StorageAway
from klipfast_server.store import database
from klipfast_server.store.database import Connection, DatabaseError
from klipfast_server.store.faults import LOST

CONNECT_S = 10.0
ANSWER_S = 2.0  # for the server that has the port to say who it is
MOST_METRICS = 1 << 20  # bytes that are read of what listens on the port of the metrics
LATE_S = 60.0  # between two clocks: from here on, leases, links and signatures suffer
OWN_CONNECTIONS = 4  # of the server beside its pool
UNSEEN = "not looked at: the data directory cannot be written"
CLOCK = "timedatectl set-ntp true"


def data_dir(config: Config) -> Iterator[Finding]:
    """Look at the data directory, or at the folder that it would be created in."""
    folder = config.server.data_dir
    above = next(path for path in (folder, *folder.parents) if path.exists())
    text = f"{folder} can be written" if above == folder else f"{folder} will be created"
    try:
        if above != folder and not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
            raise NotADirectoryError(0, f"{above} {'is no folder' * above.is_file()}".strip())
        if above == folder:
            settings.check_writable(folder)
    except OSError as error:
        reason = "it is no folder" if folder.is_file() else error.strerror
        yield fault(
            "data directory",
            f"The data directory {folder} cannot be written ({reason}).",
            f"chown {_user()} {above}; or server.data_dir (KLIPFAST_DATA_DIR) names another",
        )
        return
    yield Finding(name="data directory", text=text)
    free, least = shutil.disk_usage(above).free, config.sources.min_free_bytes
    text = f"{free / 1e9:.1f} GB free where {folder} is"
    if free < least:
        yield warning(
            "disk",
            f"{text}, less than sources.min_free_bytes ({least / 1e9:g} GB): no source is taken in "
            "and /readyz answers 503.",
            "delete files there, or let server.data_dir name a larger disk",
        )
    else:
        yield Finding(name="disk", text=text)


def _is_closed(folder: Path) -> bool:
    """Return whether a folder is there and is not ours: a fault that one line tells of."""
    return folder.exists() and not os.access(folder, os.W_OK | os.X_OK)


def _user() -> str:
    return f"{os.getuid()}:{os.getgid()}"


def listening(config: Config) -> Iterator[Finding]:
    """Look whether the ports are free, or taken by the running server of this data directory."""
    server = config.server
    pid = None if config.database.url else data_lock.holder(server.data_dir)
    for address in ports.addresses(server):
        try:
            ports.check_free(address)
        except ConfigError as error:
            if _is_klipfast(address):
                yield Finding(
                    name=address.port_setting,
                    text=f"{address} is in use by a running KlipFast server"
                    + (f" (process {pid})" if pid else ""),
                )
            elif pid is not None:
                yield Finding(
                    name=address.port_setting,
                    text=f"{address} is in use while the server runs (process {pid})",
                )
            else:
                number = address.port
                yield fault(address.port_setting, str(error), f"ss -ltnp 'sport = {number}'")
        else:
            yield Finding(name=address.port_setting, text=f"{address} is free")
    try:
        ports.check_distinct(server)
    except ConfigError as error:
        yield explain("server.metrics_port", error)


def _is_klipfast(address: ports.Address) -> bool:
    """Ask who listens: the API tells that it lives, the other port has KlipFast's metrics."""
    everywhere = ("", "0.0.0.0")  # noqa: S104 - nothing is bound here: it answers on this one, too
    host = "127.0.0.1" if address.host in everywhere else address.host
    is_api = address.port_setting == "server.port"
    url = f"http://{host}:{address.port}/{'healthz' if is_api else 'metrics'}"
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:
            if is_api:
                return bool(answer.read(100).strip() == b'{"status":"ok"}')
            return b"klipfast_" in answer.read(MOST_METRICS)
    except (OSError, URLError, ValueError):
        return False


def links(config: Config) -> Iterator[Finding]:
    """Say what links begin with."""
    if config.server.public_url:
        yield Finding(name="public URL", text=f"links begin with {config.server.public_url}")
    else:
        yield Finding(
            name="public URL",
            text="server.public_url is empty: links begin with the address of the request",
        )


def postgres(config: Config) -> Iterator[Finding]:
    """Reach Postgres; compare its version, its tables and its clock, and prepare every query."""
    if not config.database.url and _is_closed(config.server.data_dir):
        yield note("database", UNSEEN)
        return
    yield from asyncio.run(_postgres(config))


async def _postgres(config: Config) -> list[Finding]:
    url, pgdata = config.database.url, config.server.data_dir / "postgres"
    if url:
        return await look_into(url, config)
    if (pgdata / "PG_VERSION").exists():
        async with database.embedded(pgdata) as own:
            return await look_into(own, config)
    # There is nothing to look into: whether Postgres starts here, and fits, another folder shows.
    with tempfile.TemporaryDirectory(prefix="klipfast-check-") as name:
        Path(name).chmod(0o755)  # under root, Postgres runs as another user
        async with database.embedded(Path(name) / "postgres") as own:
            async with asyncpg.create_pool(own, min_size=1, max_size=1) as pool:
                done = await database.migrate(pool, config.database.sql_dir)
            tried = await look_into(own, config)
    would = f"embedded, will be created in {pgdata}, with {len(done)} migrations; tried elsewhere"
    return [Finding(name="database", text=would), *tried]


async def look_into(url: str, config: Config) -> list[Finding]:
    """Compare the database at `url` with what this version needs."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_S)
    except (*LOST, OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        reason = str(error) or "it does not answer"
        return [
            fault(
                "database",
                f"Postgres cannot be reached: {reason}.",
                "database.url (KLIPFAST_DATABASE_URL) names it; pg_isready tells whether it runs",
            )
        ]
    try:
        return await _compare(connection, config)
    except DatabaseError as error:
        return [explain("database", error)]
    finally:
        await connection.close()


async def _compare(connection: Connection, config: Config) -> list[Finding]:
    await database.check_version(connection)
    version = await connection.fetchval("SHOW server_version")
    known = await asyncio.to_thread(database.load_migrations, config.database.sql_dir)
    queries = await asyncio.to_thread(database.load_queries, config.database.sql_dir)
    done = 0
    if await connection.fetchval("SELECT to_regclass('migrations') IS NOT NULL"):
        done = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
    database.refuse_newer(done, known)
    findings = [Finding(name="database", text=f"Postgres {version}")]
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        findings.append(fault("database", "It is a standby, which takes no writes."))
    pending = [number for number in known if number > done]
    if pending:
        findings.append(await _pending(connection, pending))
    else:
        for name, sql in queries.items():
            try:
                await connection.prepare(sql)
            except asyncpg.PostgresError as error:
                findings.append(fault("queries", f"{name} does not fit the tables: {error}."))
        text = f"{len(queries)} queries fit the tables of migration {done}"
        findings.append(Finding(name="queries", text=text))
        findings += await _accounts(connection, queries["account_named"], config)
    findings.append(await _connections(connection, config))
    now = await connection.fetchval("SELECT clock_timestamp()")
    findings.append(compare_clocks("database", (now - datetime.now(UTC)).total_seconds()))
    return findings


async def _pending(connection: Connection, pending: list[int]) -> Finding:
    told = f"{pending[0]}" if len(pending) == 1 else f"{pending[0]} to {pending[-1]}"
    if not await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')"):
        return fault(
            "migrations",
            f"{told} would run, and this user may not create tables in the schema.",
            "GRANT CREATE ON SCHEMA public TO the user of database.url",
        )
    return Finding(
        name="migrations",
        text=f"{told} would run as the server starts; `klipfast-server migrate` runs them now",
    )


async def _accounts(connection: Connection, query: str, config: Config) -> list[Finding]:
    named = [(f"feeds[{n}]", feed.account) for n, feed in enumerate(config.feeds)]
    named += [(f"folders[{n}]", folder.account) for n, folder in enumerate(config.folders)]
    return [
        fault(
            "accounts",
            f"{where}.account: there is no account {name}; klipfast-server keys create makes one.",
            f"klipfast-server keys create --account {name} --plan PLAN",
        )
        for where, name in named
        if await connection.fetchrow(query, name) is None
    ]


async def _connections(connection: Connection, config: Config) -> Finding:
    most = await connection.fetchval(
        "SELECT current_setting('max_connections')::integer"
        " - current_setting('superuser_reserved_connections')::integer"
    )
    needs = config.database.pool_size + OWN_CONNECTIONS
    text = f"Postgres allows {most}, this server opens {needs} at most"
    if needs > most:
        return warning(
            "connections", f"{text}.", "database.pool_size, or max_connections of Postgres"
        )
    return Finding(name="connections", text=text)


def compare_clocks(of: str, ahead_s: float) -> Finding:
    """Judge how far another clock is ahead of this machine's."""
    if abs(ahead_s) > LATE_S:
        which = "behind" if ahead_s > 0 else "ahead of"
        return warning(
            "clock", f"This machine is {abs(ahead_s):.0f} s {which} the clock of the {of}.", CLOCK
        )
    return Finding(name="clock", text=f"within {abs(ahead_s):.0f} s of the {of}'s")


def storage(config: Config) -> Iterator[Finding]:
    """Write, read and delete an object, or a file in the folder."""
    if config.storage.s3 is not None:
        yield from asyncio.run(_bucket(config.storage.s3))
        return
    if _is_closed(config.server.data_dir):
        yield note("storage", UNSEEN)
        return
    folder = config.server.data_dir / "storage"
    if not folder.is_dir():
        yield Finding(name="storage", text=f"{folder} will be created")
        return
    try:
        settings.check_writable(folder)
    except OSError as error:
        yield fault(
            "storage",
            f"{folder} cannot be written ({error.strerror}).",
            f"chown {_user()} {folder}",
        )
    else:
        yield Finding(name="storage", text=f"{folder} can be written")


async def _bucket(config: settings.S3) -> list[Finding]:
    from klipfast_server.files import s3  # noqa: PLC0415  (slow, and seldom used)

    name = f"bucket {config.bucket}"
    try:
        async with s3.connected(config) as bucket:
            date = await bucket.try_out()
    except StorageAway as error:  # the server starts, and waits for it
        return [warning("storage", f"{name}: {error}", "storage.s3.endpoint_url names its server")]
    findings = [Finding(name="storage", text=f"{name}: wrote, read and deleted an object")]
    if date:
        ahead_s = (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
        findings.append(compare_clocks("bucket", ahead_s))
    return findings
