"""The map in docs/design/architecture.md leads through the code as it is."""

import ast
import re
from pathlib import Path

import pytest
from project_paths import ROOT

MAP = ROOT / "docs" / "design" / "architecture.md"
WALKS = ("One job", "One edit", "One word")
NAME = re.compile(r"`([\w./]+)`")


def names_in(path: Path) -> set[str]:
    """Return what a module defines: functions, classes, and Class.method."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            if isinstance(node, ast.ClassDef):
                found |= {f"{node.name}.{getattr(each, 'name', '')}" for each in node.body}
    return found


@pytest.mark.parametrize("walk", WALKS)
def test_each_step_names_code_that_is_there(walk: str) -> None:
    text = MAP.read_text(encoding="utf-8")
    steps = text.split(f"## {walk}, in order\n")[1].split("\n## ")[0]
    path, seen = None, 0
    for word in NAME.findall(steps):
        if "/" in word:
            path = ROOT / word
        else:
            assert path is not None
            assert word in names_in(path), f"{path.relative_to(ROOT)} has no {word}"
            seen += 1
    assert seen >= 8
