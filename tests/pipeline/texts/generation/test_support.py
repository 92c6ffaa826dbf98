"""A sentence that its sources say is accepted, and a lie about them is called what it is."""

import json
from functools import cache
from typing import Any

import project_paths
import pytest
import real_models
import talks

from pipeline.core.texts import Statement
from pipeline.texts.checks import Fault
from pipeline.texts.generation.similarity import Similarity
from pipeline.texts.generation.support import Support
from pipeline.texts.grounding import Evidence

FILE = project_paths.ROOT / "tests/data/paraphrases.json"
PARAPHRASES: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_bytes())
# True, and at fault: what is rounded cannot be told from what is made up, a verb that is inflected
# at the beginning of a sentence not always from a name, nor other words from a comment.
MISJUDGED = {
    "Big ships can do without lighthouses today.",
    "It only keeps the light from being lost, which is how Idris explains it to children at "
    "school.",
    "The lens at Cape Morwen stands 2.6 metres tall and consists of 1,008 pieces of glass.",
    "Pasó cinco meses agarrado al bordillo.",
}
# What is said is compared by its meaning: two languages show what the others show.
TALKS = [
    pytest.param(talk, marks=[] if talk == "lighthouse" else [pytest.mark.slow])
    for talk in PARAPHRASES
]


@cache
def support_of(talk: str) -> Support:
    """Return what sentences about a talk are checked against."""
    transcript = talks.read(talk)
    return Support(Evidence(transcript), Similarity(transcript, real_models.embed_new))


def found(talk: str, rows: list[dict[str, Any]]) -> list[list[Fault]]:
    """Return the faults of each sentence."""
    support = support_of(talk)
    statements = [Statement(text=row["text"], sources=tuple(row["sources"])) for row in rows]
    shown = range(len(support.evidence.transcript.sentences))
    faults = support.faults(statements, shown)
    return [[fault for fault in faults if fault.at == at] for at in range(len(rows))]


@pytest.mark.parametrize("talk", TALKS)
def test_true_sentences_are_accepted(talk: str) -> None:
    rows = [row for row in PARAPHRASES[talk] if "lie" not in row]
    wrong = {row["text"]: f for row, f in zip(rows, found(talk, rows), strict=True) if f}
    assert set(wrong) <= MISJUDGED, wrong


@pytest.mark.parametrize("talk", TALKS)
def test_lies_are_called_what_they_are(talk: str) -> None:
    rows = [row for row in PARAPHRASES[talk] if "lie" in row]
    for row, faults in zip(rows, found(talk, rows), strict=True):
        assert row["lie"] in {fault.kind for fault in faults}, row


@pytest.mark.parametrize("talk", TALKS)
def test_true_sentences_with_the_sources_of_others_are_rejected(talk: str) -> None:
    rows = [row for row in PARAPHRASES[talk] if "lie" not in row]
    half = len(rows) // 2
    moved = [
        {"text": row["text"], "sources": rows[(n + half) % len(rows)]["sources"]}
        for n, row in enumerate(rows)
    ]
    rejected = sum(bool(faults) for faults in found(talk, moved))
    assert rejected >= 0.9 * len(rows)


@pytest.mark.parametrize("talk", ["lighthouse", pytest.param("panel", marks=pytest.mark.slow)])
def test_comments_on_what_was_said_are_rejected(talk: str) -> None:
    rows = json.loads((FILE.parent / "comments.json").read_bytes())[talk]
    rejected = [bool(faults) for faults in found(talk, rows)]
    assert sum(rejected) >= 0.9 * len(rows)


def test_what_is_made_up_is_found_beside_what_was_said() -> None:
    true = next(row for row in PARAPHRASES["lighthouse"] if "lie" not in row)
    made_up = f"I'm glad that you are interested in this. {true['text']}"
    plain, mixed = found("lighthouse", [true, {**true, "text": made_up}])
    assert (plain, [fault.kind for fault in mixed]) == ([], ["meaning"])


def of(text: str, *sources: int, shown: range = range(60), talk: str = "lighthouse") -> set[str]:
    """Return the kinds of faults of a sentence, without comparing meaning."""
    support = Support(Evidence(talks.read(talk)))
    statement = Statement(text=text, sources=sources)
    return {fault.kind for fault in support.faults([statement], shown)}


def test_sources_are_sentences_that_the_author_was_given() -> None:
    assert of("Bring a ladder.", 58) == set()
    assert of("Bring a ladder.") == {"source"}
    assert of("Bring a ladder.", 60) == {"source"}
    assert of("Bring a ladder.", -1) == {"source"}
    assert of("Bring a ladder.", *range(50, 59)) == {"source"}


def test_a_number_or_quotation_from_elsewhere_in_the_talk_is_no_evidence() -> None:
    assert of("He fitted double glazing for eleven years.", 53) == set()
    assert of("He fitted double glazing for nine years.", 53) == {"number"}
    assert of("She said “that'll do, bring a ladder” to him.", 58) == set()
    assert of("She said “that'll do, bring a ladder” to him.", 41) == {"quotation"}


def test_a_name_stands_near_what_is_told_of_it() -> None:
    whole = range(219)
    assert of("Wilma told him to bring a ladder.", 58, shown=whole) == set()
    assert of("Clement told him to bring a ladder.", 58, shown=whole) == {"name"}
    assert of("Wilma left him the tin when she died.", 167, 168, shown=whole) == set()


def test_a_speaker_is_named_for_what_that_speaker_said() -> None:
    assert of("Nora asks whether he counted a thousand and eight.", 42, 43) == set()
    assert of("Idris says that he cleaned them.", 44) == set()
    assert of("Nora says that she cleaned them.", 44) == {"speaker"}


def test_copied_placeholders_and_markup_are_no_sentences() -> None:
    assert of("…", 58) == {"empty"}
    assert of("<sentence> about the ladder", 58) == {"form"}
    assert "form" in of("Bring a ladder\u0000.", 58)


@pytest.mark.parametrize(
    ("text", "sources", "kinds"),
    [
        ("Die Rede war davon nicht.", (13,), {"negation"}),
        ("Er konnte selber keinen Reifen flicken.", (15,), set()),
        ("Ohne Geld und ohne Hilfe kündigte er.", (23,), {"negation"}),
    ],
)
def test_negations_of_german(text: str, sources: tuple[int, ...], kinds: set[str]) -> None:
    assert of(text, *sources, talk="de") & {"negation"} == kinds
