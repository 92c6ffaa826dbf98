"""What an editor leaves out is left out; the rest stays as it was said, in order."""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pytest
import real_models
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis import copy_edits
from pipeline.analysis.copy_edits import MARKS, bare, likeliest, rewrite


@dataclass(frozen=True)
class Said:
    text: str
    speaker: str | None = "Ann"


def edited(*texts: str) -> tuple[str, ...]:
    return real_models.edit([Said(text, f"{n}") for n, text in enumerate(texts)])


SPOKEN = {
    "an opener": (
        "So, um, okay, what goes wrong with a lens?",
        "What goes wrong with a lens?",
    ),
    "a false start": (
        "It was the, it was the only bridge that held.",
        "It was the only bridge that held.",
    ),
    "an opener and empty words": ("So, you know, it worked.", "It worked."),
    "words between": ("It was, you know, a bit of traffic.", "It was a bit of traffic."),
    "a second beginning": ("That was, yeah, that was mine.", "That was mine."),
    "a German opener": ("Na ja, das war schon schwierig.", "Das war schon schwierig."),
    "a French opener": (
        "Bon, alors, on a ouvert la boulangerie.",
        "On a ouvert la boulangerie.",
    ),
    "in Portuguese": ("Ele tem, é, tem pavor de altura.", "Ele tem pavor de altura."),
    "in Spanish": ("Vino el jefe, o sea, mi padre.", "Vino el jefe, mi padre."),
    "in Russian": (
        "Без записи это, ну, просто прогулка.",
        "Без записи это просто прогулка.",
    ),
    "in Italian": ("A chi volesse, diciamo, prendersi cura.", "A chi volesse prendersi cura."),
    "a tag": ("It works, right?", "It works."),
    "a word said twice": ("Die meisten sind, sind einfach müde.", "Die meisten sind einfach müde."),
    "empty words": (
        "So the thing's basically chewing itself to bits, very slowly.",
        "The thing's chewing itself to bits, very slowly.",
    ),
    "between commas": (
        "I'm going to stop you there because I've got to do the, um, the thing that pays for tea.",
        "I'm going to stop you there because I've got to do the thing that pays for tea.",
    ),
    "German": (
        "Ich war, also ich war elf Jahre lang bei einer Versicherung, in der Schadensabteilung.",
        "Ich war elf Jahre lang bei einer Versicherung, in der Schadensabteilung.",
    ),
}


@pytest.mark.parametrize("what", SPOKEN)
def test_what_only_speech_has_is_left_out(what: str) -> None:
    said, printed = SPOKEN[what]
    assert edited(said) == (printed,)


PRINTED = (
    "It took twenty, I mean, five years.",
    "It was 1.5, sorry, 5 percent.",
    "Wir waren, sagen wir mal, zwölf Leute.",
    "A vida é, no fundo, simples.",
    "She stood in line for an hour like everybody else.",
    "Bitcoin developers are like peer-to-peer nodes.",
    "The lens doesn't make light, it just refuses to waste it.",
    "I never sold anything that I had not eaten myself.",
    "We sold 9 loaves that day.",
    "Der Leuchtturm steht seit hundert Jahren auf der Insel.",
    "Nous avons ouvert la boulangerie en 1998.",
)


@pytest.mark.parametrize("text", PRINTED)
def test_a_sentence_that_can_be_printed_stays(text: str) -> None:
    assert edited(text) == (text,)


def test_a_sentence_is_edited_alike_alone_and_among_others() -> None:
    said = [text for text, _ in SPOKEN.values()]
    assert edited(*said) == tuple(edited(text)[0] for text in said)


def test_no_word_follows_itself_where_something_went() -> None:
    stays, marks = [(1, 1, 0.9)], np.eye(len(MARKS))[[0, 0, 0, 0]]
    words = ["The", "um,", "the", "oven."]
    assert rewrite(words, stays, marks, spaced=True) == "The oven."
    no_comma = np.eye(len(MARKS))[[MARKS.index("none"), 0, 0]]
    assert rewrite(["We", "had", "had"], [], np.eye(len(MARKS))[[0, 0, 0]], spaced=True) == (
        "We had had"
    )
    assert rewrite(["take,", "take", "longer."], [], no_comma, spaced=True) == "Take longer."


def test_what_the_encoder_does_not_read_to_its_end_stays() -> None:
    long = "So, yeah, " + "we sold bread and we baked and " * 20 + "we slept."
    assert edited(long) == (long,)
    assert edited("", "Yes.", "…") == ("", "Yes.", "…")


SOME = ["the", "a", "not", "never", "9", "oven,", "broke.", "you", "--", "Ann's"]
WORDS = st.lists(st.sampled_from(SOME), min_size=1)


@given(WORDS, st.integers(0, 2**32 - 1))
def test_words_are_left_out_and_none_is_added_or_moved(words: list[str], seed: int) -> None:
    random = np.random.default_rng(seed)
    size = len(words)
    goes = likeliest(random.normal(0, 4, size), random.normal(0, 2, (size - 1, 2)))
    marks = random.dirichlet([0.3] * len(MARKS), size)
    printed = [bare(w) for w in rewrite(words, goes, marks, spaced=True).split() if bare(w)]
    said = iter(bare(word) for word in words)
    assert all(word in said for word in printed)


@given(WORDS, st.integers(0, 2**32 - 1))
def test_what_is_denied_or_counted_stays(words: list[str], seed: int) -> None:
    random = np.random.default_rng(seed)
    size = len(words)
    goes = likeliest(random.normal(0, 4, size), random.normal(0, 2, (size - 1, 2)))
    gone = copy_edits.left_out(words, goes)
    kept = [bare(word) for at, word in enumerate(words) if at not in gone]
    assert {bare(w) for w in words} & {"not", "never", "9"} <= {*kept}


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_what_goes_is_of_the_likeliest_way_and_as_sure_as_all_ways_say(
    size: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    out, steps = random.normal(0, 2, size), random.normal(0, 2, (size - 1, 2))
    weights = {}
    for way in product((0, 1), repeat=size):
        score = sum(out[i] for i in range(size) if way[i])
        for i, (one, other) in enumerate(pairwise(way)):
            score += steps[i, 0] * (one < other) + steps[i, 1] * (one > other)
        weights[way] = np.exp(score)
    found = likeliest(out, steps)
    best = max(weights, key=lambda way: weights[way])
    assert {i for a, b, _ in found for i in range(a, b + 1)} == {i for i in range(size) if best[i]}
    for first, last, sure in found:
        right = sum(weight for way, weight in weights.items() if all(way[first : last + 1]))
        assert sure == pytest.approx(right / sum(weights.values()))
