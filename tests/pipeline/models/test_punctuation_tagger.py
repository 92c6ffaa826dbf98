"""The tagger reads bare words of any kind and any number, and knows where sentences end."""

import numpy as np
import pytest
from real_models import models

from pipeline.core.errors import Canceled
from pipeline.language import punctuation
from pipeline.language.punctuation import MARKS

# Written for this test: nothing of it is in the training data.
TEXT = (
    "My grandmother kept forty hives behind the school. When I was nine she gave me a veil, a "
    "smoker and one rule: never run. Why would anybody run? Well, you find out when the first bee "
    "is inside the veil. I ran, of course. She laughed so hard that she dropped the frame. Since "
    "then I have kept bees in three countries, and I still hear her voice when I open a hive. "
    "What did she know about patience that I had to learn again at forty? That is what this book "
    "is about."
)


def test_sentences_of_a_story_end_where_they_were_written_to_end() -> None:
    tagger = models().punctuation
    assert tagger is not None
    words = TEXT.split()
    wanted = [punctuation.written(word) >= MARKS.index(".") for word in words]
    tags = tagger([punctuation.bare(word).lower() for word in words])
    found = [int(np.argmax(row)) >= MARKS.index(".") for row in tags.marks]
    hits = sum(a and b for a, b in zip(found, wanted, strict=True))
    assert hits / sum(found) >= 0.75  # without a pause or a capital it finds half of them
    assert hits / sum(wanted) >= 0.4


@pytest.mark.parametrize(
    "words",
    [
        ["hello"],
        ["☃", "\u200b", "…", "—"],
        ["x" * 2000] * 3,
        ["Donaudampfschifffahrtsgesellschaft"] * 300,
        ["one", "two"] * 700,
    ],
    ids=["one", "signs", "endless", "long", "many"],
)
def test_each_word_has_an_answer_whatever_it_is(words: list[str]) -> None:
    tagger = models().punctuation
    assert tagger is not None
    tags = tagger(words)
    assert np.shape(tags.marks) == (len(words), len(MARKS))
    assert np.shape(tags.capital) == (len(words), 2)
    assert np.isfinite(np.array(tags.marks)).all()


def test_words_at_the_edges_of_windows_are_told_what_stands_around_them() -> None:
    tagger = models().punctuation
    assert tagger is not None
    words = [punctuation.bare(word).lower() for word in TEXT.split()]
    whole = np.array(tagger(words * 6).marks)
    alone = np.array(tagger(words).marks)
    middle = slice(2 * len(words) + 25, 3 * len(words) - 25)
    same = (whole[middle].argmax(1) == alone[25:-25].argmax(1)).mean()
    assert same > 0.9


def test_tagging_is_canceled_between_batches() -> None:
    def check() -> None:
        raise Canceled

    tagger = models().with_check(check).punctuation
    assert tagger is not None
    with pytest.raises(Canceled):
        tagger(["word"] * 10)
