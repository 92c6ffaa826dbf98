"""The caption over the picture at each moment of a clip: grouped, placed, drawn once, reused."""

from collections.abc import Sequence

from pipeline.captions import emphasised, group, load_style
from pipeline.data import Span, Word
from pipeline.overlay import Stamp, prepare
from pipeline.place import Places
from pipeline.typeset import Typesetter


class Captions:
    """Captions of one clip."""

    def __init__(
        self,
        words: Sequence[Word],
        *,
        span: Span,
        size: tuple[int, int],
        style: str,
        places: Places,
        emphasis_in: str | None = None,
    ) -> None:
        """Of the words on the source timeline, those said within `span` are shown.

        `size` is the picture's width and height. Key words stand out where `emphasis_in` names
        the language (ISO 639-1) that is spoken.
        """
        look = load_style(style)
        said = [w for w in words if span.start_s <= (w.start_s + w.end_s) / 2 < span.end_s]
        self._typesetter = Typesetter(look, *size)
        self._groups = group(
            said, look, width=self._typesetter.text_width, measure=self._typesetter.measure
        )
        if emphasis_in is not None:
            self._groups = emphasised(self._groups, said, look, emphasis_in)
        # one height for all: a short line must not stand elsewhere than a long one
        self._tallest = max(map(self._typesetter.block_height, self._groups), default=0.0)
        self._places = places
        self._n = 0
        self._drawn: tuple[int, tuple[Stamp, ...]] | None = None

    def at(self, t_s: float) -> Stamp | None:
        """What lies over the picture at `t_s` of the source timeline; moments ascend."""
        while self._n < len(self._groups) and t_s >= self._groups[self._n].end_s:
            self._n += 1
        if self._n == len(self._groups) or t_s < self._groups[self._n].start_s:
            return None
        now = self._groups[self._n]
        if self._drawn is None or self._drawn[0] != self._n:
            centre = self._places.centre(now.start_s, now.end_s, self._tallest)
            tiles = self._typesetter.draw(now, centre)
            self._drawn = self._n, tuple(prepare(tile) for tile in tiles)
        return self._drawn[1][now.spoken(t_s)]
