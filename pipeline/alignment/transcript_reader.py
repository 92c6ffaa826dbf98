"""Parse the caller's transcript: SRT, WebVTT or plain text, detected from its content.

The result is the caller's words as written, with the times and speakers of their cues if there are
any. `transcript_fitting` aligns them with the sound.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import islice, pairwise

from pipeline.core.data import Span
from pipeline.core.errors import WrongInput
from pipeline.core.timecode import to_seconds
from pipeline.language.writing_systems import separator

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$", re.ASCII)
_TAG = re.compile(r"<([^<>]*)>")
_SRT_TAG = re.compile(r"</?(?:i|b|u|s|font|c|v)(?:[\s.=][^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_ROLLING = re.compile(r"<\d\d:\d\d[:.]")  # times inside cues mark roll-up captions
_NOT_CUES = ("NOTE", "STYLE", "REGION")
_MAX_WORDS = 150_000  # seven words a second for six hours
_MAX_WORD_LETTERS = 500  # no language has longer words, and no caption has room for them


@dataclass(frozen=True, slots=True)
class GivenWord:
    """A word as the caller wrote it."""

    text: str  # without spaces
    speaker: str | None = None
    cue: Span | None = None  # when its cue is shown


@dataclass(frozen=True, slots=True)
class _Cue:
    """The lines of a subtitle and the time it is shown."""

    span: Span
    lines: tuple[str, ...]


def read(text: str) -> tuple[GivenWord, ...]:
    """Return the words of a transcript, in order; at least one.

    Raises WrongInput, which names the line, if the transcript is malformed, and if it has no words.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].startswith("WEBVTT"):
        found = _parse_vtt(lines)
    elif any("-->" in line for line in lines):
        found = _parse_srt(lines)
    else:
        found = _split_words("\n".join(lines))
    words = tuple(islice(found, _MAX_WORDS + 1))
    if len(words) > _MAX_WORDS:
        raise WrongInput(
            f"The transcript has more than {_MAX_WORDS:,} words, more than anybody says in six "
            "hours. Is it a transcript?"
        )
    if not any(char.isalnum() for word in words for char in word.text):
        raise WrongInput("The transcript has no words.")
    return words


def _parse_srt(lines: Sequence[str]) -> Iterator[GivenWord]:
    for cue in _parse_cues(lines, 0):
        yield from _split_words(_SRT_TAG.sub("", "\n".join(cue.lines)), cue.span)


def _parse_vtt(lines: Sequence[str]) -> Iterator[GivenWord]:
    """Yield the words of a WebVTT file.

    In roll-up captions, a line repeated from the previous cue is skipped.
    """
    rolling = any(_ROLLING.search(line) for line in lines)
    begin = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
    shown: frozenset[str] = frozenset()
    for cue in _parse_cues(lines, begin):
        plain = [(line, " ".join(_TAG.sub("", line).split())) for line in cue.lines]
        fresh = [line for line, bare in plain if not (rolling and bare in shown)]
        shown = frozenset(bare for _, bare in plain)
        for speaker, text in _split_voices("\n".join(fresh)):
            yield from _split_words(unescape(text), cue.span, speaker)


def _split_voices(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield the parts of a cue with their speakers, from its voice spans; drop all other tags."""
    speaker, part, at = None, "", 0
    for tag in _TAG.finditer(text):
        part += text[at : tag.start()]
        at = tag.end()
        name = re.match(r"(/?)v(?:\.[^\s]*)?(?:\s+(.*))?$", tag[1], re.DOTALL)
        if name:
            yield speaker, part
            part, speaker = "", None if name[1] else unescape(name[2] or "").strip() or None
    yield speaker, part + text[at:]


def _parse_cues(lines: Sequence[str], begin: int) -> Iterator[_Cue]:
    """Yield cues from line `begin`, in file order, skipping comment blocks."""
    span: Span | None = None
    text_lines: list[str] = []
    for first, block in _split_blocks(lines, begin):
        if span is None and block[0].split(" ")[0] in _NOT_CUES and "-->" not in block[0]:
            continue
        at = next((n for n, line in enumerate(block[:2]) if "-->" in line), None)
        if at is None and (span is None or block[0].strip().isdigit()):
            number = first + 1 + (block[0].strip().isdigit() and len(block) > 1)
            raise WrongInput(
                f"Line {number} of the transcript must give the times of a subtitle, such as "
                f"00:01:02,500 --> 00:01:04,000, but says {lines[number - 1].strip()[:80]!r}."
            )
        if at is None:  # an empty line inside a subtitle
            text_lines += block
            continue
        if span is not None:
            yield _Cue(span, tuple(text_lines))
        span, text_lines = _parse_span(block[at], first + at + 1), list(block[at + 1 :])
    if span is not None:
        yield _Cue(span, tuple(text_lines))


def _split_blocks(lines: Sequence[str], begin: int) -> Iterator[tuple[int, list[str]]]:
    """Yield runs of non-empty lines, each with the index of its first."""
    block: list[str] = []
    for number in range(begin, len(lines) + 1):
        if number < len(lines) and lines[number].strip():
            block.append(lines[number])
        elif block:
            yield number - len(block), block
            block = []


def _parse_span(line: str, number: int) -> Span:
    """Parse the times of a cue; raises WrongInput, which names the line, if they are invalid."""
    match = _TIMING.match(line)
    if match is None:
        raise WrongInput(
            f"Line {number} of the transcript has no valid times: {line.strip()[:80]!r}. "
            "Expected, for example, 00:01:02,500 --> 00:01:04,000."
        )
    start_s, end_s = _parse_seconds(match.groups()[:4]), _parse_seconds(match.groups()[4:])
    if end_s < start_s:
        raise WrongInput(f"Line {number} of the transcript ends before it starts: {line.strip()}.")
    return Span(start_s=start_s, end_s=end_s)


def _parse_seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return to_seconds(hours, minutes, f"{seconds}.{fraction or 0}")


def _split_words(
    text: str, cue: Span | None = None, speaker: str | None = None
) -> Iterator[GivenWord]:
    for token in text.split():
        for piece in split_token(token):
            if len(piece) > _MAX_WORD_LETTERS:
                raise WrongInput(
                    f"The transcript has a word of {len(piece)} letters, {piece[:40]!r} and so on; "
                    f"words have at most {_MAX_WORD_LETTERS}. Is it a transcript?"
                )
            yield GivenWord(piece, speaker, cue)


def split_token(token: str) -> list[str]:
    """Split a token without spaces into words: itself, or its letters in scripts without spaces.

    Marks stay with the letter before them, opening marks with the letter after.
    """
    if token.isascii():
        return [token]
    begins: list[int] = []
    opening: int | None = None  # index of opening marks that precede the next letter
    for at, char in enumerate(token):
        kind = unicodedata.category(char)
        if kind in ("Ps", "Pi") and _unspaced(char):
            opening = at if opening is None else opening
        elif opening is not None or not begins or _starts_word(token[at - 1], char, kind):
            begins.append(at if opening is None else opening)
            opening = None
    if opening is not None:
        begins.append(opening)
    return [token[begin:end] for begin, end in pairwise((*begins, len(token)))]


def _starts_word(before: str, char: str, kind: str) -> bool:
    """Return whether a letter after `before` starts a word."""
    if kind[0] in "MPSZC":
        return False
    return _unspaced(char) or _unspaced(before)


@lru_cache(1 << 12)  # the letters of a text
def _unspaced(char: str) -> bool:
    return separator(char, char) == ""
