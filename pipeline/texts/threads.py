"""Writes a thread from a talk's best moments: a hook, stories in order, a conclusion.

The networks differ in how long a message may be and in what is customary (`networks`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from pipeline.core.texts import Document, TextKind, TextOptions
from pipeline.language.text_limits import Limit
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import (
    name_speakers,
    strip_frame,
    tags_of,
    takeaways,
)
from pipeline.texts.formats import compose
from pipeline.texts.hooks import opening_moments
from pipeline.texts.line import Line
from pipeline.texts.messages import Piece, message, pack, text_of
from pipeline.texts.networks import NETWORKS
from pipeline.texts.outline import Outline
from pipeline.texts.self_contained import has_verb
from pipeline.texts.sentence_weights import MIN_SENTENCE_CHARS

MAX_CLOSINGS = 3  # candidates for the last message
MIN_HOOK_CHARS = 50  # minimum characters of an opening that gets a message of its own


def thread(kind: TextKind, plan: Outline, options: TextOptions) -> Document:
    """Return messages within the limits of the network that a kind of thread is for."""
    network = NETWORKS[kind]
    room, most = network.room, network.messages[options.length]
    first, *others = opening_moments(plan, options.hook)
    messages = _messages_of(first, plan.language, room, hook=bool(plan.moments))[:most]
    used = {n.index for n in first}
    closing = _closing(plan, {n.index for m in (first, *others) for n in m})
    parts: list[tuple[int, list[list[Piece]]]] = []
    for moment in others if options.length != "short" else ():
        part = _messages_of(moment, plan.language, room)
        if len(messages) + sum(len(p) for _, p in parts) + len(part) + len(closing) <= most:
            parts.append((moment[0].index, part))
            used |= {n.index for n in moment}
    messages += [packed for _, part in sorted(parts, key=lambda p: p[0]) for packed in part]
    closing = closing or _closing(plan, used)
    if closing and len(messages) < most:
        said = Piece(text=strip_frame(closing[0], plan.language), sources=closing[0].sources)
        messages += pack([said], room, plan.language)
    if tags := " ".join(tags_of(plan, network.tags)):
        messages = _tagged(messages, tags, room)
    return compose(kind, plan.language, [message(m) for m in messages])


def _closing(plan: Outline, used: Collection[int]) -> list[Line]:
    """Return a sentence to end with, if there is one: a general one, or one of the second half."""
    half = plan.lines[len(plan.lines) // 2].index
    found = takeaways(plan, used, MAX_CLOSINGS)
    return [n for n in found if n.general or n.index >= half][-1:]


def _tagged(messages: Sequence[list[Piece]], tags: str, room: Limit) -> list[list[Piece]]:
    """Return the messages with the hashtags below the last one that has room for them."""
    found = list(messages)
    for at in reversed(range(len(found))):
        *before, last = found[at]
        ended = [*before, replace(last, text=f"{last.text.rstrip()}\n")]
        tagged = [*ended, Piece(text=tags, sources=())]
        if room.fits(text_of(tagged)):
            found[at] = tagged
            break
    return found


def _messages_of(
    lines: Sequence[Line], language: str, room: Limit, *, hook: bool = False
) -> list[list[Piece]]:
    """Return the messages of a moment; as a hook, its opening has one of its own.

    A hook does not end with a question whose answer is in the next message.
    """
    pieces = _pieces_of(lines, language)
    packed = pack(pieces, room, language)
    if hook and len(packed) > 1:
        first = 1 if len(pieces[0].text) >= MIN_HOOK_CHARS and pieces[0].text[-1] != "\n" else 2
        while first < len(pieces) and pieces[first - 1].asks:
            first += 1
        packed = pack(pieces[:first], room, language) + pack(pieces[first:], room, language)
    first_message, *others = packed
    return [first_message, *(_unjoined(p, language) for p in others)]


def _unjoined(pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Return the pieces of a later message, which does not begin with "And" or "But"."""
    first, *rest = pieces
    return [replace(first, text=strip_conjunction(first.text, language)), *rest]


def _is_fragment(line: Line, language: str) -> bool:
    """Whether a line is a short sentence without a verb, which completes the one before."""
    return line.size < MIN_SENTENCE_CHARS and not has_verb(line.text, language)


def _pieces_of(lines: Sequence[Line], language: str) -> list[Piece]:
    """Return the lines' texts; a question answered by another person gets a line of its own.

    If several people tell, each is named.
    """
    texts = name_speakers(lines, language)
    ahead = [*lines[1:], None]
    return [
        Piece(
            text=f"{text}\n" if after and line.speaker != after.speaker else text,
            sources=line.sources,
            asks=line.question,
            leans=not line.alone or _is_fragment(line, language),
        )
        for text, line, after in zip(texts, lines, ahead, strict=True)
    ]
