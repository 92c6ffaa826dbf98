"""Trims from a clip's ends what would flash: a few pictures of the shot before, or of the next.

Editors cut in pauses, where clips begin and end, too. A clip that begins with the end of another
shot does not begin with what its thumbnail shows, and jumps before the first word is said.
"""

from collections.abc import Sequence

from pipeline.core.data import Shot, Span, Word

MAX_FLASH_S = 0.4  # longest shot that is a mere flash at an end of a clip
ONSET_ROOM_S = 0.03  # sound kept before the first word
RELEASE_ROOM_S = 0.1  # sound kept after the last word, which fades later than its recognized end


def trim_flashes(span: Span, shots: Sequence[Shot], words: Sequence[Word]) -> Span:
    """Return `span` without flashes at its ends; as long as it was if that would cut a word.

    `shots` cover the span, `words` are spoken in it; all times are on the source timeline.
    """
    if not words:
        return span
    cuts_s = [shot.start_s for shot in shots[1:] if span.start_s < shot.start_s < span.end_s]
    first_s = min(span.start_s + MAX_FLASH_S, words[0].start_s - ONSET_ROOM_S)
    last_s = max(span.end_s - MAX_FLASH_S, max(w.end_s for w in words) + RELEASE_ROOM_S)
    return Span(
        start_s=max((cut_s for cut_s in cuts_s if cut_s <= first_s), default=span.start_s),
        end_s=min((cut_s for cut_s in cuts_s if cut_s >= last_s), default=span.end_s),
    )


def shots_within(span: Span, shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """Return the shots that are seen in `span`, whose ends lie on their borders."""
    return tuple(s for s in shots if s.start_s < span.end_s and s.end_s > span.start_s)
