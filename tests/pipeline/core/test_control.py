"""What takes long looks for a cancel on its way, not only before and after."""

import threading
from pathlib import Path

import numpy as np
import pytest
import talks
from project_paths import SAMPLE
from real_models import models

import pipeline
from pipeline.alignment import transcript_fitting, transcript_reader
from pipeline.core.control import Control
from pipeline.core.data import Options, Span, Talk
from pipeline.core.errors import Canceled
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip


class Countdown:
    """A check that stops once it has been made so many times."""

    def __init__(self, looks: int) -> None:
        self.looks = 0
        self._allowed = looks

    def __call__(self) -> None:
        self.looks += 1
        if self.looks > self._allowed:
            raise Canceled


class Quiet(threading.Event):
    """Set after so many looks without a report, from the first report on."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._patience, self._looks = looks, 0
        self._told = False

    def tell(self, _stage: str, _done: float) -> None:
        """A report."""
        self._told, self._looks = True, 0

    def is_set(self) -> bool:
        self._looks += self._told
        return self._looks > self._patience


def talk_of(sentences: int) -> Talk:
    said = [(f"Loaf number {n} wants flour, water, salt and time.", None) for n in range(sentences)]
    return Talk(source=probe(SAMPLE), transcript=talks.transcript(said), highlights=())


@pytest.mark.slow  # encodes a film
def test_the_pictures_that_an_encoder_holds_back_are_not_waited_for(tmp_path: Path) -> None:
    options = Options(quality="balanced", clean_video=True)
    source, span = probe(SAMPLE), Span(start_s=1.0, end_s=3.0)
    quiet = Quiet(looks=14)  # more than there are for one picture
    told: list[float] = []

    def progress(stage: str, done: float) -> None:
        quiet.tell(stage, done)
        told.append(done)

    with pytest.raises(Canceled):
        render_clip(
            ClipPlan(
                source=source,
                span=span,
                words=(),
                path=plan(source, span, (), options),
                style="none",
                options=options,
            ),
            stem=tmp_path / "c",
            control=Control(progress=progress, cancel=quiet),
        )
    assert 0.95 < told[-1] < 1.0  # every picture was in
    assert list(tmp_path.iterdir()) == []


def test_the_texts_of_a_long_talk_are_not_waited_for() -> None:
    class Second(threading.Event):
        looks = 0

        def is_set(self) -> bool:
            self.looks += 1
            return self.looks > 2  # before the first sentences and after the last

    with pytest.raises(Canceled):
        pipeline.write_texts(
            talk_of(300), models=models(), options=Options(), control=Control(cancel=Second())
        )


@pytest.mark.slow  # runs a large network
@pytest.mark.xdist_group("recognition")
def test_a_large_network_stops_between_its_layers() -> None:
    model = models().whisper
    mel = model.log_mel(np.zeros((1, 480_000), np.float32))
    every = Countdown(1000)
    states = model.encode(mel, every)
    assert every.looks >= 6
    stop = Countdown(2)
    with pytest.raises(Canceled):
        model.encode(mel, stop)
    again = model.encode(mel)
    assert stop.looks == 3  # it hears nothing of what comes later
    np.testing.assert_array_equal(again.float().cpu(), states.float().cpu())


def test_fitting_hours_of_words_stops_on_the_way() -> None:
    talk = talk_of(2000)
    heard = talk.transcript.words
    wanted = transcript_reader.read(" ".join(word.text for word in heard))
    bound = Span(start_s=0.0, end_s=talk.transcript.duration_s)
    every = Countdown(10**9)
    transcript_fitting.fit_transcript(wanted, heard, bound, part=False, check=every)
    assert every.looks > 3
    stop = Countdown(every.looks - 2)
    with pytest.raises(Canceled):
        transcript_fitting.fit_transcript(wanted, heard, bound, part=False, check=stop)
