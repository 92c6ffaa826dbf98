"""Each message that docs/troubleshooting.md quotes is one of the program's."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from project_paths import ROOT

from klipfast_server.schema import job_responses

GUIDE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
VARIES = "…"
SOURCES = [
    path for package in ("klipfast_server", "pipeline") for path in (ROOT / package).rglob("*.py")
]


def messages(text: str) -> Iterator[str]:
    """Yield what stands as code in a column named "message"."""
    column = -1
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            column = -1
        elif column < 0 or "message" in cells or "in the log, or an answer" in cells:
            names = ("message", "in the log, or an answer")
            column = next((at for at, cell in enumerate(cells) if cell in names), len(cells))
        elif column < len(cells):
            yield from re.findall(r"`([^`]+)`", cells[column])


def is_the_programs(message: str) -> bool:
    """Whether one text of the program, or a line of the Makefile, has its parts in their order."""
    parts = [part.strip() for part in message.split(VARIES) if part.strip()]
    pattern = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    return bool(parts) and any(pattern.search(text) for text in texts())


@cache
def texts() -> tuple[str, ...]:
    """Every text in the code, with "…" for what is filled in, and the lines of the Makefile."""
    found = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    for path in SOURCES:
        found += _texts(path)
    return tuple(found)


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else VARIES
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_message_is_the_programs() -> None:
    quoted = list(messages(GUIDE))
    assert len(quoted) > 50
    assert [message for message in quoted if not is_the_programs(message)] == []


@pytest.mark.parametrize(
    "message", ["The server is tired.", "The queue is … and tired.", "…", "full … The queue is"]
)
def test_a_message_that_nobody_says_is_found(message: str) -> None:
    table = f"| message | what |\n|---|---|\n| `{message}` | |"
    [found] = messages(table)
    assert not is_the_programs(found)


def test_every_warning_is_told() -> None:
    for code in get_args(get_type_hints(job_responses.JobWarning)["code"]):
        assert f"`{code}`" in GUIDE
