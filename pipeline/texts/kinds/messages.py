"""Packs sentences into the messages of a thread, one thought in each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.core.texts import Block, Statement
from pipeline.language import languages
from pipeline.language.cleanup import split_sentences, together
from pipeline.language.text_limits import Limit

LEANING_COST = 1.0  # cost of a message that begins with a sentence that leans on the one before
ASKING_COST = 1.5  # cost of a message that ends with a question whose answer is in the next
BARE_COST = 1.0  # cost of a message that is a question alone, beside that
MESSAGE_COST = 1.0
MIN_CLAUSE_CHARS = 60  # minimum characters of a clause that becomes a sentence of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A sentence of a thread; a line feed at its end stays."""

    text: str
    sources: tuple[int, ...]
    asks: bool = False
    leans: bool = False  # on the sentence before


def pack(pieces: Sequence[Piece], room: Limit, language: str) -> list[list[Piece]]:
    """Pack sentences into few messages that have `room`, of about equal length.

    Messages begin with sentences that stand alone and keep questions with their answers, where
    possible. Only an overlong sentence is divided.
    """
    parts = [part for piece in pieces for part in _divide(piece, room, language)]
    # best[n], for the first n parts: cost, start of the last message
    best = [(0.0, 0)]
    for end in range(1, len(parts) + 1):
        ways = []
        for start in range(end - 1, -1, -1):
            length = room.measure(text_of(parts[start:end]))
            if length > room.most and start < end - 1:
                break
            cost = MESSAGE_COST + (length / room.most) ** 2 / 2
            cost += LEANING_COST * (parts[start].leans and start > 0)
            cost += ASKING_COST * (parts[end - 1].asks and end < len(parts))
            cost += BARE_COST * all(part.asks for part in parts[start:end])
            ways.append((best[start][0] + cost, start))
        best.append(min(ways))
    messages: list[list[Piece]] = []
    end = len(parts)
    while end:
        start = best[end][1]
        messages.append(parts[start:end])
        end = start
    return messages[::-1]


def message(pieces: Sequence[Piece]) -> Block:
    """Return the block of a message."""
    statements = tuple(Statement(text=p.text, sources=p.sources) for p in pieces)
    return Block(kind="message", statements=statements)


def text_of(pieces: Sequence[Piece]) -> str:
    """Return the text of a message; a line feed replaces the space."""
    return together(p.text for p in pieces).replace("\n ", "\n").rstrip()


def _divide(piece: Piece, room: Limit, language: str) -> list[Piece]:
    """Divide a text into its sentences, and one without room at commas, else at spaces."""
    ended = piece.text.endswith("\n")
    found: list[Piece] = []
    for sentence in split_sentences(piece.text):
        left = sentence
        while not room.fits(left) and (cut := _clause_end(left, room, language)):
            part = left[:cut].rstrip(" ,;:") + "."
            found.append(replace(piece, text=part, asks=False, leans=bool(found) or piece.leans))
            left = left[cut:].lstrip(" ,;:")
            left = left[:1].upper() + left[1:]
        narrower = replace(room, most=room.most - 2)  # for an ellipsis
        while not room.fits(left):
            cut = _middle_comma(left, narrower) or _last_break(left, narrower)
            part = left[:cut].rstrip(" ,;:、，；") + "…"
            found.append(replace(piece, text=part, asks=False, leans=bool(found) or piece.leans))
            left = left[cut:].lstrip()
        if left:
            found.append(replace(piece, text=left, leans=bool(found) or piece.leans))
    found = [replace(p, asks=False) for p in found[:-1]] + found[-1:]
    if found and ended:
        found[-1] = replace(found[-1], text=f"{found[-1].text}\n")
    return found


def _clause_end(text: str, room: Limit, language: str) -> int:
    """Return where the last main clause ends that fits a message, or 0."""
    clauses = languages.language(language).new_clause.finditer(text)
    ends = [m.start() for m in clauses if MIN_CLAUSE_CHARS <= m.start() < room.most]
    return max((end for end in ends if room.measure(text[:end]) < room.most), default=0)


def _middle_comma(text: str, room: Limit) -> int:
    """Return the comma nearest to the middle that leaves two parts that have room, or 0."""
    if len(text) > 3 * room.most:
        return 0
    commas = [m.end() for m in re.finditer(r"[,;:]\s|[、，；]", text)]
    fitting = [c for c in commas if room.fits(text[:c]) and room.fits(text[c:])]
    return min(fitting, key=lambda c: abs(c - len(text) / 2), default=0)


def _last_break(text: str, room: Limit) -> int:
    """Return where to divide: the last comma in the later half that fits, else the last space."""
    fits = min(len(text), room.most)
    while fits > 1 and not room.fits(text[:fits]):
        fits -= 1
    for pattern in (r"[,;:]\s", r"[、，；]", r"\s"):
        ends = [m.end() for m in re.finditer(pattern, text[:fits]) if m.end() > fits / 2]
        if ends:
            return ends[-1]
    return fits
