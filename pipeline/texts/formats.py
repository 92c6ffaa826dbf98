"""Sets the blocks of a text in Markdown, in HTML or plainly, each kind as its readers expect."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

from pipeline.core.texts import Block, BlockKind, Document, Statement, TextFormat, TextKind
from pipeline.core.timecode import format_clock
from pipeline.language import languages
from pipeline.language.cleanup import together
from pipeline.language.typography import label, quote, remark
from pipeline.texts import html_format, user_text_conversion
from pipeline.texts.networks import NETWORKS
from pipeline.texts.talk_links import link_to

# The format in which a kind is published.
NATIVE: dict[TextKind, TextFormat] = dict.fromkeys(get_args(TextKind), "plain")
NATIVE |= dict.fromkeys(("blog_post", "show_notes", "newsletter"), "markdown")
# Messages begin with "1/ ".
NUMBERED = frozenset(kind for kind, network in NETWORKS.items() if network.numbered)

# What makes HTML or a link of a sentence where Markdown is shown; speech has it rarely.
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|\]\(|\](?=[\[:])")
_ESCAPES = {"<": "&lt;", "](": "]\\("}


def compose(
    kind: TextKind, language: str, blocks: Sequence[Block], *, link: str = "", author: str = ""
) -> Document:
    """Return a document of the blocks, as it is published; without blocks, one without text.

    link: address of the published talk, into which times link. author: a model's name.
    """
    text = render(kind, language, blocks, NATIVE[kind], link=link)
    return Document(
        kind=kind,
        language=language,
        text=text,
        blocks=tuple(blocks),
        author=author or "extractive",
    )


def render(
    kind: TextKind, language: str, blocks: Sequence[Block], form: TextFormat, *, link: str = ""
) -> str:
    """Return the blocks as text; Markdown and HTML end with a line feed, plain text does not."""
    if form == "html":
        return html_format.article(blocks, language, numbered=kind in NUMBERED, link=link)
    if kind in NUMBERED:
        messages = [_message(block.statements) for block in blocks]
        thread = "\n\n".join(f"{n}/ {message}" for n, message in enumerate(messages, 1))
        return user_text_conversion.as_markdown(thread) + "\n" if form == "markdown" else thread
    if form == "plain":
        return "\n\n".join(_plain(block, language) for block in blocks)
    parts = [_markdown(block, language, link) for block in blocks]
    return "\n\n".join(parts) + "\n" if parts else ""


def convert(document: Document, form: TextFormat, *, link: str = "") -> str:
    """Return a document in a format; one without blocks is its user's own text."""
    if document.blocks:
        return render(document.kind, document.language, document.blocks, form, link=link)
    native = NATIVE[document.kind]
    if form == native:
        return document.text
    return user_text_conversion.convert(document.text, native, form, document.language)


def _message(statements: Sequence[Statement]) -> str:
    """Return a post of a thread; a statement that ends with a line feed keeps it."""
    return together(s.text for s in statements).replace("\n ", "\n").rstrip()


def _running(block: Block) -> str:
    return together(s.text for s in block.statements)


def _quoted(block: Block, language: str) -> str:
    """Return a quotation with its author and time in parentheses."""
    source = [block.speaker] if block.speaker else []
    source += [format_clock(block.start_s)] if block.start_s is not None else []
    by = remark(languages.language(language).comma.join(source), language) if source else ""
    return f"{quote(_running(block), language)}{by}"


def _plain(block: Block, language: str) -> str:
    lines = [s.text for s in block.statements]
    setters: dict[BlockKind, Callable[[], str]] = {
        "hook": lambda: _by(block, language) + "\n".join(lines),
        "message": lambda: _message(block.statements),
        "quotation": lambda: _quoted(block, language),
        "list": lambda: "\n".join(f"• {line}" for line in lines),
        "numbered_list": lambda: "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1)),
        "chapters": lambda: "\n".join(
            f"{format_clock(s.start_s or 0)} {s.text}" for s in block.statements
        ),
        "tags": lambda: " ".join(lines),
    }
    return setters[block.kind]() if block.kind in setters else _named(block, language)


def _markdown(block: Block, language: str, link: str) -> str:
    statements = tuple(replace(s, text=escape(s.text)) for s in block.statements)
    block = replace(block, statements=statements, speaker=escape(block.speaker or "") or None)
    lines = [s.text for s in block.statements]
    setters: dict[BlockKind, Callable[[], str]] = {
        "title": lambda: f"# {_running(block)}",
        "standfirst": lambda: f"*{_running(block)}*",
        "heading": lambda: f"## {_running(block)}{_time(block.start_s, link, language)}",
        "hook": lambda: _by(block, language) + "  \n".join(lines),  # two spaces keep a line break
        "question": lambda: f"**{_named(block, language)}**",
        "quotation": lambda: f"> {_quoted(block, language)}",
        "list": lambda: "\n".join(f"- {line}" for line in lines),
        "chapters": lambda: "\n".join(
            f"- {_clock(s.start_s or 0, link)} {s.text}" for s in block.statements
        ),
    }
    if block.kind in setters:
        return setters[block.kind]()
    return _voice(block, language) if block.speaker else _plain(block, language)


def _named(block: Block, language: str) -> str:
    return f"{_by(block, language)}{_running(block)}"


def _by(block: Block, language: str) -> str:
    """Return who says a block, before its words; "" if nobody is named."""
    return label(block.speaker, language) if block.speaker else ""


def _voice(block: Block, language: str) -> str:
    """Return what somebody says after their name in bold letters."""
    by = label(block.speaker or "", language)
    name = by.rstrip()
    if name == by:  # no space follows: Markdown sees no end of bold letters after a mark
        return f"**{block.speaker}**{by[len(block.speaker or '') :]}{_running(block)}"
    return f"**{name}** {_running(block)}"


def _time(start_s: float | None, link: str, language: str) -> str:
    return "" if start_s is None else remark(_clock(start_s, link), language)


def _clock(seconds: float, link: str) -> str:
    """Return a time, linked to the moment in the published talk."""
    target = link_to(seconds, link)
    return f"[{format_clock(seconds)}]({target})" if target else format_clock(seconds)


def escape(text: str) -> str:
    """Return a sentence that Markdown shows as it is: without tags and links."""
    return _MARKUP.sub(lambda m: _ESCAPES.get(m[0], "\\]"), text)
