"""Converts a text without blocks, which its user wrote, from one format to another."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.core.texts import TextFormat
from pipeline.texts import html_format

_INLINE = re.compile(r"[\\`*_\[\]<>]|&(?=#?\w+;)")  # what Markdown marks text with
_BLOCK = re.compile(r"^(\s*\d*)([#+=~.)-])")  # what it begins headings and lists with
# Markup of HTML is shown as text, addresses of scripts are no links, and nothing is loaded.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")


def convert(text: str, native: TextFormat, form: TextFormat, language: str) -> str:
    """Return a text that is published as `native` in another format."""
    if form == "html":
        if native == "markdown":
            return html_format.enclose([_MARKDOWN.render(text).rstrip("\n")], language)
        return html_format.enclose(map(html_format.paragraph, _paragraphs(text)), language)
    return _plain(text) if native == "markdown" else as_markdown(text)


def as_markdown(text: str) -> str:
    """Return Markdown that shows a plain text as it is, line by line."""
    lines = [_BLOCK.sub(r"\1\\\2", _INLINE.sub(r"\\\g<0>", line)) for line in text.split("\n")]
    return "\n".join(
        f"{line}  " if line.strip() and following.strip() else line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
    )


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if part.strip()]


def _plain(text: str) -> str:
    """Return Markdown without its marks; points of lists and numbers stay."""
    return "\n\n".join("\n".join(lines) for lines in _plain_blocks(_MARKDOWN.parse(text)))


def _plain_blocks(tokens: list[Token]) -> Iterator[list[str]]:
    """Yield the lines of each block; the points of a list are one block."""
    points: list[str] = []
    marks: list[str] = []  # markers of the lists that are open: a bullet, or the next number
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = token.attrGet("start")  # said only where it is not 1
            first = "1" if start is None else str(start)
            marks.append("•" if token.type == "bullet_list_open" else first)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
            if not marks:
                yield points
                points = []
        elif token.type in ("inline", "fence", "code_block"):
            content = _inline(token) if token.type == "inline" else token.content.rstrip("\n")
            if not marks:
                yield [content]
                continue
            mark = marks[-1]
            points.append(f"{mark} {content}" if mark == "•" else f"{mark}. {content}")
            if mark != "•":
                marks[-1] = str(int(mark) + 1)


def _inline(token: Token) -> str:
    """Return the text of a line: of links what is shown, of breaks the breaks."""
    shown = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(shown.get(child.type, child.content) for child in token.children or ())
