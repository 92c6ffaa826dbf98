"""Chapters of whole talks: where they begin, what they are called, in every language."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import real_models
import talks

from pipeline.core.data import ChapterStart, Transcript
from pipeline.highlights import sentence_features
from pipeline.highlights.titles import MAX_TITLE_CHARS
from pipeline.language.cleanup import plain
from pipeline.language.text_limits import width
from pipeline.texts import chapter_starts
from pipeline.texts.outline import outline
from pipeline.texts.writer import write_texts

TALKS = ("lighthouse", "queues", "de", "ja")


@cache
def found_in(name: str) -> tuple[Transcript, tuple[ChapterStart, ...]]:
    transcript = talks.read(name)
    known = sentence_features.features(transcript.sentences, real_models.text_models, None)
    plan = outline(transcript, (), real_models.read(transcript.sentences))
    return transcript, chapter_starts.find(
        plan, transcript.sentences, known.border[:-1], real_models.rate
    )


@pytest.mark.parametrize(
    "name", [TALKS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in TALKS[1:])]
)
def test_a_talk_of_any_language_is_divided(name: str) -> None:
    transcript, found = found_in(name)
    assert sum(start.usual for start in found[1:]) >= 1
    assert found[0].start_s == transcript.sentences[0].start_s
    begins = {s.start_s for s in transcript.sentences}
    assert {start.start_s for start in found} <= begins
    assert all(b.start_s - a.start_s >= 10 for a, b in pairwise(found))


@pytest.mark.parametrize(
    "name", [TALKS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in TALKS[1:])]
)
def test_titles_are_short_different_and_said(name: str) -> None:
    transcript, found = found_in(name)
    titles = [start.title for start in found]
    assert len({plain(title) for title in titles}) == len(titles)
    assert all(0 < width(title) <= MAX_TITLE_CHARS for title in titles)
    for start in found:
        for i in start.sources:  # numbers are figures there, and a sentence may be divided
            said = "".join(s.text for s in transcript.sentences[i : i + 4]).casefold()
            letters = set(start.title.casefold())
            assert len(letters & set(said)) > 0.7 * len(letters)


def test_a_chapter_is_called_what_it_is_about() -> None:
    _, found = found_in("lighthouse")
    titles = [start.title for start in found if start.usual]
    assert "What is a lighthouse lens?" in titles
    assert "What goes wrong with a lens?" in titles


def test_texts_have_the_chapters_of_the_talk() -> None:
    transcript, found = found_in("lighthouse")
    wanted = [start.title for start in found[1:] if start.usual]
    texts = write_texts(
        transcript,
        (),
        models=real_models.text_models,
        kinds=("youtube_description", "show_notes"),
        chapters=found,
    )
    for document in texts.documents:
        told = [s for b in document.blocks if b.kind == "chapters" for s in b.statements]
        assert told[0].start_s == 0.0
        titles = [s.text for s in told[1:]]
        assert set(titles) <= set(wanted)
        assert len(titles) >= len(wanted) - 1  # without one that the text above has already


def test_a_talk_that_says_nothing_has_no_chapters() -> None:
    for said in ([("Mhm.", "Ada"), ("Yeah.", "Bo")], []):
        transcript = talks.transcript(said)
        plan = outline(transcript, (), real_models.read(transcript.sentences))
        border = np.zeros(len(said))
        assert (
            chapter_starts.find(plan, transcript.sentences, border, real_models.rate) == ()
        )  # not even an introduction
