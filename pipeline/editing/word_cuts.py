"""Places the cuts that somebody makes in a clip: between two words, with a breath beside each.

A cut takes the words whose middles lie in it. Of the pause on either side of them a breath stays,
so that what was said before and after does not run together.
"""

from bisect import bisect_left
from collections.abc import Sequence

from pipeline.core.data import Span, Word
from pipeline.editing.clip_edit import middle_s

BREATH_S = 0.2  # longest pause that stays on each side of words that are cut
MIN_PAUSE_S = 0.15  # shortest cut that takes no word


def place(cuts: Sequence[Span], words: Sequence[Word], within: Span) -> tuple[Span, ...]:
    """Return the cuts between the words that stay, ascending and apart; seconds of the source.

    `words` are those spoken in the clip, in order; `within` is its span. Cuts without a word
    between them are one. A cut that takes no word and is shorter than MIN_PAUSE_S is dropped.
    """
    middles = [middle_s(word) for word in words]
    placed: list[Span] = []
    for cut in _joined(cuts, middles, within):
        first, behind = bisect_left(middles, cut.start_s), bisect_left(middles, cut.end_s)
        before_s = words[first - 1].end_s if first else within.start_s
        after_s = words[behind].start_s if behind < len(words) else within.end_s
        start_s, end_s = max(cut.start_s, before_s), min(cut.end_s, after_s)
        if first < behind:
            breath_s = BREATH_S if first else 0.0
            start_s = min(start_s, before_s + breath_s, max(before_s, words[first].start_s))
            breath_s = BREATH_S if behind < len(words) else 0.0
            end_s = max(end_s, after_s - breath_s, min(after_s, words[behind - 1].end_s))
        if end_s - start_s >= MIN_PAUSE_S or (first < behind and end_s > start_s):
            placed.append(Span(start_s=start_s, end_s=end_s))
    return tuple(placed)


def place_parts(parts: Sequence[Span], words: Sequence[Word], within: Span) -> tuple[Span, ...]:
    """Return parts of a clip, in their order, with borders between the words; source seconds.

    `words` and `within` as in `place`. A border beside a word leaves it a breath, or half of a
    shorter pause; parts that touch still do. A part that holds the middle of no word is dropped.
    """
    middles = [middle_s(word) for word in words]
    placed: list[Span] = []
    for part in parts:
        first, behind = bisect_left(middles, part.start_s), bisect_left(middles, part.end_s)
        if first == behind:
            continue
        start_s = _border(part.start_s, first, words, within)
        placed.append(Span(start_s=start_s, end_s=_border(part.end_s, behind, words, within)))
    return tuple(placed)


def _border(t_s: float, number: int, words: Sequence[Word], within: Span) -> float:
    """Return the time nearest to `t_s` at which a part may end before the word of this number."""
    if number == 0:
        latest_s = max(within.start_s, words[0].start_s - BREATH_S)
        return within.start_s if t_s - within.start_s < MIN_PAUSE_S else min(t_s, latest_s)
    before_s = words[number - 1].end_s
    if number == len(words):
        earliest_s = min(within.end_s, before_s + BREATH_S)
        return within.end_s if within.end_s - t_s < MIN_PAUSE_S else max(t_s, earliest_s)
    after_s = words[number].start_s
    middle_of_pause_s = (before_s + after_s) / 2
    earliest_s = min(before_s + BREATH_S, middle_of_pause_s)
    return min(max(t_s, earliest_s), max(after_s - BREATH_S, middle_of_pause_s))


def _joined(cuts: Sequence[Span], middles: Sequence[float], within: Span) -> list[Span]:
    """Return the cuts within the clip, those that have no word between them as one."""
    joined: list[Span] = []
    for cut in sorted(cuts, key=lambda cut: cut.start_s):
        start_s, end_s = max(cut.start_s, within.start_s), min(cut.end_s, within.end_s)
        if start_s >= end_s:
            continue
        if joined and bisect_left(middles, joined[-1].end_s) >= bisect_left(middles, start_s):
            last = joined.pop()
            start_s, end_s = last.start_s, max(last.end_s, end_s)
        joined.append(Span(start_s=start_s, end_s=end_s))
    return joined
