"""Reads a transcript that the caller brings: SRT, WebVTT or plain text, told apart by their looks.

What comes out is the caller's words as they are written, with the times and speakers of their cues
where there are any. `transcript_fitting` aligns them with the sound.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

from pipeline.core.data import Span
from pipeline.core.timecode import to_seconds
from pipeline.language.writing_systems import separator

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$", re.ASCII)
_TAG = re.compile(r"<([^<>]*)>")
_SRT_TAG = re.compile(r"</?(?:i|b|u|s|font|c|v)(?:[\s.=][^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_ROLLING = re.compile(r"<\d\d:\d\d[:.]")  # times inside of cues: captions that roll up
_NOT_CUES = ("NOTE", "STYLE", "REGION")
_MAX_WORD_LETTERS = (
    500  # letters of a word; no language has longer ones, and no caption has room for them
)


@dataclass(frozen=True, slots=True)
class GivenWord:
    """A word as the caller wrote it."""

    text: str  # no space inside or around
    speaker: str | None = None
    cue: Span | None = None  # the seconds that its cue is shown


@dataclass(frozen=True, slots=True)
class _Cue:
    """Lines of a subtitle, and when it is shown."""

    span: Span
    lines: tuple[str, ...]


def read(text: str) -> tuple[GivenWord, ...]:
    """The words of a transcript, in order; at least one.

    Raises ValueError, which names the line, where it is broken, and where there are no words.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].startswith("WEBVTT"):
        words = tuple(_of_vtt(lines))
    elif any("-->" in line for line in lines):
        words = tuple(_of_srt(lines))
    else:
        words = tuple(_split("\n".join(lines)))
    if not any(char.isalnum() for word in words for char in word.text):
        raise ValueError("The transcript has no words.")
    return words


def _of_srt(lines: Sequence[str]) -> Iterator[GivenWord]:
    for cue in _cues(lines, 0):
        yield from _split(_SRT_TAG.sub("", "\n".join(cue.lines)), cue.span)


def _of_vtt(lines: Sequence[str]) -> Iterator[GivenWord]:
    """Of captions that roll up, a line that stays from the cue before is said once."""
    rolling = any(_ROLLING.search(line) for line in lines)
    begin = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
    shown: frozenset[str] = frozenset()
    for cue in _cues(lines, begin):
        plain = [(line, " ".join(_TAG.sub("", line).split())) for line in cue.lines]
        fresh = [line for line, bare in plain if not (rolling and bare in shown)]
        shown = frozenset(bare for _, bare in plain)
        for speaker, text in _voices("\n".join(fresh)):
            yield from _split(unescape(text), cue.span, speaker)


def _voices(text: str) -> Iterator[tuple[str | None, str]]:
    """Who says which part of a cue, by its voice spans; all other tags are left out."""
    speaker, said, at = None, "", 0
    for tag in _TAG.finditer(text):
        said += text[at : tag.start()]
        at = tag.end()
        name = re.match(r"(/?)v(?:\.[^\s]*)?(?:\s+(.*))?$", tag[1], re.DOTALL)
        if name:
            yield speaker, said
            said, speaker = "", None if name[1] else unescape(name[2] or "").strip() or None
    yield speaker, said + text[at:]


def _cues(lines: Sequence[str], begin: int) -> Iterator[_Cue]:
    """Cues from line `begin`, in the order of the file; blocks that are comments are left out."""
    span: Span | None = None
    said: list[str] = []
    for first, block in _blocks(lines, begin):
        if span is None and block[0].split(" ")[0] in _NOT_CUES and "-->" not in block[0]:
            continue
        at = next((n for n, line in enumerate(block[:2]) if "-->" in line), None)
        if at is None and (span is None or block[0].strip().isdigit()):
            number = first + 1 + (block[0].strip().isdigit() and len(block) > 1)
            raise ValueError(
                f"Line {number} of the transcript must give the times of a subtitle, such as "
                f"00:01:02,500 --> 00:01:04,000, but says {lines[number - 1].strip()[:80]!r}."
            )
        if at is None:  # an empty line inside of a subtitle
            said += block
            continue
        if span is not None:
            yield _Cue(span, tuple(said))
        span, said = _span(block[at], first + at + 1), list(block[at + 1 :])
    if span is not None:
        yield _Cue(span, tuple(said))


def _blocks(lines: Sequence[str], begin: int) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not empty, each with the index of its first."""
    block: list[str] = []
    for number in range(begin, len(lines) + 1):
        if number < len(lines) and lines[number].strip():
            block.append(lines[number])
        elif block:
            yield number - len(block), block
            block = []


def _span(line: str, number: int) -> Span:
    """The times of a line; ValueError names the line where they are none."""
    match = _TIMING.match(line)
    if match is None:
        raise ValueError(
            f"Line {number} of the transcript has no valid times: {line.strip()[:80]!r}. "
            "Expected, for example, 00:01:02,500 --> 00:01:04,000."
        )
    start_s, end_s = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
    if end_s < start_s:
        raise ValueError(f"Line {number} of the transcript ends before it starts: {line.strip()}.")
    return Span(start_s=start_s, end_s=end_s)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return to_seconds(hours, minutes, f"{seconds}.{fraction or 0}")


def _split(text: str, cue: Span | None = None, speaker: str | None = None) -> Iterator[GivenWord]:
    for token in text.split():
        for piece in pieces(token):
            if len(piece) > _MAX_WORD_LETTERS:
                raise ValueError(
                    f"The transcript has a word of {len(piece)} letters, {piece[:40]!r} and so on; "
                    f"words have at most {_MAX_WORD_LETTERS}. Is it a transcript?"
                )
            yield GivenWord(piece, speaker, cue)


def pieces(token: str) -> list[str]:
    """A token without spaces as words: itself, or its letters in scripts that set no spaces.

    Marks stay with the letter before them, opening ones with the letter after.
    """
    begins: list[int] = []
    opening: int | None = None  # where opening marks stand that wait for their letter
    for at, char in enumerate(token):
        kind = unicodedata.category(char)
        if kind in ("Ps", "Pi") and _unspaced(char):
            opening = at if opening is None else opening
        elif opening is not None or not begins or _begins(token[at - 1], char, kind):
            begins.append(at if opening is None else opening)
            opening = None
    if opening is not None:
        begins.append(opening)
    return [token[begin:end] for begin, end in pairwise((*begins, len(token)))]


def _begins(before: str, char: str, kind: str) -> bool:
    """Whether a letter after `before` begins a word."""
    if kind[0] in "MPSZC":
        return False
    return _unspaced(char) or _unspaced(before)


def _unspaced(char: str) -> bool:
    return separator(char, char) == ""
