"""Sets the blocks of a text as an HTML fragment: semantic, without classes, styles or scripts.

Everything that was said is text: a talk may contain markup.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape

from pipeline.core.texts import Block, BlockKind, Statement
from pipeline.core.timecode import format_clock
from pipeline.language import languages
from pipeline.language.cleanup import together
from pipeline.language.typography import label, remark
from pipeline.texts.talk_links import duration, link_to


def article(blocks: Sequence[Block], language: str, *, numbered: bool, link: str = "") -> str:
    """Return an <article> of the blocks; `numbered`: a thread, each message of which is an item.

    link: address of the published talk, into which times link.
    """
    parts = [_set(block, link, language) for block in blocks]
    if numbered:
        parts = ["<ol>", *(f"<li>{part}</li>" for part in parts), "</ol>"]
    return enclose(parts, language)


def enclose(parts: Iterable[str], language: str) -> str:
    """Return an <article> of elements, a line each."""
    return "\n".join([f'<article lang="{escape(language)}" dir="auto">', *parts, "</article>\n"])


def paragraph(text: str) -> str:
    """Return a paragraph of plain text whose line breaks count."""
    return f"<p>{_lines(text)}</p>"


def _lines(text: str) -> str:
    return "<br>\n".join(_text(line.rstrip()) for line in text.rstrip().split("\n"))


def _text(said: str) -> str:
    return escape(said, quote=False)  # it stands between elements


def _set(block: Block, link: str, language: str) -> str:
    """Return a block as elements."""
    setters: dict[BlockKind, Callable[[], str]] = {
        "title": lambda: f"<h1>{_running(block)}</h1>",
        "standfirst": lambda: f"<p><em>{_running(block)}</em></p>",
        "heading": lambda: f"<h2>{_running(block)}{_moment(block.start_s, link, language)}</h2>",
        "message": lambda: f"<p>{_running(block)}</p>",
        "hook": lambda: paragraph(_name(block, language) + "\n".join(_texts(block))),
        "question": lambda: f"<p><strong>{_speaker(block, language)}{_running(block)}</strong></p>",
        "quotation": lambda: _quotation(block, link, language),
        "list": lambda: _list("ul", block.statements),
        "numbered_list": lambda: _list("ol", block.statements),
        "chapters": lambda: _chapters(block.statements, link),
        "tags": lambda: f"<p>{_text(' '.join(s.text for s in block.statements))}</p>",
    }
    if block.kind in setters:
        return setters[block.kind]()
    name = f"<strong>{_speaker(block, language)}</strong>" if block.speaker else ""
    return f"<p>{name}{_running(block)}</p>"


def _running(block: Block) -> str:
    """Return the statements of a block as running text; a line feed between two is kept."""
    return _lines(together(s.text for s in block.statements).replace("\n ", "\n"))


def _name(block: Block, language: str) -> str:
    return label(block.speaker, language) if block.speaker else ""


def _texts(block: Block) -> list[str]:
    return [s.text for s in block.statements]


def _speaker(block: Block, language: str) -> str:
    return _text(_name(block, language))


def _quotation(block: Block, link: str, language: str) -> str:
    source = [f"<cite>{_text(block.speaker)}</cite>"] if block.speaker else []
    source += [_time(block.start_s, link)] if block.start_s is not None else []
    comma = languages.language(language).comma
    footer = f"<footer>{comma.join(source)}</footer>" if source else ""
    return f"<blockquote><p>{_running(block)}</p>{footer}</blockquote>"


def _list(tag: str, statements: Sequence[Statement]) -> str:
    return "\n".join([f"<{tag}>", *(f"<li>{_lines(s.text)}</li>" for s in statements), f"</{tag}>"])


def _chapters(statements: Sequence[Statement], link: str) -> str:
    items = (f"<li>{_time(s.start_s or 0, link)} {_lines(s.text)}</li>" for s in statements)
    return "\n".join(["<ul>", *items, "</ul>"])


def _moment(start_s: float | None, link: str, language: str) -> str:
    return "" if start_s is None else remark(_time(start_s, link), language)


def _time(seconds: float, link: str) -> str:
    shown = f'<time datetime="{duration(seconds)}">{format_clock(seconds)}</time>'
    target = link_to(seconds, link)
    return f'<a href="{escape(target)}">{shown}</a>' if target else shown
