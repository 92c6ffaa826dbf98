"""Marks are mended where words, pauses and what was written agree; the rest stays as it is."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken_words import spoken

from pipeline.core.data import Word
from pipeline.language import punctuation
from pipeline.language.punctuation import MARKS, Tags


def tags(count: int, sure: dict[int, str], names: frozenset[int] = frozenset()) -> Tags:
    """Return a tagger's opinion that is sure of these marks, and of no others."""
    marks = []
    for i in range(count):
        wanted = MARKS.index(sure.get(i, ""))
        marks.append([-0.03 if mark == wanted else -4.6 for mark in range(len(MARKS))])
    capital = [[-4.6, -0.03] if i in names else [-0.03, -4.6] for i in range(count)]
    return Tags(marks=marks, capital=capital)


def text(words: list[Word], found: Tags) -> str:
    return " ".join(word.text for word in punctuation.apply(words, found))


def test_sentences_begin_in_a_window_without_marks() -> None:
    words = spoken(
        "so we bake the bread at night because the dough needs sixteen hours most people think "
        "that flour is the secret but it is time and we all know it.",
        pauses={12: 0.6},
    )
    found = tags(len(words), {12: ".", 19: ","})
    mended = text(words, found)
    assert "sixteen hours. Most people" in mended
    assert mended.endswith("know it.")


def test_marks_that_were_written_stay_to_the_letter() -> None:
    words = spoken('Well, no! "It is late," he said. What now? Go home… iPhones are what we sell.')
    found = tags(len(words), dict.fromkeys(range(len(words)), "."))
    assert text(words, found) == " ".join(word.text for word in words)


@pytest.mark.parametrize("language", ["de", "ja", "und"])
def test_other_languages_stay_as_they_are(language: str) -> None:
    words = spoken("Das Brot. ist gut und wir essen es jeden Tag")

    def never(_bare: object) -> Tags:
        raise AssertionError("asked about a language that it does not know")

    wanted = "Das Brot ist gut und wir essen es jeden Tag"  # a stop before a lower-case letter
    for mended in (punctuation.mend(words, language, never), punctuation.mend(words, "en", None)):
        assert " ".join(word.text for word in mended) == wanted


_WORD = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1)


@given(
    st.lists(_WORD.filter(lambda word: not word.isspace()), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_nothing_changes_but_marks_and_first_capitals(said: list[str], chance: Random) -> None:
    words = spoken(" ".join(said))
    sure = {i: chance.choice(MARKS) for i in range(len(words))}
    mended = punctuation.apply(words, tags(len(words), sure))
    assert len(mended) == len(words)
    for before, after in zip(words, mended, strict=True):
        assert (before.start_s, before.end_s) == (after.start_s, after.end_s)
        assert _letters(before.text) == _letters(after.text)
        assert after.text.strip()


def _letters(word: str) -> str:
    return "".join(c for c in word.upper().casefold() if c.isalnum())  # ı has no small letter back
