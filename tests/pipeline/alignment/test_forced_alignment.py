"""Words that the caller knows better than the recognizer get the times at which they are said."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from project_paths import SAMPLE
from real_models import models, sample_heard, sound

from pipeline.alignment import forced_alignment, transcript_fitting, transcript_reader
from pipeline.alignment.transcript_fitting import Fitted
from pipeline.core.control import Check, unchecked
from pipeline.core.data import Span, Word
from pipeline.core.errors import Canceled

pytestmark = pytest.mark.xdist_group("recognition")

UNTIL_S = 40.0
BOUND = Span(start_s=0.0, end_s=UNTIL_S)


@pytest.fixture(scope="module")
def heard() -> tuple[Word, ...]:
    """The sample's first seconds as they are recognized; their times are the truth here."""
    return tuple(word for word in sample_heard().words if word.end_s <= UNTIL_S)


def misheard(words: tuple[Word, ...], every: int, length: int, *, missed: bool) -> Fitted:
    """The caller's words are the right ones; of `every` some `length` were heard as another.

    `missed`: they were not heard at all.
    """
    wrong = [
        replace(word, text="Schnickschnack") if i % every < length else word
        for i, word in enumerate(words)
        if not (missed and i % every < length)
    ]
    text = transcript_reader.read(" ".join(word.text for word in words))
    return transcript_fitting.fit_transcript(text, wrong, BOUND, part=False)


def retimed(fitted: Fitted, check: Check = unchecked) -> tuple[Word, ...]:
    return forced_alignment.align_words(
        fitted.words, fitted.unheard, sound(SAMPLE), model=models().whisper, code="en", check=check
    )


def off_s(words: tuple[Word, ...], truth: tuple[Word, ...], fitted: Fitted) -> list[float]:
    return [abs(words[i].start_s - truth[i].start_s) for i in fitted.unheard]


@pytest.mark.parametrize(("every", "length", "missed"), [(9, 2, True), (13, 4, False)])
def test_misheard_words_are_where_they_are_said(
    heard: tuple[Word, ...], every: int, length: int, missed: bool
) -> None:
    fitted = misheard(heard, every, length, missed=missed)
    assert len(fitted.unheard) >= len(heard) * length // every
    words = retimed(fitted)
    assert [word.text for word in words] == [word.text for word in heard]
    found, spread = off_s(words, heard, fitted), off_s(fitted.words, heard, fitted)
    assert np.median(found) <= 0.03
    assert np.percentile(found, 90) < min(0.12, float(np.percentile(spread, 90)))
    left = [i for i in range(len(heard)) if i not in fitted.unheard]
    assert [words[i] for i in left] == [fitted.words[i] for i in left]
    sure = [words[i].probability for i in fitted.unheard]
    assert np.median(sure) > 0.5  # they are what is said, and the recognizer says so


def test_words_that_nobody_says_stay_between_their_neighbors(heard: tuple[Word, ...]) -> None:
    texts = [word.text for word in heard]
    for at in (40, 20, 0):
        texts[at:at] = ["ultramarine", "<|endoftext|>", "🐝", "﷽", "wombats"]
    fitted = transcript_fitting.fit_transcript(
        transcript_reader.read(" ".join(texts)), heard, BOUND, part=False
    )
    words = retimed(fitted)
    assert [word.text for word in words] == texts
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(words))
    assert all(0 <= w.start_s <= w.end_s <= UNTIL_S for w in words)
    assert all(0 <= w.probability <= 1 for w in words)


def test_nothing_is_read_where_all_was_heard(heard: tuple[Word, ...]) -> None:
    def check() -> None:
        raise AssertionError("nothing had to be read")

    fitted = transcript_fitting.fit_transcript(
        transcript_reader.read(" ".join(w.text for w in heard)), heard, BOUND, part=False
    )
    assert fitted.unheard == ()
    assert retimed(fitted, check) == fitted.words


def test_a_minute_without_a_heard_word_keeps_its_estimates(heard: tuple[Word, ...]) -> None:
    unheard = tuple(range(5, len(heard) - 5))
    assert retimed(Fitted(words=heard, speakers=(), unheard=unheard)) == heard


def test_it_stops_when_canceled(heard: tuple[Word, ...]) -> None:
    def check() -> None:
        raise Canceled("Enough.")

    with pytest.raises(Canceled):
        retimed(misheard(heard, 13, 4, missed=False), check)
