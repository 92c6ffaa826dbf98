"""Writes a thread from a talk's best moments: a hook, stories in order, a conclusion."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.core.texts import Block, Document, Statement, TextLength, TextOptions
from pipeline.language.text_limits import MAX_TWEET_CHARS, tweet_length
from pipeline.texts.content_selection import (
    joins,
    name_speakers,
    strip_frame,
    tags_of,
    takeaways,
)
from pipeline.texts.formats import compose
from pipeline.texts.hooks import opening_moments
from pipeline.texts.messages import Piece, pack
from pipeline.texts.outline import Line, Outline

MAX_TAGS = 2
MAX_MESSAGES: dict[TextLength, int] = {"short": 6, "normal": 12, "long": 15}
MIN_HOOK_CHARS = 50  # of an opening that gets a message of its own


def thread(plan: Outline, options: TextOptions) -> Document:
    """Return numbered messages of at most 280 characters."""
    room = MAX_TWEET_CHARS - len("99/ ")
    most = MAX_MESSAGES[options.length]
    first, *others = opening_moments(plan, options.hook)
    messages = _messages_of(first, plan.language, room, hook=bool(plan.moments))[:most]
    used = {n.index for n in first}
    closing = takeaways(plan, {n.index for m in (first, *others) for n in m}, 1)
    parts: list[tuple[int, list[Block]]] = []
    for moment in others if options.length != "short" else ():
        part = _messages_of(moment, plan.language, room)
        if len(messages) + sum(len(p) for _, p in parts) + len(part) + len(closing) <= most:
            parts.append((moment[0].index, part))
            used |= {n.index for n in moment}
    messages += [message for _, part in sorted(parts, key=lambda p: p[0]) for message in part]
    closing = closing or takeaways(plan, used, 1)
    if closing and len(messages) < most:
        said = Piece(text=strip_frame(closing[0], plan.language), sources=(closing[0].index,))
        messages += [_message(pieces) for pieces in pack([said], room, plan.language)]
    tags = " ".join(tags_of(plan, MAX_TAGS))
    free = [at for at, m in enumerate(messages) if tweet_length(f"{_text(m)}\n{tags}") <= room]
    if tags and free:
        *before, last = messages[free[-1]].statements
        ended = Statement(text=f"{last.text.rstrip()}\n", sources=last.sources)
        messages[free[-1]] = Block(
            kind="message", statements=(*before, ended, Statement(text=tags))
        )
    return compose("twitter_thread", plan.language, messages)


def _text(message: Block) -> str:
    return compose("twitter_thread", "", [message]).text.removeprefix("1/ ")


def _message(pieces: Sequence[Piece]) -> Block:
    statements = tuple(Statement(text=p.text, sources=p.sources) for p in pieces)
    return Block(kind="message", statements=statements)


def _messages_of(
    lines: Sequence[Line], language: str, room: int, *, hook: bool = False
) -> list[Block]:
    """Return the messages of a moment; as a hook, its opening has one of its own."""
    pieces = _pieces_of(lines, language)
    packed = pack(pieces, room, language)
    if hook and len(packed) > 1:
        first = 1 if len(pieces[0].text) >= MIN_HOOK_CHARS and pieces[0].text[-1] != "\n" else 2
        packed = pack(pieces[:first], room, language) + pack(pieces[first:], room, language)
    first_message, *others = packed
    return [_message(p) for p in (first_message, *(_unjoined(p, language) for p in others))]


def _unjoined(pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Return the pieces of a later message, which does not begin with "And" or "So"."""
    first, *rest = pieces
    match = joins(language).match(first.text)
    text = first.text[match.end() :] if match else first.text
    return [replace(first, text=text[:1].upper() + text[1:]), *rest]


def _pieces_of(lines: Sequence[Line], language: str) -> list[Piece]:
    """Return the lines' texts; a question answered by another person gets a line of its own.

    If several people tell, each is named.
    """
    texts = name_speakers(lines, language)
    ahead = [*lines[1:], None]
    return [
        Piece(
            text=f"{text}\n" if after and line.speaker != after.speaker else text,
            sources=(line.index,),
            asks=line.question,
            leans=not line.alone,
        )
        for text, line, after in zip(texts, lines, ahead, strict=True)
    ]
