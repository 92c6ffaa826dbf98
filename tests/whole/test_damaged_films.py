"""Damaged films of each format go the whole way, and end as clips or as errors that say so."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from films import plain, speech_like, write_film

from pipeline.core.control import Control
from pipeline.core.data import Options, Sentence, Source, Span, Word
from pipeline.core.errors import PipelineError
from pipeline.framing import crop_planning
from pipeline.media.first_look import probe_apart
from pipeline.media.speech_audio import load_audio
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip
from pipeline.vision import shot_scan
from pipeline.vision.lip_motion import lip_motion

FORMATS = ("mp4", "mov", "mkv", "ts", "avi")
CLIP_S = 0.5  # rendered of each film
Damage = Callable[[bytearray, random.Random], None]


def bytes_anywhere(film: bytearray, chosen: random.Random) -> None:
    for _ in range(32):
        film[chosen.randrange(len(film))] = chosen.randrange(256)


def noise_in_the_middle(film: bytearray, chosen: random.Random) -> None:
    middle, length = len(film) // 2, len(film) // 20
    film[middle : middle + length] = chosen.randbytes(length)


def cut_short(film: bytearray, chosen: random.Random) -> None:
    del film[chosen.randrange(len(film) // 2, len(film)) :]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small film in each format."""
    rng = np.random.default_rng(0)
    pictures = [plain((int(rng.integers(255)), 90, n)) for n in range(60)]
    folder, sound = tmp_path_factory.mktemp("films"), speech_like(6.0)
    return {
        kind: write_film(folder / f"a.{kind}", pictures, fps=10, sound=sound).read_bytes()
        for kind in FORMATS
    }


@pytest.mark.parametrize("damage", [bytes_anywhere, noise_in_the_middle, cut_short])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_film_is_a_clip_or_an_error_that_says_so(
    films: dict[str, bytes], kind: str, damage: Damage, tmp_path: Path
) -> None:
    film, path = bytearray(films[kind]), tmp_path / f"damaged.{kind}"
    damage(film, random.Random(kind))
    path.write_bytes(film)
    assert end_of(path, tmp_path).endswith(".")


def end_of(path: Path, folder: Path) -> str:
    """What a user is told of a film."""
    try:
        source = probe_apart(path)
        load_audio(source, folder, Control())
        if source.video is not None:
            render(source, folder / "clip")
    except PipelineError as error:
        return str(error)
    return "Here is a clip."


def render(source: Source, stem: Path) -> None:
    """Make a clip of the beginning, without a model of speech."""
    span = Span(start_s=0.0, end_s=min(CLIP_S, source.duration_s))
    word = Word(text="Words.", start_s=0.1, end_s=0.4, probability=1.0)
    spoken = (Sentence(text="Words.", start_s=0.1, end_s=0.4, first_word=0, last_word=0),)
    options = Options(quality="fast", hook_title=True)
    shots = shot_scan.look(source, span, control=Control(), listener=lip_motion, sentences=spoken)
    plan = ClipPlan(
        source=source,
        span=span,
        words=(word,),
        path=crop_planning.plan(source, span, shots, options),
        style="karaoke",
        options=options,
        title="A title",
        language="en",
        shots=shots,
    )
    render_clip(plan, stem=stem, control=Control())
