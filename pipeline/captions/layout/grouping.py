"""Decides which words are on screen together, and when.

A style is a file in `styles/`: fonts, colors and lengths, no code. Words become groups of at most
two lines that break where a speaker would; see `phrasing`. A group is shown from its first word's
onset until shortly after its last word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from pipeline.captions.layout.emphasis import key_words
from pipeline.captions.layout.phrasing import end_of, partition, phrases
from pipeline.captions.layout.text_shaping import mostly_right_to_left
from pipeline.captions.styles.style import Style, TextLook
from pipeline.core.data import Word
from pipeline.language.writing_systems import (
    break_cost,
    is_visible,
    join_words,
    printable,
    split_evenly,
    to_upper_case,
    word_equivalents,
)

HOLD_S = 0.30  # a group stays this long after its last word
MIN_GAP_S = 0.35  # shorter gaps between groups are bridged, because they would flicker
MAX_LONE_S = 1.9  # that a single word stays in the middle of a sentence
MAX_INITIAL_LETTERS = 2  # between the periods of an abbreviation: U.S., p.m., Ph.D.
MAX_WORD_WIDTHS = 2.0  # in text widths: a wider word is split, a narrower one shrunk to fit


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
    emoji: str = ""  # above the words
    speaker: int = 0  # number of who says the words, in the order of their first words
    right_to_left: bool = False  # direction of the lines, whatever words stand in them

    def spoken(self, t_s: float) -> int:
        """Return the index of the word spoken at `t_s`: the last one that has begun.

        Words may overlap, and one may even begin before the word that it follows.
        """
        begun = (n for n in range(len(self.words) - 1, 0, -1) if self.words[n].start_s <= t_s)
        return next(begun, 0)


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
    words: Sequence[Word],
    style: Style,
    *,
    width: float,
    measure: Measure,
    language: str = "",
    speakers: Sequence[int] = (),
    joints_s: Sequence[float] = (),
) -> tuple[Group, ...]:
    """Split `words` into groups that fit `width` pixels in at most two lines, in order.

    A single word wider than `width` is a group of its own, which drawing shrinks. `language` (ISO
    639-1) tells which words belong together; `speakers` is who says each word, by default one.
    `joints_s`: when another moment begins.
    """
    if not style.draw:
        return ()
    voices = speakers or (0,) * len(words)
    texts = [shown_text(word.text, style.text, language) for word in words]
    shown = [replace(w, text=text) for w, text in zip(words, texts, strict=True) if text]
    said_by = [voice for voice, text in zip(voices, texts, strict=True) if text]

    def fits(texts: list[str]) -> bool:
        return line_break(texts, width, measure) is not None

    backwards = mostly_right_to_left(word.text for word in shown)
    groups: list[Group] = []
    whole: list[bool] = []  # whether the group ends a sentence
    for phrase in phrases(shown, _ends(words, style.text), said_by, language, joints_s=joints_s):
        for first, last in partition(phrase, style.text.max_words, fits):
            part = phrase.words[first:last]
            groups.append(
                Group(
                    words=part,
                    lines=line_break([w.text for w in part], width, measure) or (len(part),),
                    start_s=part[0].start_s,
                    end_s=max(part[-1].end_s, part[-1].start_s),
                    speaker=phrase.speaker,
                    right_to_left=backwards,
                )
            )
            whole.append(phrase.ends[last - 1] == "sentence")
    return _set_times(groups, whole)


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


def shown_text(text: str, look: TextLook, language: str = "") -> str:
    """Return a word as the style writes it; empty if nothing of it is left to see.

    `language` (ISO 639-1) has capitals of its own in Turkish.
    """
    text = printable(text)
    if not is_visible(text):
        return ""
    bare = text.rstrip(look.drop) if look.drop else text
    if text.startswith(f"{bare}.") and _is_initials(bare):
        bare += "."
    if look.uppercase:
        bare = to_upper_case(bare, language)
    return bare


def _is_initials(text: str) -> bool:
    """Whether a last period belongs to the text, as to U.S and p.m."""
    parts = text.split(".")
    return len(parts) > 1 and all(p.isalpha() and len(p) <= MAX_INITIAL_LETTERS for p in parts)


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
            if ends and (kind := end_of(word.text)):
                ends[-1] = kind  # punctuation on its own belongs to the word before
            continue
        ends.append(end_of(word.text))
    return ends


def _set_times(groups: list[Group], whole: list[bool]) -> tuple[Group, ...]:
    """Hold each group a moment, never into the next, and bridge gaps that would flicker.

    `whole`: whether each ends a sentence; otherwise a single word does not stay for long.
    """
    out: list[Group] = []
    for n, g in enumerate(groups):
        end_s = g.end_s + HOLD_S
        if n + 1 < len(groups):
            following = groups[n + 1].start_s
            if following - end_s < MIN_GAP_S - HOLD_S:
                end_s = following
        goes_on = not whole[n] and n + 1 < len(groups)
        if goes_on and sum(word_equivalents(word.text) for word in g.words) <= 1:
            end_s = min(end_s, g.start_s + MAX_LONE_S)
        out.append(replace(g, end_s=max(end_s, g.start_s)))
    return tuple(out)
