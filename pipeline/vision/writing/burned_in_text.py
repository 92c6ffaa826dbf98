"""Finds writing that the source has burned in: captions, name plates, tickers, logos, clocks.

Overlaid letters stand still to the pixel, or scroll evenly, and their strokes are of two shades
with sharp edges: many steep steps up and down side by side in a row. A line is found where enough
such steps stay from one look to the next, and is followed until they go.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.data import Box, Region
from pipeline.media.frames import Picture
from pipeline.media.thumbnail_grid import Grid, Sampling
from pipeline.vision.writing.caption_sequences import captions_among, in_blocks
from pipeline.vision.writing.scrolling_text import Band, ScrollFinder
from pipeline.vision.writing.text_lines import Steps, lines, steps_of
from pipeline.vision.writing.text_tracks import LOOK_INTERVAL_S, Track, Tracks, cut_out

EARLY_S = 0.02  # by which a picture may come before the next look is due
MIN_LOOKS = 2  # in which a line's steps stood still
MARGIN_Y = 0.4  # above and below a line, in its heights: lone ascenders and marks do not count
MARGIN_X = 0.2  # beside it: outlines, and strokes too faint for a step
LATE_SHARE = 0.25  # delay of a region's beginning, share of the time between looks
MIN_CAPTION_SHARE = 0.25  # share of a clip's time


class TextFinder:
    """Examines four pictures a second."""

    def __init__(self, sampling: Sampling) -> None:
        """Take how the pictures are sampled; regions are reported in display pixels."""
        self._sampling = sampling
        self._times: list[float] = []
        self._before: Steps | None = None
        self._tracks = Tracks()
        self._scrolls: list[tuple[ScrollFinder, Grid]] = []
        self._regions: list[Region] | None = None  # None: to be made of the tracks

    def watch(
        self, pictures: Iterable[tuple[float, Picture]]
    ) -> Generator[tuple[float, Picture], None, None]:
        """Yield the same pictures, examining some of them; times ascend."""
        for t_s, picture in pictures:
            self.add(t_s, picture)
            yield t_s, picture

    def add(self, t_s: float, picture: Picture) -> None:
        """Take the next picture, RGB of any shape; times ascend."""
        if self._times and t_s - self._times[-1] < LOOK_INTERVAL_S - EARLY_S:
            return
        look = len(self._times)
        self._times.append(t_s)
        self._regions = None
        before, now = self._before, steps_of(picture)
        self._before = now
        if before is None or before.signs.shape != now.signs.shape:
            self._scrolls.append((ScrollFinder(), self._sampling.grid(*now.signs.shape)))
            self._tracks.interrupt()
            return
        still = now.signs * (now.signs == before.signs).view(np.int8)
        scrolls, grid = self._scrolls[-1]
        scrolls.add(look, before, now, still)
        self._tracks.follow(look, list(lines(still, now)), still, grid)

    def regions(self, start_s: float, end_s: float) -> tuple[Region, ...]:
        """Return the writing visible in [start_s, end_s), in display pixels, by start time.

        Times are clipped to that. Kind "caption": texts that replace each other in one place;
        "text": all other writing.
        """
        if not self._times:
            return ()
        first_s, last_s = self._times[0], self._times[-1]
        clipped = (
            replace(
                region,
                # what is there in the first or last picture is there before or after it
                start_s=start_s if region.start_s <= first_s else max(start_s, region.start_s),
                end_s=end_s if region.end_s >= last_s else min(end_s, region.end_s),
            )
            for region in self._found()
        )
        return tuple(region for region in clipped if region.start_s < region.end_s)

    def _found(self) -> list[Region]:
        """Return all regions up to the last look, by start time."""
        if self._regions is None:
            tracks = [track for track in self._all_tracks() if track.looks_like_text()]
            found = [(self._region(track), track) for track in tracks]
            scrolling = [
                self._ticker(band, grid)
                for finder, grid in self._scrolls
                for band in finder.bands()
            ]
            regions = [*self._with_kinds(found), *scrolling]
            self._regions = sorted(regions, key=lambda region: region.start_s)
        return self._regions

    def _with_kinds(self, found: Sequence[tuple[Region, Track]]) -> Iterator[Region]:
        """Yield captions, and other writing that was seen more than once."""
        captions = captions_among(found)
        yield from in_blocks([replace(found[n][0], kind="caption") for n in sorted(captions)])
        for n, (region, track) in enumerate(found):
            if n not in captions and len(track.seen) >= MIN_LOOKS:
                yield region

    def _all_tracks(self) -> list[Track]:
        """Return the lines that were followed; those of the only picture, if there is one."""
        if len(self._times) > 1 or self._before is None:
            return self._tracks.all
        signs, grid = self._before.signs, self._scrolls[-1][1]
        return [
            Track([line] * MIN_LOOKS, 1, 0, cut_out(signs, line), grid)
            for line in lines(signs, self._before)
        ]

    def _region(self, track: Track) -> Region:
        """Return where a line was at most of its looks, with room for what has no steps."""
        edges = np.array([(n.x0, n.y0, n.x1, n.y1) for n in track.seen], np.float64)
        x0, y0 = np.percentile(edges[:, :2], 20, axis=0)
        x1, y1 = np.percentile(edges[:, 2:], 80, axis=0)
        dx, dy = MARGIN_X * (y1 - y0), MARGIN_Y * (y1 - y0)
        box = self._box((x0 - dx, y0 - dy, x1 + dx, y1 + dy), track.grid)
        # its steps were there one look before they had stood still
        start_s, end_s = self._since(track.first - 1), self._until(track.last)
        return Region(kind="text", box=box, start_s=start_s, end_s=end_s)

    def _ticker(self, band: Band, grid: Grid) -> Region:
        """Return the rows of a band, as wide as it ever was."""
        top, bottom = float(np.median(band.tops)), float(np.median(band.bottoms))
        pad = MARGIN_Y * (bottom - top)
        edges = min(band.lefts) - pad, top - pad, max(band.rights) + pad, bottom + pad
        start_s, end_s = self._since(band.first - 1), self._until(band.last)
        return Region(kind="text", box=self._box(edges, grid), start_s=start_s, end_s=end_s)

    def _box(self, edges: tuple[float, ...], grid: Grid) -> Box:
        """Return a box in display pixels, inside the picture."""
        width, height = float(self._sampling.width), float(self._sampling.height)
        x0, x1 = (min(max(0.0, grid.x.to_display(float(edges[n]))), width) for n in (0, 2))
        y0, y1 = (min(max(0.0, grid.y.to_display(float(edges[n]))), height) for n in (1, 3))
        return Box(x=x0, y=y0, w=x1 - x0, h=y1 - y0)

    def _since(self, look: int) -> float:
        """Return about the earliest time at which what is first seen at a look may have appeared.

        That is too late by LATE_SHARE of the time between two looks at most.
        """
        now_s = self._times[look]
        if look == 0:
            return now_s
        before_s = max(self._times[look - 1], now_s - LOOK_INTERVAL_S)
        return before_s + LATE_SHARE * (now_s - before_s)

    def _until(self, look: int) -> float:
        """Return about the latest time at which what is last seen at a look may have gone."""
        if look + 1 == len(self._times):
            return self._times[look]
        after_s = self._times[look + 1]
        return after_s - LATE_SHARE * (after_s - self._times[look])


def has_captions(regions: Sequence[Region], start_s: float, end_s: float) -> bool:
    """Whether the source shows captions of its own for much of [start_s, end_s)."""
    spans = sorted(
        (max(start_s, region.start_s), min(end_s, region.end_s))
        for region in regions
        if region.kind == "caption" and region.start_s < end_s and region.end_s > start_s
    )
    covered, until_s = 0.0, start_s
    for a, b in spans:
        covered += max(0.0, b - max(a, until_s))
        until_s = max(until_s, b)
    return covered > MIN_CAPTION_SHARE * (end_s - start_s)
