"""A range of the source: only its seconds are listened to, and nothing is cut outside it."""

import argparse
from pathlib import Path

import pytest
from project_paths import SAMPLE
from real_models import models, sample_heard, sound

import pipeline
from pipeline.cli import arguments
from pipeline.core.control import Control
from pipeline.core.data import Options, Span, Talk
from pipeline.core.errors import RangeOutside, TooLong, TooShort
from pipeline.media import source_range
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

pytestmark = pytest.mark.xdist_group("recognition")

PART = Span(start_s=40.0, end_s=75.0)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    # Takes seconds: the only test here of the whole stage, with its own models and sound.
    return pipeline.listen(
        probe(SAMPLE),
        models=models(),
        options=Options(range=PART, language="en", clip_count=3),
        work_dir=tmp_path_factory.mktemp("range"),
        control=Control(),
    )


@pytest.mark.slow  # hears a part
def test_only_the_words_of_the_range_are_heard_and_all_of_them(talk: Talk) -> None:
    words = talk.transcript.words
    assert all(PART.start_s <= w.start_s <= w.end_s <= PART.end_s for w in words)
    told = [w for w in sample_heard().words if PART.start_s < w.start_s and w.end_s < PART.end_s]
    # with other batches, which depend on the cores, the last word that is cut is heard otherwise
    assert abs(len(words) - len(told)) <= 0.1 * len(told)
    same = {round(w.start_s, 1) for w in words} & {round(w.start_s, 1) for w in told}
    assert len(same) > 0.7 * len(told)


@pytest.mark.slow  # hears a part
def test_highlights_lie_wholly_inside_the_range(talk: Talk) -> None:
    assert talk.highlights
    for highlight in talk.highlights:
        assert PART.start_s <= highlight.start_s < highlight.end_s <= PART.end_s


def test_what_is_too_long_for_one_clip_is_refused_before_it_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_range, "LONGEST_WHOLE_S", 60.0)
    stages = list[str]()
    with pytest.raises(TooLong, match="Give a shorter range"):
        pipeline.listen(
            probe(SAMPLE),
            models=models(),
            options=Options(mode="whole", language="en"),
            work_dir=tmp_path,
            control=Control(progress=lambda stage, _: stages.append(stage)),
        )
    assert not stages


def test_sound_after_the_range_is_not_decoded(tmp_path: Path) -> None:
    source = probe(SAMPLE)
    part = load_audio(source, tmp_path, Control(), within=Span(start_s=0.0, end_s=20.0))
    assert 20.0 <= part.duration_s < 21.0
    assert (part.samples == sound(SAMPLE).samples[: len(part.samples)]).mean() > 0.99


def test_a_range_beyond_the_end_is_cut_there() -> None:
    assert source_range.resolve_range(60.0, Span(start_s=50.0, end_s=900.0)) == Span(
        start_s=50.0, end_s=60.0
    )


def test_a_range_after_the_end_is_refused_and_told_how_long_the_source_is() -> None:
    with pytest.raises(RangeOutside, match=r"60\.0 s long") as refused:
        source_range.resolve_range(60.0, Span(start_s=60.0, end_s=90.0))
    assert refused.value.reason == "range_outside"


def test_a_range_of_which_little_is_left_is_too_short() -> None:
    with pytest.raises(TooShort, match=r"3\.0 s"):
        source_range.resolve_range(60.0, Span(start_s=57.0, end_s=90.0))


def test_a_range_is_said_in_seconds_or_by_the_clock() -> None:
    assert arguments.span("90-300.5") == Span(start_s=90.0, end_s=300.5)
    assert arguments.span("1:30-1:05:00") == Span(start_s=90.0, end_s=3900.0)
    for wrong in ("90", "300-90", "a-b"):
        with pytest.raises(argparse.ArgumentTypeError):
            arguments.span(wrong)


def test_a_count_is_at_least_one() -> None:
    assert [arguments.count(text) for text in ("1", "12")] == [1, 12]
    for wrong in ("0", "-1", "1.5", "one", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="at least 1"):
            arguments.count(wrong)
