"""A real talk, spoiled: its moments are still found, or the scores say that there are none."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from real_models import text_models

from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Sentence
from pipeline.highlights import selection
from training import scripts
from training.scripts import Script

Spoil = Callable[[tuple[Sentence, ...]], list[Sentence]]


def script() -> Script:
    return scripts.read(scripts.FOLDER / "test" / "en" / "founder-1.txt")  # not trained on


def each(change: Callable[[int, str], str]) -> Spoil:
    return lambda said: [replace(s, text=change(i, s.text)) for i, s in enumerate(said)]


def spoken_by(name: Callable[[int], str | None]) -> Spoil:
    return lambda said: [replace(s, speaker=name(i)) for i, s in enumerate(said)]


def misheard(share: float) -> Spoil:
    """Replace this share of the words by others of the talk."""

    def spoil(said: tuple[Sentence, ...]) -> list[Sentence]:
        random = np.random.default_rng(0)
        pool = " ".join(s.text for s in said).split()
        return [
            replace(
                s,
                text=" ".join(
                    str(random.choice(pool)) if random.random() < share else w
                    for w in s.text.split()
                ),
            )
            for s in said
        ]

    return spoil


def picks(spoil: Spoil, count: int = 4) -> tuple[Highlight, ...]:
    talk = script().talk
    spoiled = replace(talk, sentences=tuple(spoil(talk.sentences)))
    options = Options(clip_count=count)
    return selection.choose(spoiled, None, text_models, options, Control())


def about_a_moment(found: Highlight) -> bool:
    """Whether most of it lies in a planted moment."""
    inside = sum(
        any(m.first <= i <= m.last for m in script().moments)
        for i in range(found.first_sentence, found.last_sentence + 1)
    )
    return inside > 0.5 * (found.last_sentence + 1 - found.first_sentence)


STILL_FOUND: dict[str, Spoil] = {
    "as it is": list,
    "no punctuation": each(lambda _, t: re.sub(r"[^\w\s']", "", t).lower()),
    "all capitals": each(lambda _, t: t.upper()),
    "one speaker": spoken_by(lambda _: "A"),
    "no speakers": spoken_by(lambda _: None),
    "two hundred speakers": spoken_by(lambda i: f"S{i % 200}"),
    "a tenth misheard": misheard(0.1),
}


SLOW = {"all capitals", "a tenth misheard"}  # other texts, which have to be read anew


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in STILL_FOUND],
)
def test_the_best_pick_of_a_spoiled_talk_is_one_of_its_moments(name: str) -> None:
    best, *others = picks(STILL_FOUND[name])
    assert about_a_moment(best)
    assert best.title
    assert best.reason.endswith(".")
    assert all(best.score >= o.score for o in others)


@pytest.mark.slow
def test_forty_percent_misheard_lowers_the_scores() -> None:
    clean, spoiled = picks(list), picks(misheard(0.4))
    assert spoiled
    assert all(p.title and p.reason for p in spoiled)
    assert np.mean([p.confidence for p in spoiled]) < np.mean([p.confidence for p in clean])


@pytest.mark.slow  # embeds a talk again
def test_words_in_disorder_are_no_moments() -> None:
    """Who speaks and how long still looks like a story; what is said does not."""
    clean, spoiled = picks(list, 3), picks(misheard(1.0), 3)
    assert all(p.virality_score < 20 for p in spoiled)
    assert max(p.virality_score for p in spoiled) < min(p.virality_score for p in clean)


@pytest.mark.slow
def test_three_languages_in_one_talk_have_picks_with_titles() -> None:
    others = [
        scripts.read(scripts.FOLDER / "test" / language / "founder-1.txt").talk.sentences
        for language in ("de", "ja")
    ]

    def mix(said: tuple[Sentence, ...]) -> list[Sentence]:
        texts = [s.text for s in said]
        for i in range(0, len(said), 3):
            texts[i] = others[i // 3 % 2][min(i, len(others[i // 3 % 2]) - 1)].text
        return [replace(s, text=t) for s, t in zip(said, texts, strict=True)]

    found = picks(mix)
    assert found
    assert all(p.title and p.reason for p in found)
