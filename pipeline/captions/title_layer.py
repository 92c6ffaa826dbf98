"""Draws the clip's title over its first seconds: on a plate, high in the picture, off the faces."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from pipeline.captions.drawing.blending import Stamp, fade_stamp, prepare
from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.grouping import MAX_WORD_WIDTHS, Group, Measure
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_placement import Places
from pipeline.captions.layout.text_shaping import mostly_right_to_left
from pipeline.captions.styles.style import Colours, Plate, Style, load_style
from pipeline.core.data import Word
from pipeline.language.writing_systems import (
    LETTER,
    break_cost,
    is_visible,
    join_words,
    printable,
    separator,
    split_evenly,
    to_upper_case,
)

TITLE_DURATION_S = 3.0
FADE_S = 0.2  # at the end only; the first picture must already show the title
TEXT_SIZE = 0.058  # share of the picture's shorter side
MAX_LINES = 3
MAX_REPEATED = 0.7  # share of a title's words that captions may show at the same time
MAX_CENTER_HEIGHT = 0.62  # lowest middle of the title, from the top, share of the height
CENTER_STEP = 0.02  # between the candidate positions, share of the height
FILLED_LINES = 1.1  # room in lines, of the width of the whole: no line can be filled to its end
WIDTH_FACTOR = 0.95  # from one width to the next when searching for lines of even length
PLATE = Plate(colour="#FFFFFFF0", padding=0.34, radius=0.28)
LETTER_COLORS = Colours(text="#101014", spoken="#101014")


class Headline:
    """The title of one clip."""

    def __init__(
        self,
        title: str,
        *,
        style: str | Style,
        size: tuple[int, int],
        shown: tuple[float, float],
        places: Places,
        safe: SafeArea | None = None,
        language: str = "",
    ) -> None:
        """Place the title in the style's letters; later text keeps off its place.

        `size` is the picture's width and height, `shown` the start and end time, `language` that
        of the title (ISO 639-1). Raises UnknownStyle.
        """
        self._start_s, self._end_s = shown
        typesetter = Typesetter(_look(load_style(style)), *size, safe, language=language)
        lines = wrap(
            styled_case(title, typesetter.style, language),
            typesetter.text_width,
            typesetter.measure,
        )
        self._stamps: list[tuple[float, Stamp]] = []  # with their end times
        self.covered = 0.0  # share of faces and writing at its worst place, as in Spot
        if not lines:
            return
        group = block_of(lines)
        height = typesetter.block_height(group)
        heights = _heights(typesetter.safe, height, size[1])
        for spot in places.spots(self._start_s, self._end_s, height, at=heights):
            tile = typesetter.draw_pose(group, spot.center)
            self.covered = max(self.covered, spot.covered)
            places.take(spot.start_s, spot.end_s, tile.y, tile.y + tile.rgba.shape[0])
            self._stamps.append((spot.end_s, prepare(tile)))

    def at(self, t_s: float) -> Stamp | None:
        """Return the stamp over the picture at `t_s`, on the clock of `shown`."""
        stamp = next((s for until_s, s in self._stamps if t_s < until_s), None)
        if stamp is None or t_s < self._start_s:
            return None
        left_s = self._end_s - t_s
        return stamp if left_s >= FADE_S else fade_stamp(stamp, left_s / FADE_S)


def block_of(lines: Sequence[str]) -> Group:
    """Return lines, at least one, as a group out of time: each line as one word."""
    return Group(
        words=tuple(Word(text=t, start_s=0.0, end_s=0.0, probability=1.0) for t in lines),
        lines=(1,) * len(lines),
        start_s=0.0,
        end_s=0.0,
        right_to_left=mostly_right_to_left(" ".join(lines).split()),
    )


def adds_to_speech(title: str, words: Sequence[Word], until_s: float) -> bool:
    """Whether a title says anything that the first captions, until `until_s`, do not say as well.

    A title of numbers alone, such as a range of times, says nothing.
    """
    wanted = _bare_words(title)
    said = {bare for w in words if w.start_s < until_s for bare in _bare_words(w.text)}
    repeated = sum(word in said for word in wanted)
    return any(map(str.isalpha, title)) and repeated < MAX_REPEATED * len(wanted)


def _bare_words(text: str) -> list[str]:
    """Return words without marks, or letters in scripts without spaces, in one case."""
    bare = ("".join(filter(str.isalnum, unit)).casefold() for unit in _units(printable(text)))
    return [word for word in bare if word]


def wrap(title: str, width: float, measure: Measure, *, max_lines: int = MAX_LINES) -> list[str]:
    """Wrap the title into as few lines as fit `width`, about evenly long; `max_lines` at most.

    One line more is better than a phrase of a script without spaces that is torn. Lines that are
    still too long are left for the caller to shrink. Nothing is left of a title that draws nothing.
    """
    units = _units(printable(title))
    whole = measure(join_words(units))
    if not is_visible(title) or not 0 < whole < math.inf:
        return []
    if whole <= width:
        return [join_words(units)]
    lines = _wrap_units(units, width, measure, max_lines)
    phrases = _phrases(units)
    if len(phrases) < len(units) and max(map(measure, phrases)) <= width:
        untorn = _wrap_units(phrases, width, measure, max_lines)
        if len(untorn) <= len(lines) + 1 and max(map(measure, untorn)) <= width:
            return untorn
    return lines


def tears_phrase(lines: Sequence[str], width: float, measure: Measure) -> bool:
    """Whether a phrase of a script without spaces is torn although all fit lines of `width`."""
    phrases = _phrases([unit for line in lines for unit in _units(line)])
    line_ends = set(accumulate(len("".join(line.split())) for line in lines))
    whole = line_ends <= set(accumulate(map(len, phrases)))
    return not whole and max(map(measure, phrases)) <= width


def _wrap_units(units: Sequence[str], width: float, measure: Measure, max_lines: int) -> list[str]:
    """Wrap units that are together wider than `width`."""
    whole = measure(join_words(units))
    room = max(width, FILLED_LINES * whole / max_lines)
    units = [part for unit in units for part in split_evenly(unit, MAX_WORD_WIDTHS * room, measure)]
    lines = _fill_lines(units, room, measure)
    while len(lines) > max_lines and room < whole:
        room /= WIDTH_FACTOR
        lines = _fill_lines(units, room, measure)
    if len(lines) > max_lines:  # a measure by which the whole is narrower than its parts
        return [join_words(units)]
    while room > whole / (2 * max_lines):  # a narrower room cannot hold it in as many lines
        room *= WIDTH_FACTOR
        even = _fill_lines(units, room, measure)
        if len(even) != len(lines) or max(map(measure, even)) > room:  # one word is wider
            break
        lines = even
    return lines


def _fill_lines(units: Sequence[str], room: float, measure: Measure) -> list[str]:
    """Fill lines with as many units as fit."""
    lines: list[list[str]] = [[units[0]]]
    for unit in units[1:]:
        if measure(join_words([*lines[-1], unit])) <= room:
            lines[-1].append(unit)
        else:
            lines.append([unit])
    return [join_words(line) for line in lines]


def _units(title: str) -> list[str]:
    """Split the title into unbreakable units: words, or letters in scripts without spaces.

    A letter keeps its marks, and those that may not stand at the end or the start of a line.
    """
    units: list[str] = []
    for word in title.split():
        first, *others = LETTER.findall(word)
        units.append(first)
        for before, after in pairwise([first, *others]):
            if not separator(before, after) and break_cost(before, after) < 1.0:
                units.append(after)
            else:
                units[-1] += after
    return units


def _phrases(units: Sequence[str]) -> list[str]:
    """Join units between which a break tears a phrase; in Japanese, phrases end in hiragana."""
    phrases = [units[0]]
    for before, after in pairwise(units):
        if separator(before, after) or not break_cost(before, after):
            phrases.append(after)
        else:
            phrases[-1] += after
    return phrases


def _look(style: Style) -> Style:
    """Return the style's letters, dark on a light plate: readable on any picture."""
    text = replace(style.text, size=TEXT_SIZE, drop="")
    return Style(name=style.name, text=text, colour=LETTER_COLORS, box=PLATE)


def styled_case(title: str, style: Style, language: str = "") -> str:
    """Return the title in capitals if the style is; `language` (ISO 639-1) as in captions."""
    if not style.text.uppercase:
        return title
    return " ".join(to_upper_case(word, language) for word in title.split())


def _heights(safe: SafeArea, height: float, of: int) -> list[float]:
    """Return the candidate centers of the title as shares of the height, the highest first."""
    top = (safe.top + height / 2) / of
    count = max(1, int((MAX_CENTER_HEIGHT - top) / CENTER_STEP) + 1)
    return [top + n * CENTER_STEP for n in range(count)]
