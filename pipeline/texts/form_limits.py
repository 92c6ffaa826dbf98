"""The forms and limits of the texts that `checks` does not know itself: what breaks them.

Each function yields the kind of a fault and what it is about.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from itertools import pairwise
from typing import Literal

from pipeline.analysis.chapter_choice import MIN_CHAPTER_S
from pipeline.core.texts import TextKind
from pipeline.core.timecode import to_seconds
from pipeline.highlights.titles import MAX_TITLE_CHARS
from pipeline.language import languages
from pipeline.language.schema.language import Language
from pipeline.language.text_limits import MAX_DESCRIPTION_BYTES, width
from pipeline.texts.chapter_starts import MIN_CHAPTERS
from pipeline.texts.kinds.newsletter import MAX_PREVIEW_CHARS, MAX_SUBJECT_CHARS
from pipeline.texts.kinds.youtube_description import MAX_OPENING_CHARS
from pipeline.texts.networks import NETWORKS
from pipeline.texts.standfirst import subject_lines
from pipeline.texts.standing import MAX_QUOTATION_CHARS

Broken = tuple[Literal["length", "form"], str]

MAX_MESSAGES = 15  # nobody reads a longer thread
MAX_CARDS = 5
MAX_TAGS = 3  # YouTube shows three above the title
MAX_HOOK_LINES = 2
_CHAPTER = re.compile(r"(?m)^(?:- )?\[?(?:(\d+):)?(\d{1,2}):(\d\d)(?:\]\([^)\s]*\))? (.+)$")
_TAGS = re.compile(r"(?<!\w)#\w+")
_CARD = re.compile(r"(?P<opening>\W)(?P<said>.+?)(?P<closing>\W)(?: \(.+\))?", re.DOTALL)


def broken(text: str, kind: TextKind) -> list[Broken]:
    """Return what in a text breaks the form and the limits of its kind."""
    return list(LIMITS[kind](text)) if kind in LIMITS else []


def strip_form(text: str, kind: TextKind) -> str:
    """Return a text without what its form adds to what was said: times, labels, who talks."""
    if kind in ("youtube_description", "show_notes"):
        text = _CHAPTER.sub(r"\4", text)
        text = re.sub(rf"(?m)^(?:{'|'.join(map(re.escape, _introductions()))})$", "", text)
    if kind == "show_notes":
        text = _labels().sub("", text)
    if kind in ("youtube_description", "newsletter"):
        text = subject_lines().sub("", text)
    return text


@cache
def _labels() -> re.Pattern[str]:
    """Return the pattern of the headings of show notes, in any language."""
    labels = languages.of_all(_headings)
    return re.compile(rf"(?m)^## (?:{'|'.join(map(re.escape, labels))})$")


def _headings(known: Language) -> Iterator[str]:
    if words := known.show_notes:
        yield from filter(None, (words.topics, words.people, words.links, words.quotes))


@cache
def _introductions() -> tuple[str, ...]:
    return languages.of_all(
        lambda known: [known.show_notes.introduction] if known.show_notes else ()
    )


def _thread(kind: TextKind, text: str) -> Iterator[Broken]:
    limit = NETWORKS[kind].limit
    messages = text.strip().split("\n\n")
    if len(messages) > MAX_MESSAGES:
        yield "length", f"{len(messages)} of {MAX_MESSAGES} messages"
    for n, message in enumerate(messages, 1):
        if not limit.fits(message):
            yield "length", f"message {n} has {limit.measure(message)} of {limit.most} characters"


def _description(text: str) -> Iterator[Broken]:
    if (size := len(text.encode())) > MAX_DESCRIPTION_BYTES:
        yield "length", f"{size} of {MAX_DESCRIPTION_BYTES} bytes"
    if "<" in text or ">" in text:
        yield "form", "YouTube takes no angle brackets"
    opening = text.split("\n\n", maxsplit=1)[0]
    if width(opening) > MAX_OPENING_CHARS:
        yield "length", f"the opening has {width(opening)} of {MAX_OPENING_CHARS} characters"
    if len(opening.splitlines()) > MAX_HOOK_LINES:
        yield "form", f"the opening has more than {MAX_HOOK_LINES} lines"
    if len(_TAGS.findall(text)) > MAX_TAGS:
        yield "form", f"more than {MAX_TAGS} hashtags"
    yield from _chapters(text)


def _chapters(text: str) -> Iterator[Broken]:
    """Yield what keeps YouTube from showing chapters; a text without times has none."""
    found = list(_CHAPTER.finditer(text))
    starts_s = [to_seconds(*m.groups()[:3]) for m in found]
    if found and (len(found) < MIN_CHAPTERS or starts_s[0] != 0):
        yield "form", f"chapters begin at 0:00 and are {MIN_CHAPTERS} or more"
    if any(after - before < MIN_CHAPTER_S for before, after in pairwise(starts_s)):
        yield "form", f"a chapter is shorter than {MIN_CHAPTER_S} seconds or out of order"
    for match in found:
        if width(match[4]) > MAX_TITLE_CHARS:
            yield (
                "length",
                f"a chapter's title has {width(match[4])} of {MAX_TITLE_CHARS} characters",
            )


def _titled(text: str) -> Iterator[Broken]:
    if not text.startswith("# ") or len(re.findall(r"(?m)^# ", text)) != 1:
        yield "form", "it has one title, and begins with it"


def _newsletter(text: str) -> Iterator[Broken]:
    yield from _titled(text)
    subject, _, rest = text.removeprefix("# ").partition("\n\n")
    if width(subject) > MAX_SUBJECT_CHARS:
        yield "length", f"the subject has {width(subject)} of {MAX_SUBJECT_CHARS} characters"
    preview = re.match(r"\*([^*\n]+)\*$", rest.split("\n\n", maxsplit=1)[0])
    if preview and width(preview[1]) > MAX_PREVIEW_CHARS:
        yield "length", f"the preview has {width(preview[1])} of {MAX_PREVIEW_CHARS} characters"


def _cards(text: str) -> Iterator[Broken]:
    cards = text.strip().split("\n\n")
    if len(cards) > MAX_CARDS:
        yield "length", f"{len(cards)} of {MAX_CARDS} quotations"
    for n, card in enumerate(cards, 1):
        match = _CARD.fullmatch(card)
        if match is None:
            yield "form", f"card {n} is no quotation"
        elif width(match["said"]) > MAX_QUOTATION_CHARS:
            yield (
                "length",
                f"card {n} has {width(match['said'])} of {MAX_QUOTATION_CHARS} characters",
            )


LIMITS: Mapping[TextKind, Callable[[str], Iterator[Broken]]] = {
    "youtube_description": _description,
    "show_notes": _titled,
    "newsletter": _newsletter,
    "quote_cards": _cards,
    **{kind: partial(_thread, kind) for kind, network in NETWORKS.items() if not network.numbered},
}
