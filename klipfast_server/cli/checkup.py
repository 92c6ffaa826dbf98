"""`klipfast-server check`: a report of what this machine can do, which changes nothing."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator

from klipfast_server.cli import cluster_checks, findings, machine_checks, service_checks
from klipfast_server.cli.findings import Finding
from klipfast_server.core.config import Config


def run(config: Config, settings: Callable[[Config], Iterable[Finding]], *, as_json: bool) -> int:
    """Print a line for each finding, and return 1 if the server would not start.

    `settings`: checks what settings say beyond their types. Faults also go to stderr, for a log.
    """
    logging.getLogger().setLevel(logging.ERROR)  # what a part logs, the report says
    parts: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("system libraries", machine_checks.libraries),
        ("settings", lambda: settings(config)),
        ("public URL", lambda: service_checks.links(config)),
        ("data directory", lambda: service_checks.data_dir(config)),
        ("ports", lambda: service_checks.listening(config)),
        ("processor", machine_checks.processor),
        ("memory", machine_checks.memory),
        ("device", lambda: machine_checks.graphics(config)),
        ("encoders", lambda: machine_checks.encoders(config)),
        ("fonts", machine_checks.fonts),
        ("weights", lambda: machine_checks.weights(config)),
        ("database", lambda: service_checks.postgres(config)),
        ("storage", lambda: service_checks.storage(config)),
        ("cluster", lambda: cluster_checks.join(config)),
    )
    seen = list(_printed(parts, as_json=as_json))
    if as_json:
        print(findings.document(seen))
    return _verdict(seen, as_json=as_json)


def refused(error: Exception, *, as_json: bool) -> int:
    """Tell of settings that cannot even be read."""
    seen = [findings.explain("settings", error)]
    if as_json:
        print(findings.document(seen))
    return _verdict(seen, as_json=as_json)


def _printed(
    parts: Iterable[tuple[str, Callable[[], Iterable[Finding]]]], *, as_json: bool
) -> Iterator[Finding]:
    for name, look in parts:
        for finding in findings.found(name, look):
            if not as_json:
                print(findings.line(finding), flush=True)
            yield finding


def _verdict(seen: list[Finding], *, as_json: bool) -> int:
    faults = [each.text for each in seen if each.state == "fault"]
    warnings = sum(each.state == "warning" for each in seen)
    if not as_json and not faults:
        print(f"the server can start; {warnings} warning{'s' * (warnings != 1)}")
    for text in faults:
        print(f"klipfast-server: {text}", file=sys.stderr)
    return 1 if faults else 0
