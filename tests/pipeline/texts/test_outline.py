"""A sentence that a transcript divides is one again in a text, with all its sources."""

import talks
from given_readings import given

from pipeline.core.data import Transcript
from pipeline.texts.outline import outline


def lines(*said: tuple[str, str]) -> list[tuple[str, tuple[int, ...]]]:
    transcript: Transcript = talks.transcript([(text, speaker) for speaker, text in said])
    return [
        (n.text, n.sources) for n in outline(transcript, [], given()(transcript.sentences)).lines
    ]


def test_a_divided_sentence_is_joined() -> None:
    assert lines(
        ("Ada", "An old man put it in front of me, and said that,"),
        ("Ada", "it had been silent for eleven years."),
        ("Ada", "Nothing was broken."),
    ) == [
        (
            "An old man put it in front of me, and said that, it had been silent for eleven years.",
            (0, 1),
        ),
        ("Nothing was broken.", (2,)),
    ]


def test_what_somebody_else_says_is_not_joined() -> None:
    found = lines(("Ada", "I put the radio on the table,"), ("Ben", "and it was silent again."))
    assert [sources for _, sources in found] == [(0,), (1,)]
