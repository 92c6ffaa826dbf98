"""Where the pixels of thumbnails are in the pictures that they were made of."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from films import speech_like, write_film

from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.media.frames import thumbnails
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import Axis, Sampling, sampling_of

EDGES = (120, 360, 600, 840, 1160)  # columns of the stored picture, dark and light in turn
WIDTH, HEIGHT = 1280, 320


def edges_in(row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    """Return the positions at which a row of gray levels crosses the middle."""
    middle = (row.max() + row.min()) / 2
    return [
        n + 0.5 + (middle - a) / (b - a)
        for n, (a, b) in enumerate(pairwise(row.tolist()))
        if (a < middle) != (b < middle)
    ]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_an_edge_is_where_it_is_in_the_source(tmp_path: Path, rotation: int) -> None:
    columns = np.arange(WIDTH) + 0.5
    light = sum((-1) ** n * np.clip((columns - x) / 24 + 0.5, 0, 1) for n, x in enumerate(EDGES))
    picture = np.broadcast_to(40 + 180 * light[None, :, None], (HEIGHT, WIDTH, 3)).astype(np.uint8)
    path = write_film(tmp_path / "f.mp4", [picture] * 25, sound=speech_like(1.0), rotation=rotation)
    source = probe(path, min_duration_s=0.0)
    assert source.video is not None
    _, small = next(thumbnails(source, Span(start_s=0.0, end_s=1.0), control=Control()))
    grid = sampling_of(source.video).grid(*small.shape[:2])
    lies = source.video.rotation in (0, 180)
    axis, row = (grid.x, small.mean(axis=(0, 2))) if lies else (grid.y, small.mean(axis=(1, 2)))
    is_turned_around = source.video.rotation in (180, 270)
    expected = sorted(WIDTH - x for x in EDGES) if is_turned_around else list(EDGES)
    found = [axis.to_display(position) for position in edges_in(row)]
    assert found == pytest.approx(expected, abs=1.2)


def test_both_directions_are_inverse() -> None:
    axis = Axis(scale=4.02, offset=-6.4)
    assert axis.to_small(axis.to_display(33.3)) == pytest.approx(33.3)


def test_a_source_as_small_as_its_thumbnail_is_not_moved() -> None:
    grid = Sampling(width=320, height=180, rotation=180, is_spread=True).grid(180, 320)
    assert grid.x == grid.y == Axis(scale=1.0)
    assert Sampling(width=2, height=2, is_spread=True).grid(2, 2).x == Axis(scale=1.0)
