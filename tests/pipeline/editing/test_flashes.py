"""A clip neither begins nor ends with a few pictures of another shot, and loses no word for it."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from films import frames_of, plain, speech_like, write_film
from rendered_clips import rendered

from pipeline.core.control import Control
from pipeline.core.data import Options, Shot, Span, Word
from pipeline.editing.flashes import shots_within, trim_flashes
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe
from pipeline.vision.shot_scan import look

CLIP = Span(start_s=10.0, end_s=20.0)
WORDS = [
    Word(text=text, start_s=at, end_s=at + 0.4, probability=1.0)
    for text, at in (("We", 10.12), ("begin.", 15.0), ("End.", 19.35))
]


def shots(*cuts_s: float) -> list[Shot]:
    edges = [CLIP.start_s, *cuts_s, CLIP.end_s]
    return [Shot(start_s=a, end_s=b) for a, b in pairwise(edges)]


@pytest.mark.parametrize(
    ("cuts_s", "kept"),
    [
        ((), (10.0, 20.0)),
        ((15.0,), (10.0, 20.0)),  # in the middle
        ((10.04,), (10.04, 20.0)),
        ((10.02, 10.08, 14.0), (10.08, 20.0)),
        ((10.2,), (10.0, 20.0)),  # in the first word
        ((19.9,), (10.0, 19.9)),
        ((19.88, 19.96), (10.0, 19.88)),
        ((19.8,), (10.0, 20.0)),  # before the last word has faded
        ((10.04, 19.9), (10.04, 19.9)),
    ],
)
def test_only_flashes_go(cuts_s: tuple[float, ...], kept: tuple[float, float]) -> None:
    span = trim_flashes(CLIP, shots(*cuts_s), WORDS)
    assert (span.start_s, span.end_s) == kept
    seen = shots_within(span, shots(*cuts_s))
    assert (seen[0].start_s, seen[-1].end_s) == kept


def test_a_shot_that_is_long_enough_to_be_seen_stays() -> None:
    late = [Word(text="Well.", start_s=12.0, end_s=13.0, probability=1.0)]
    assert trim_flashes(CLIP, shots(10.6, 19.4), late) == CLIP
    assert trim_flashes(CLIP, shots(10.3), late).start_s == 10.3
    assert trim_flashes(CLIP, shots(10.04), []) == CLIP


def test_a_clip_of_a_film_begins_with_its_own_shot(tmp_path: Path) -> None:
    dark, light = plain((40, 60, 90)), plain((200, 170, 150))
    pictures = [dark] * 25 + [light] * 50 + [dark] * 25
    film = write_film(tmp_path / "f.mp4", pictures, sound=speech_like(4.0))
    source, whole = probe(film, min_duration_s=1.0), Span(start_s=1 - 0.1, end_s=3 + 0.2)
    words = [Word(text="here", start_s=1.05, end_s=2.8, probability=1.0)]
    found = look(source, whole, control=Control())
    span = trim_flashes(whole, found, words)
    options = Options(quality="fast", caption_style="none")
    path = plan(source, span, shots_within(span, found), options)
    clip = rendered(
        film,
        tmp_path / "c",
        start_s=span.start_s,
        end_s=span.end_s,
        words=words,
        crop_path=replace(path, width=180, height=320),
    )
    seen = [float(np.mean(picture)) for _, picture in frames_of(clip.path)]
    assert min(seen) > 0.9 * max(seen)
    assert clip.duration_s == pytest.approx(2.0, abs=0.1)
