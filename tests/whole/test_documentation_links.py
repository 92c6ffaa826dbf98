"""Every link of the documentation leads to a file, and to a heading that is there.

`make docs` finds the same faults, but needs the generator of the site; this needs nothing more.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from project_paths import ROOT

PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "tests/data/README.md")
    for page in ROOT.glob(pattern)
)
ELSEWHERE = ("http://", "https://", "mailto:")


def faults_of(text: str, page: Path) -> Iterator[str]:
    """Yield what is wrong with the links and pictures of a page that lies at `page`."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for child in token.children or ():
            target = str(child.attrGet("href") or child.attrGet("src") or "")
            if target and not target.startswith(ELSEWHERE):
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                if path and not file.is_file():
                    yield f"{page.relative_to(ROOT)}: {target}: no such file"
                elif anchor and anchor not in anchors(file if path else None, text):
                    yield f"{page.relative_to(ROOT)}: {target}: no such heading"


def anchors(file: Path | None, text: str) -> set[str]:
    """The names of the headings of a file, or of the text itself, as the site makes them."""
    return _anchors(file.read_text(encoding="utf-8") if file else text)


@cache
def _anchors(text: str) -> set[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    names: Counter[str] = Counter()
    found = set()
    for opened, inline in itertools.pairwise(tokens):
        if opened.type == "heading_open":
            name = re.sub(r"[^\w\- ]", "", _shown(inline).lower()).replace(" ", "-")
            found.add(f"{name}-{names[name]}" if names[name] else name)
            names[name] += 1
    return found


def _shown(inline: Token) -> str:
    kinds = ("text", "code_inline")
    return "".join(child.content for child in inline.children or () if child.type in kinds)


def test_every_link_leads_somewhere() -> None:
    assert len(PAGES) > 30
    faults = [
        fault for page in PAGES for fault in faults_of(page.read_text(encoding="utf-8"), page)
    ]
    assert faults == []


def test_every_page_is_on_the_site() -> None:
    index = ROOT / "docs" / "index.md"
    listed = set(re.findall(r"^[\w./-]+$", index.read_text(encoding="utf-8"), re.M))
    pages = {page for page in PAGES if "examples" not in page.parts and page != index}
    assert {f"{_from_docs(page)}" for page in pages} <= listed


def _from_docs(page: Path) -> str:
    name = page.relative_to(ROOT).with_suffix("").as_posix()
    return name.removeprefix("docs/") if name.startswith("docs/") else f"../{name}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[a](nothing.md)", "no such file"),
        ("![a](nothing.jpg)", "no such file"),
        ("[a](api.md#nothing)", "no such heading"),
        ("# Title\n\n[a](#nothing)", "no such heading"),
        ("[a](..)", "no such file"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(text: str, fault: str) -> None:
    [found] = faults_of(text, ROOT / "docs" / "planted.md")
    assert fault in found
