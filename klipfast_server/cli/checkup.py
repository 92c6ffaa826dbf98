"""`klipfast-server check`: a line for each thing that the server needs, and what mends it."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

import msgspec

from klipfast_server.cli import checks
from klipfast_server.cli.checks import Finding
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.files.storage import StorageError
from klipfast_server.store.database import DatabaseError
from pipeline.core import system_libraries
from pipeline.core.errors import ModelUnavailable

CHECKS = (
    ("settings", checks.settings),
    ("data directory", checks.data_dir),
    ("secret", checks.secret),
    ("server.port", partial(checks.port, "server.port")),
    ("server.metrics_port", partial(checks.port, "server.metrics_port")),
    ("device", checks.device),
    ("libx264", checks.software_encoder),
    ("h264_nvenc", checks.card_encoder),
    ("fonts", checks.fonts),
    ("weights", checks.weights),
    ("database", checks.postgres),
    ("storage", checks.bucket),
    ("web pages", checks.pages),
    ("cluster", checks.cluster),
)
TOLD = (ConfigError, DatabaseError, StorageError, ModelUnavailable)  # their text is for people
MARKS = {"ok": "ok", "note": "-"}  # before a line; the others ask for a person


def run(config: Config, *, as_json: bool) -> int:
    """Report what this machine can do, and what would keep the server from starting.

    Faults also go to stderr, for a log.
    """
    logging.getLogger().setLevel(logging.ERROR)  # the report says what a part would log
    return _report(_found(config), as_json=as_json)


def refused(error: Exception, *, as_json: bool) -> int:
    """Report settings that cannot even be read."""
    return _report(iter([("settings", _explain(error))]), as_json=as_json)


def _found(config: Config) -> Iterator[tuple[str, Finding]]:
    for name, check in CHECKS:
        try:
            finding = check(config)
        except Exception as error:  # each line of the report stands for itself
            finding = _explain(error)
        if finding is not None:
            yield name, finding


def _explain(error: Exception) -> Finding:
    """Return an error as a fault; an unforeseen one is named by its type."""
    if isinstance(error, ImportError) and (missing := system_libraries.missing(error)):
        return Finding("fault", missing)
    return Finding("fault", str(error) if isinstance(error, TOLD) else repr(error))


def _report(found: Iterator[tuple[str, Finding]], *, as_json: bool) -> int:
    lines = []
    for name, finding in found:
        lines.append({"name": name} | asdict(finding))
        mend = f" To mend it: {finding.mend}" if finding.mend else ""
        if not as_json:
            print(f"{MARKS.get(finding.state, '!'):3} {name:16} {finding.text}{mend}", flush=True)
    faults = dict.fromkeys(line["text"] for line in lines if line["state"] == "fault")
    warnings = sum(line["state"] == "warning" for line in lines)
    if as_json:
        print(msgspec.json.encode({"starts": not faults, "checks": lines}).decode())
    elif not faults:
        print(f"the server can start; {warnings} warning{'s' * (warnings != 1)}")
    for text in faults:
        print(f"klipfast-server: {text}", file=sys.stderr)
    return 1 if faults else 0
