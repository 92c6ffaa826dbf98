"""The caller's names: put where they were said but misheard, and nowhere else."""

import pytest
from real_models import hear, part, sound
from shared_media import media
from spoken_words import normal

from pipeline.core.data import Audio
from pipeline.recognition.name_matching import MAX_SWAPS, Names, Swap

pytestmark = pytest.mark.xdist_group("hard sound")

# None of them is said in the sample.
# ruff: noqa: SIM905 - fifty quoted names are no easier to read
STRANGERS = (
    "Katarzyna Nowak;Siobhan Murphy;Okonkwo;Priya Raghavan;Zhang Wei;Kubernetes;PostgreSQL;Tesla;"
    "Nvidia;Anthropic;Grafana;Miguel Torres;Anneliese;Bjorn Larsen;Wolfgang;Hermione;Ravenclaw;"
    "Mitochondria;Ozempic;Pfizer;Barcelona;Reykjavik;Tallahassee;Mississippi;Wellington;Norma;"
    "Mark;Bill;Rose;Grace;Hope;Will;Sandy;Art;Bob Dylan;Dora;Moran;Brad;Stella;Wade;Miller;Baker;"
    "Lorraine;Theo;Ruth;Walter;Linus;Sally;Toni Morrison;Harold"
).split(";")


def heard(audio: Audio, vocabulary: tuple[str, ...] = ()) -> str:
    """The words of a sound."""
    return " ".join(word.text for word in hear(audio, vocabulary=vocabulary).words)


@pytest.mark.slow  # hears a name
def test_a_name_that_was_misheard_is_written_as_the_caller_has_it() -> None:
    said = sound(media("audio/fw_hotwords.mp3"))
    assert "ComfyUI" not in heard(said)
    assert heard(said, ("ComfyUI",)).count("ComfyUI") == 2


@pytest.mark.slow  # hears a talk twice
def test_names_that_nobody_says_change_nothing() -> None:
    # Takes seconds: fifty names have to be compared with real words.
    plain, with_names = (heard(part(0, 20), names) for names in ((), tuple(STRANGERS)))
    assert normal(plain) == normal(with_names)


@pytest.mark.parametrize(
    ("words", "name", "wanted"),
    [
        ("go to (Confu i, folder", "ComfyUI", [Swap(2, 4, "(ComfyUI,", 0.71)]),
        ("the smart foin's use", "SmartPhone", [Swap(1, 3, "SmartPhone's", 0.8)]),
        ("in New Jersey now", "New Jersey", []),  # it is there
        ("that is new. York is far", "Newyork", []),  # not over the end of a sentence
        ("what else is said", "ComfyUI", []),
    ],
)
def test_only_what_is_like_a_name_is_heard_again(words: str, name: str, wanted: list[Swap]) -> None:
    best = Names([name]).swaps(words.split())[:1]
    assert [(s.first, s.end, s.text) for s in best] == [(s.first, s.end, s.text) for s in wanted]
    for swap, expected in zip(best, wanted, strict=True):
        assert swap.alike == pytest.approx(expected.alike, abs=0.05)


def test_odd_names_are_no_burden() -> None:
    odd = ["", " ", "\u200d", "🔥", "--", "x" * 100, "a b c " * 16, "佐藤", "مرحبا", "'s", "𝒳"]
    many = [f"{'name of no one ' * 6}{n}" for n in range(89)]
    words = ["word", "", "—", "x" * 1000, "佐", "藤", "مرحبا", "don't"] * 25
    names = Names([*odd, *many])
    found = names.swaps(words)
    assert len(found) <= MAX_SWAPS
    for swap in found:
        assert 0 <= swap.first < swap.end <= len(words)
    assert not Names(["", "--", "🔥"])
