"""Whole moments: where they begin and end, in any language, whatever else the talk has."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_models import find_moments, text_models

from pipeline.analysis import moments
from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.highlights import scoring, selection
from training import scripts
from training.readings import Graded, Moment, Reading, with_picks
from training.scripts import Script

TALK = "founder-1"  # held out of training


def script(language: str) -> Script:
    return scripts.read(scripts.FOLDER / "test" / language / f"{TALK}.txt")


def found(written: Script) -> list[bool]:
    """Whether each planted moment is one of as many picks and one more, and by most of it."""
    options = Options(clip_count=len(written.moments) + 1)
    picks = selection.choose(written.talk, None, text_models, options, Control())
    return [
        any(
            min(p.last_sentence, m.last) - max(p.first_sentence, m.first) + 1
            >= 0.8 * (max(p.last_sentence, m.last) - min(p.first_sentence, m.first) + 1)
            for p in picks
        )
        for m in written.moments
    ]


@pytest.mark.parametrize(
    "language",
    [
        "en",
        *(pytest.param(code, marks=pytest.mark.slow) for code in ("de", "es", "fr", "it", "ru")),
        pytest.param(
            "pt",
            marks=[
                pytest.mark.slow,
                pytest.mark.xfail(strict=True, reason="found .69: docs/design/highlights.md"),
            ],
        ),
    ],
)
def test_a_talk_has_the_same_moments_in_every_language(language: str) -> None:
    assert sum(found(script(language))) >= 2


@pytest.mark.slow  # embeds a talk again
def test_a_moment_counts_as_much_whatever_else_the_talk_has() -> None:
    said = script("en").talk.sentences
    whole = find_moments(said)
    moment = script("en").moments[1]
    around = slice(moment.first - moments.REACH - 30, moment.last + moments.REACH + 30)
    part = find_moments(said[around])
    first, last = np.array([moment.first]), np.array([moment.last])
    alone = part.spans(first - around.start, last - around.start)
    assert whole.spans(first, last) == pytest.approx(alone, abs=0.1)  # batches round otherwise


def test_who_speaks_matters_and_their_names_do_not() -> None:
    said = script("en").talk.sentences
    renamed = [replace(s, speaker="x" if s.speaker == "HOST" else "y") for s in said]
    assert np.array_equal(find_moments(said).begin, find_moments(renamed).begin)
    nobody = find_moments([replace(s, speaker=None) for s in said])
    assert not np.array_equal(find_moments(said).begin, nobody.begin)


def test_no_sentence_has_no_moment() -> None:
    nothing = find_moments(())
    assert nothing.begin.shape == nothing.end.shape == nothing.inside.shape == (0,)
    assert nothing.meaning.shape == (0, 384)


@given(
    st.floats(0, 1),
    st.fixed_dictionaries({name: st.floats(0, 1) for name in scoring.WEIGHTS}),
)
def test_the_parts_of_a_score_add_up_to_it(total: float, parts: dict[str, float]) -> None:
    shares = scoring.divide(total, parts)
    assert set(shares) == set(scoring.WEIGHTS)
    assert sum(shares.values()) == pytest.approx(total, abs=1e-4)


HEAD = "title: A talk\nlanguage: en\nkind: solo\nhalf: train\n\n"


def test_a_written_talk_has_its_spans(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(f"{HEAD}A: Hello. <<story It rained.\nB: All night?>> Well.\n")
    read = scripts.read(path)
    assert [s.text for s in read.talk.sentences] == ["Hello.", "It rained.", "All night?", "Well."]
    assert [(p.kind, p.first, p.last, p.bait) for p in read.planted] == [("story", 1, 2, False)]


@pytest.mark.parametrize(
    "body", ["A: One <<story two. Three.>>", "A: <<story One. <<joke Two.>>", "A: One.>>", "One."]
)
def test_a_malformed_talk_is_named(tmp_path: Path, body: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(HEAD + body + "\n")
    with pytest.raises(ValueError, match=r"bad\.txt"):
        scripts.read(path)


def test_what_readers_say_of_picks_is_learned() -> None:
    """A better cut becomes a moment, what is none a near miss, and both ends have their codes."""
    reading = Reading(
        talk="a talk",
        source="here",
        digest="",
        reader="a",
        moments=(Moment(40, 46, 3, "story", "", ""),),
        asides=(),
        codes={11: "s", 19: "ne"},
        note="",
    )
    picks = (
        Graded(11, 19, 2, False, True, (9, 19, 3), "needs the question"),
        Graded(30, 35, 1, True, False, None, "plumbing"),
        Graded(40, 47, 3, True, True, None, "the same moment"),
    )
    merged = with_picks(reading, picks)
    assert [(m.first, m.last, m.grade) for m in merged.moments] == [(40, 46, 3), (9, 19, 3)]
    assert [(a.first, a.last, a.kind) for a in merged.asides] == [(30, 35, "near")]
    assert merged.codes | {11: "n", 19: "ne", 30: "o", 35: "s", 40: "o", 47: "se"} == merged.codes
