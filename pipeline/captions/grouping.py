"""Decides which words are on screen together, and when.

A style is a file in `styles/`: fonts, colors and lengths, no code. Words become groups of at most
two lines that break where a speaker would: at pauses and punctuation, rarely after only a few
words. A group is shown from its first word's onset until shortly after its last word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from pipeline.captions.emphasis import key_words
from pipeline.captions.style import Style, TextLook
from pipeline.core.data import Word
from pipeline.language.writing_systems import (
    break_cost,
    is_visible,
    join_words,
    printable,
    separator,
    split_evenly,
    to_upper_case,
    word_equivalents,
)

MIN_PAUSE_S = 0.55  # silence between words that ends a group
HOLD_S = 0.30  # a group stays this long after its last word
MIN_GAP_S = 0.35  # shorter gaps between groups are bridged, because they would flicker
ENDS_SENTENCE = ".!?…。！？؟।॥"
ENDS_CLAUSE = ",;:—、，；：،؛)"
CLOSING = "\"'”’»)]】」』"
MAX_LEANING_LETTERS = 3  # a word this short belongs to the next word and should not end a group
MAX_LINES = 2
MAX_WORD_WIDTHS = 2.0  # in text widths: a wider word is split, a narrower one shrunk to fit
TEAR_COST = 2.5  # of a break inside a word; more than the cost of another group

Measure = Callable[[str], float]
"""Returns the width of a text in the style's size, pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Words that are on screen together; times in the same seconds as the words'."""

    words: tuple[Word, ...]  # text as shown
    lines: tuple[int, ...]  # words in each line, one or two of them
    start_s: float
    end_s: float
    key: frozenset[int] = frozenset()  # indices of the emphasized words
    speaker: int = 0  # number of who says the words, in the order of their first words

    def spoken(self, t_s: float) -> int:
        """Return the index of the word spoken at `t_s`: the last one that has begun."""
        return max(0, sum(word.start_s <= t_s for word in self.words) - 1)


def short_enough(words: Sequence[Word], *, width: float, measure: Measure) -> tuple[Word, ...]:
    """Split words wider than MAX_WORD_WIDTHS times `width` into parts shown one after the other.

    This keeps URLs, or words without spaces between them, readable.
    """
    out: list[Word] = []
    for word in words:
        parts = split_evenly(word.text, MAX_WORD_WIDTHS * width, measure)
        if len(parts) == 1:
            out.append(word)
            continue
        step_s = (word.end_s - word.start_s) / len(parts)
        for n, text in enumerate(parts):
            at_s = word.start_s + n * step_s
            out.append(replace(word, text=text, start_s=at_s, end_s=at_s + step_s))
    return tuple(out)


def group(
    words: Sequence[Word], style: Style, *, width: float, measure: Measure
) -> tuple[Group, ...]:
    """Split `words` into groups that fit `width` pixels in at most two lines, in order.

    A single word wider than `width` is a group of its own, which drawing shrinks.
    """
    if not style.draw:
        return ()
    shown = [replace(w, text=text) for w in words if (text := shown_text(w.text, style.text))]
    ends = _ends(words, style.text)
    groups: list[Group] = []
    for phrase, breaks in _phrases(shown, ends):
        for first, last in _partition(phrase, breaks, style.text.max_words, width, measure):
            part = phrase[first:last]
            groups.append(
                Group(
                    words=tuple(part),
                    lines=line_break([w.text for w in part], width, measure) or (len(part),),
                    start_s=part[0].start_s,
                    end_s=max(part[-1].end_s, part[-1].start_s),
                )
            )
    return _set_times(groups)


def emphasize(
    groups: Sequence[Group], words: Sequence[Word], style: Style, language: str
) -> tuple[Group, ...]:
    """Return the groups with the indices of their key words."""
    texts = ["" if w.masked else w.text for w in words if shown_text(w.text, style.text)]
    ends = list(accumulate(len(g.words) for g in groups))
    bounds = list(pairwise([0, *ends]))
    keys = key_words(texts, bounds, language)
    return tuple(
        replace(g, key=frozenset(n - first for n in range(first, end) if n in keys))
        for g, (first, end) in zip(groups, bounds, strict=True)
    )


def shown_text(text: str, look: TextLook) -> str:
    """Return a word as the style writes it; empty if nothing of it is left to see."""
    text = printable(text)
    if not is_visible(text):
        return ""
    bare = text.rstrip(look.drop) if look.drop else text
    initials = bare.split(".")
    if len(initials) > 1 and all(part.isalpha() and len(part) <= 2 for part in initials):
        bare += "."  # the period is part of U.S. and p.m.
    if look.uppercase:
        bare = to_upper_case(bare)
    return bare


def line_break(texts: Sequence[str], width: float, measure: Measure) -> tuple[int, ...] | None:
    """Return the words per line so that all fit `width`, evenly; None if two lines are too few."""
    if measure(join_words(texts)) <= width:
        return (len(texts),)
    best: tuple[float, int] | None = None
    for n in range(1, len(texts)):
        widest = max(measure(join_words(texts[:n])), measure(join_words(texts[n:])))
        uneven = widest + width * break_cost(texts[n - 1], texts[n])
        if widest <= width and (best is None or uneven < best[0]):
            best = (uneven, n)
    return None if best is None else (best[1], len(texts) - best[1])


def _ends(words: Sequence[Word], look: TextLook) -> list[str]:
    """Return "sentence", "clause" or "" for each shown word, before punctuation is dropped."""
    ends: list[str] = []
    for word in words:
        if not shown_text(word.text, look):
            if ends and (kind := _end(word.text)):
                ends[-1] = kind  # punctuation on its own belongs to the word before
            continue
        ends.append(_end(word.text))
    return ends


def _end(text: str) -> str:
    bare = text.rstrip().rstrip(CLOSING) or text
    if bare[-1:] in tuple(ENDS_SENTENCE):
        return "sentence"
    return "clause" if text.rstrip()[-1:] in tuple(ENDS_CLAUSE) else ""


def _phrases(words: list[Word], ends: list[str]) -> list[tuple[list[Word], list[str]]]:
    """Split words at pauses and sentence ends; return each phrase with the ends of its words."""
    phrases: list[tuple[list[Word], list[str]]] = []
    begin = 0
    for i in range(1, len(words) + 1):
        if (
            i == len(words)
            or (ends[i - 1] == "sentence" and _is_word(words[i].text))
            or words[i].start_s - words[i - 1].end_s >= MIN_PAUSE_S
        ):
            phrases.append((words[begin:i], ends[begin:i]))
            begin = i
    return [p for p in phrases if p[0]]


def _is_word(text: str) -> bool:
    """Whether the text has anything to speak; a lone emoji stays with the sentence before it."""
    return any(char.isalnum() for char in text)


def _partition(
    words: list[Word], ends: list[str], max_words: int, width: float, measure: Measure
) -> list[tuple[int, int]]:
    """Return (first, end) of a phrase's groups, chosen jointly so that the last is no leftover."""
    n = len(words)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * n
    for end in range(1, n + 1):
        count = 0.0
        for first in range(end - 1, -1, -1):
            count += word_equivalents(words[first].text)
            texts = [w.text for w in words[first:end]]
            if len(texts) > 1 and (
                count > max_words + 1e-9 or line_break(texts, width, measure) is None
            ):
                break
            cost = best[first][0] + _cost(words, ends, first, end, max_words)
            if cost < best[end][0]:
                best[end] = (cost, first)
    spans: list[tuple[int, int]] = []
    end = n
    while end > 0:
        spans.append((best[end][1], end))
        end = best[end][1]
    return spans[::-1]


def _cost(words: list[Word], ends: list[str], first: int, end: int, max_words: int) -> float:
    """Return how badly words first..end-1 read as a group; 0 is best."""
    count = sum(word_equivalents(word.text) for word in words[first:end])
    cost = 1.0 + 0.35 * max(0.0, max_words - count) ** 2 / max_words
    if any(ends[i] == "clause" for i in range(first, end - 1)):
        cost += 0.5  # a comma inside
    if count <= 1 and end - first < len(words):
        cost += 0.5
    if end < len(words):
        gap_s = words[end].start_s - words[end - 1].end_s
        cost -= min(0.8, 3.0 * max(0.0, gap_s))
        if ends[end - 1] == "clause":
            cost -= 0.6
        elif not separator(words[end - 1].text, words[end].text):
            cost += TEAR_COST * break_cost(words[end - 1].text, words[end].text)
        elif len(words[end - 1].text) <= MAX_LEANING_LETTERS:
            cost += 0.9  # "of", "the", "a" belong to the next word
    return cost


def _set_times(groups: list[Group]) -> tuple[Group, ...]:
    """Hold each group a moment, never into the next, and bridge gaps that would flicker."""
    out: list[Group] = []
    for n, g in enumerate(groups):
        end_s = g.end_s + HOLD_S
        if n + 1 < len(groups):
            following = groups[n + 1].start_s
            if following - end_s < MIN_GAP_S - HOLD_S:
                end_s = following
        out.append(replace(g, end_s=max(end_s, g.start_s)))
    return tuple(out)
