"""A sentence that a transcript divides is one again in a text, with all its sources."""

import talks

from pipeline.core.data import Transcript
from pipeline.texts.outline import outline


def lines(*said: tuple[str, str]) -> list[tuple[str, tuple[int, ...]]]:
    transcript: Transcript = talks.transcript([(text, speaker) for speaker, text in said])
    return [(n.text, n.sources) for n in outline(transcript, [], None).lines]


def test_a_divided_sentence_is_joined() -> None:
    assert lines(
        ("Ada", "An old man put it in front of me, and said that,"),
        ("Ada", "it had been silent for eleven years."),
        ("Ada", "Nothing was broken."),
    ) == [
        (
            "An old man put it in front of me, and said that it had been silent for 11 years.",
            (0, 1),
        ),
        ("Nothing was broken.", (2,)),
    ]


def test_what_somebody_else_says_is_not_joined() -> None:
    found = lines(("Ada", "I put the radio on the table,"), ("Ben", "and it was silent again."))
    assert [sources for _, sources in found] == [(0,), (1,)]


def test_a_sentence_goes_on_with_what_was_broken_off() -> None:
    low, went = "The sun was coming in low and the whole room just, um.", "It went."
    joined = "The sun was coming in low and the whole room just … it went."
    assert lines(("Ada", low), ("Ada", went)) == [(joined, (0, 1))]
    assert lines(("Ada", low), ("Ben", went)) == [
        ("The sun was coming in low.", (0,)),
        (went, (1,)),
    ]
