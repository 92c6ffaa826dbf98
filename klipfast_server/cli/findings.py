"""What `klipfast-server check` finds: one line each, and the command that mends what is missing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import msgspec

from klipfast_server.core.setting_names import ConfigError
from klipfast_server.files.storage import StorageError
from klipfast_server.store.database import DatabaseError
from pipeline.core import system_libraries
from pipeline.core.errors import ModelUnavailable

TOLD = (ConfigError, DatabaseError, StorageError, ModelUnavailable)  # their text is for people
MARKS = {"ok": "ok", "note": "-"}  # of a line; others ask for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report."""

    name: str
    text: str
    # note: true of many machines, and nothing to mend; fault: the server does not start with it
    state: Literal["ok", "note", "warning", "fault"] = "ok"
    mend: str = ""  # a command, or what to change


def note(name: str, text: str) -> Finding:
    """Return what a machine does not have, and does well without."""
    return Finding(name=name, text=text, state="note")


def warning(name: str, text: str, mend: str) -> Finding:
    """Return what is worse than it could be, though the server starts."""
    return Finding(name=name, text=text, state="warning", mend=mend)


def fault(name: str, text: str, mend: str = "") -> Finding:
    """Return what keeps the server from starting, or every job from succeeding."""
    return Finding(name=name, text=text, state="fault", mend=mend)


def explain(name: str, error: Exception) -> Finding:
    """Return the fault that an error is; what no part has foreseen is named by its type."""
    if isinstance(error, ImportError) and (missing := system_libraries.missing(error)):
        return fault(name, missing)
    if isinstance(error, TOLD):
        return fault(name, str(error))
    return fault(name, f"{type(error).__name__}: {error}")


def found(name: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield what `look` finds; an error of it is a fault, and ends it alone."""
    try:
        yield from look()
    except Exception as error:  # each line of the report stands for itself
        yield explain(name, error)


def line(finding: Finding) -> str:
    """Return a finding as a line for a person."""
    mark = MARKS.get(finding.state, "!")
    mend = f" To mend it: {finding.mend}" if finding.mend else ""
    return f"{mark:3} {finding.name:16} {finding.text}{mend}"


def document(findings: Iterable[Finding]) -> str:
    """Return the report as a JSON object."""
    listed = list(findings)
    starts = all(each.state != "fault" for each in listed)
    return msgspec.json.encode(
        {"starts": starts, "checks": [asdict(each) for each in listed]}
    ).decode()
