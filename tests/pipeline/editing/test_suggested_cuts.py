"""What is offered to be cut in a clip: hesitations and repetitions, in each language's words."""

import pytest

from pipeline.core.data import Word
from pipeline.editing.suggested_cuts import suggest
from pipeline.language import sentences


@pytest.mark.parametrize(
    ("language", "said", "expected"),
    [
        (
            "en",
            "So, um, we went home. After the, after the war we we stayed.",
            {"filler": ["um,"], "repetition": ["After the,", "we"]},
        ),
        (
            "de",
            "Das ist, ähm, das Ende. Wir wir gehen.",
            {"filler": ["ähm,"], "repetition": ["Wir"]},
        ),
        ("en", "No. No. If it works, it works.", {}),
        ("en", "Um.", {}),
        ("xx", "Um, yes.", {}),
    ],
)
def test_words_that_may_go(language: str, said: str, expected: dict[str, list[str]]) -> None:
    words = [
        Word(text=text, start_s=float(n), end_s=n + 0.9, probability=1.0)
        for n, text in enumerate(said.split())
    ]
    found: dict[str, list[str]] = {}
    for each in suggest(words, sentences.split(words, language, ()), language):
        inside = [w.text for w in words if each.span.start_s <= w.start_s < each.span.end_s]
        found.setdefault(each.reason, []).append(" ".join(inside))
    assert found == expected
