"""What the caller asks for comes first: by a prompt in any language, and by keywords meant."""

import pytest
from real_models import text_models

from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options
from pipeline.highlights import request_relevance, scoring, selection, sentence_features
from training import scripts
from training.scripts import Script

# Talks held out of training; the prompts share no word with what is said.
ASKED = [
    pytest.param(
        "en",
        0,
        "where the harvest rots before anybody can buy it",
        marks=pytest.mark.xfail(strict=True, reason="takes the story of one paid early"),
    ),
    ("en", 0, "how the harvest spoils before it can be sold"),
    ("en", 1, "a guard who ruins the opening day"),
    ("en", 2, "firing a relative the cowardly way"),
    ("en", 2, "den eigenen Bruder feige entlassen"),
    ("en", 0, "wo die Ernte verdirbt, bevor sie jemand kauft"),
    pytest.param("ja", 1, "a guard who ruins the opening day", marks=pytest.mark.slow),
]


def script(language: str) -> Script:
    return scripts.read(scripts.FOLDER / "test" / language / "founder-1.txt")


def best(written: Script, **options: object) -> Highlight:
    asked = Options(clip_count=1, **options)  # type: ignore[arg-type]  # names and values of fields
    (found,) = selection.choose(written.talk, None, text_models, asked, Control())
    return found


@pytest.mark.parametrize(("language", "number", "prompt"), ASKED)
def test_a_prompt_brings_the_moment_that_it_describes(
    language: str, number: int, prompt: str
) -> None:
    written = script(language)
    found, moment = best(written, prompt=prompt), written.moments[number]
    assert moment.first <= (found.first_sentence + found.last_sentence) // 2 <= moment.last
    assert "not close to what was asked for" not in found.reason


def test_a_keyword_that_is_never_said_counts_by_its_meaning() -> None:
    written = script("en")
    said = " ".join(s.text for s in written.talk.sentences).lower()
    assert "sibling" not in said
    readers, sentences = text_models, written.talk.sentences
    known = sentence_features.features(sentences, readers, None)
    spans = scoring.candidates(sentences, known, 15, 90)
    options = Options(keywords=("dismissal of a sibling",))
    asked = request_relevance.read(options, [s.text for s in sentences])
    gains = request_relevance.gains(asked, spans, known, written.talk, readers)
    dearest = int(gains.argmax())
    moment = written.moments[2]
    assert gains[dearest] > 1
    assert spans.first[dearest] <= moment.last
    assert spans.last[dearest] >= moment.first


def test_a_prompt_about_nothing_in_the_talk_leaves_a_whole_moment_first() -> None:
    written = script("en")
    found = best(written, prompt="quantum field theory on a lattice")
    assert "close to what was asked for" not in found.reason.replace("not close", "")
    assert any(
        min(found.last_sentence, m.last) - max(found.first_sentence, m.first) + 1
        >= 0.7 * (m.last - m.first + 1)
        for m in written.moments
    )


def test_the_reason_tells_what_is_close_and_what_is_not() -> None:
    written = script("en")
    close = best(written, prompt="firing his brother by letter")
    far = best(written, prompt="knitting a jumper for a dog")
    assert close.reason.startswith("Close to what was asked for")
    assert far.reason.endswith("not close to what was asked for.")
    assert "asked for" not in best(written).reason


@pytest.mark.parametrize("prompt", ["", "   ", "\u200b", "?!", "word " * 100])
def test_a_prompt_that_says_nothing_is_no_error(prompt: str) -> None:
    assert best(script("en"), prompt=prompt).title
