"""A taste reorders the moments of a talk; it moves no border, no score, and breaks no moment."""

from functools import cache

import numpy as np
import pytest
from real_models import text_models

from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options
from pipeline.core.taste import Taste, Traits
from pipeline.highlights import scoring, selection, sentence_features, taste
from pipeline.highlights.sentence_features import Features
from training import scripts
from training.scripts import Script

TALK = scripts.FOLDER / "test" / "en" / "founder-1.txt"  # nothing was trained on it


@cache
def read() -> tuple[Script, Features]:
    script = scripts.read(TALK)
    known = sentence_features.features(script.talk.sentences, text_models, None, "en")
    return script, known


def picks(count: int, weights: Traits | None = None) -> tuple[Highlight, ...]:
    script, known = read()
    return selection.weigh(
        script.talk,
        None,
        text_models,
        Options(clip_count=count),
        Control(),
        known=known,
        taste=None if weights is None else Taste(weights=weights),
    ).highlights


def spans(found: tuple[Highlight, ...]) -> set[tuple[int, int]]:
    return {(h.first_sentence, h.last_sentence) for h in found}


def test_no_preference_changes_nothing() -> None:
    assert picks(2, Traits()) == picks(2)
    assert picks(2, Traits(whole=9.0)) == picks(2)  # quality is no matter of taste


def test_a_kind_that_is_liked_comes_in_and_its_reason_says_so() -> None:
    usual = picks(2)
    kind = next(h.kind for h in picks(4) if h.kind not in [u.kind for u in usual])
    assert kind is not None
    [new] = [h for h in picks(2, Traits(**{kind: 1.0})) if h.kind == kind]
    assert new.reason.startswith("Like clips you kept")
    assert new.traits is not None
    assert getattr(new.traits, kind) > 1
    assert not any("you kept" in h.reason for h in usual)


def test_a_taste_moves_no_border_and_no_score() -> None:
    """With room for every moment, those that are picked are the same."""
    usual = {(h.first_sentence, h.last_sentence): h for h in picks(4)}
    for h in picks(4, Traits(confession=1.0)):
        same = usual.get((h.first_sentence, h.last_sentence))
        assert same is not None
        assert (h.virality_score, h.start_s, h.end_s) == (
            same.virality_score,
            same.start_s,
            same.end_s,
        )


@pytest.mark.parametrize("size", [-1e9, -3.0, 3.0, 1e9])
def test_the_strongest_taste_still_picks_whole_moments(size: float) -> None:
    script, known = read()
    found = scoring.candidates(script.talk.sentences, known, 15, 90)
    liked, _ = taste.apply(
        Taste(weights=Traits(joke=size, late=size)), found, script.talk.sentences, known
    )
    assert np.abs(liked.preference - found.preference).max() <= taste.MAX_GAIN + 1e-9
    assert np.array_equal(liked.worth, found.worth)
    chosen = picks(2, Traits(joke=size, late=size))
    assert all(h.confidence > 0.5 for h in chosen)


def test_the_gain_is_bounded_and_opposite_tastes_are_opposite() -> None:
    script, known = read()
    found = scoring.candidates(script.talk.sentences, known, 15, 90)
    one, two = (
        taste.apply(Taste(weights=Traits(late=w)), found, script.talk.sentences, known)[0]
        for w in (0.7, -0.7)
    )
    assert np.allclose(one.preference + two.preference, 2 * found.preference)
