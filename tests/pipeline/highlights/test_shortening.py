"""A moment that is too long for a clip keeps its beginning and its end, and loses a digression."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from transcripts import letter_models, transcript

from pipeline.core.control import Control
from pipeline.core.data import Options, Transcript
from pipeline.highlights import selection, sentence_features, shortening
from pipeline.highlights.sentence_features import Features

SECONDS = 6.0


def talk(texts: list[str]) -> Transcript:
    rows = [(t, i * SECONDS, i * SECONDS + SECONDS - 0.4) for i, t in enumerate(texts)]
    return transcript(rows)


def known(said: Transcript, inside: list[float]) -> Features:
    """Features with these numbers for being inside a moment."""
    found = sentence_features.features(said.sentences, letter_models, None, "en")
    return replace(found, moments=replace(found.moments, inside=np.array(inside)))


PLAIN = [f"On day {i} we went on with the work in the same old house." for i in range(20)]


def test_the_dullest_run_inside_is_left_out() -> None:
    said = talk(PLAIN)
    inside = [1.0] * 20
    inside[8:11] = [0.0, 0.1, 0.0]
    runs = shortening.leave_out(said.sentences, known(said, inside), (0, 19), 105.0)
    assert runs == ((8, 10),)


def test_a_question_stays_with_its_answer() -> None:
    texts = [*PLAIN]
    texts[7] = "And why did nobody say a word about it?"
    said = talk(texts)
    inside = [1.0] * 20
    inside[8:11] = [0.0, 0.1, 0.0]
    runs = shortening.leave_out(said.sentences, known(said, inside), (0, 19), 105.0)
    assert all((first <= 7 <= last) == (first <= 8 <= last) for first, last in runs)
    assert runs


def test_what_is_too_long_by_far_is_not_shortened() -> None:
    said = talk(PLAIN[:6])
    assert shortening.leave_out(said.sentences, known(said, [1.0] * 6), (0, 5), 10.0) == ()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(0.3, 12), st.floats(-2, 2), st.booleans()), min_size=5, max_size=40
    ),
    st.floats(0.5, 0.95),
)
def test_what_remains_fits_and_has_both_ends(
    drawn: list[tuple[float, float, bool]], share: float
) -> None:
    at_s, rows = 0.0, []
    for length_s, _, asks in drawn:
        rows.append(("Is it so?" if asks else "It is so.", at_s, at_s + length_s))
        at_s += length_s + 0.2
    said = transcript(rows)
    last = len(rows) - 1
    longest_s = share * rows[-1][2]
    found = known(said, [inside for _, inside, _ in drawn])
    runs = shortening.leave_out(said.sentences, found, (0, last), longest_s)
    gone = shortening.spans(said.sentences, runs)
    assert all(shortening.KEPT <= a <= b <= last - shortening.KEPT for a, b in runs)
    if runs:
        assert rows[-1][2] - sum(gap.duration_s for gap in gone) <= longest_s + 1e-6


def test_a_long_moment_becomes_one_clip_with_a_cut() -> None:
    """The networks say: one moment from the third sentence to the twenty-second."""
    texts = [f"Number {i} of the sentences says this and that of it." for i in range(40)]
    said = talk(texts)
    none = np.full(40, -1.0)

    def find(sentences: object) -> object:
        del sentences
        inside = none.copy()
        inside[2:22] = 0.6
        inside[10:14] = 0.05
        begin, end = np.full(40, -3.0), np.full(40, -3.0)
        begin[2], end[21] = 3.0, 3.0
        found = letter_models.find_moments(said.sentences)
        return replace(found, begin=begin, end=end, inside=inside)

    readers = replace(letter_models, find_moments=find)  # type: ignore[arg-type]  # it ignores what it is given
    options = Options(clip_count=1)
    (found,) = selection.choose(said, None, readers, options, Control())
    assert (found.first_sentence, found.last_sentence) == (2, 21)
    length_s = found.end_s - found.start_s
    assert length_s > options.max_duration_s
    kept_s = length_s - sum(gap.duration_s for gap in found.left_out)
    assert kept_s <= options.max_duration_s
    middle = said.sentences[11]
    assert any(g.start_s <= middle.start_s and middle.end_s <= g.end_s for g in found.left_out)
