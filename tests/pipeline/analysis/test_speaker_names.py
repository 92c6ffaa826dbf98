"""What people say about who they are becomes a suggestion for the label of their voice."""

from collections.abc import Sequence
from pathlib import Path

from project_paths import ROOT

from pipeline.analysis.speaker_names import SuggestedName, suggest_names
from pipeline.core.data import Sentence
from pipeline.export import transcript_json

HOST, GUEST, OTHER = "Speaker 1", "Speaker 2", "Speaker 3"


def talk(*lines: tuple[str | None, str], doubtful: Sequence[int] = ()) -> tuple[Sentence, ...]:
    """Sentences of three seconds each."""
    return tuple(
        Sentence(
            text=text,
            start_s=3.0 * i,
            end_s=3.0 * i + 2.8,
            first_word=i,
            last_word=i,
            speaker=speaker,
            doubtful=i in doubtful,
        )
        for i, (speaker, text) in enumerate(lines)
    )


def names(sentences: Sequence[Sentence]) -> dict[str, str]:
    return {found.speaker: found.name for found in suggest_names(sentences, "en")}


def test_the_sample_names_both_of_its_speakers() -> None:
    truth = ROOT / "tests/data/sample_talk.truth.json"
    label = {"host": HOST, "guest": GUEST}
    told = transcript_json.read(Path(truth)).sentences
    sentences = talk(*((label[s.speaker or ""], s.text) for s in told))
    assert suggest_names(sentences, "en") == (
        SuggestedName(speaker=HOST, name="Daniel", sentence=1),
        SuggestedName(speaker=GUEST, name="Clara Bennett", sentence=1),
    )


def test_whom_a_host_introduces_is_the_next_new_voice() -> None:
    lines = [
        (HOST, "I'm Daniel."),
        (OTHER, "Good morning."),
        (HOST, "My guest today is Clara Bennett."),
        (OTHER, "Welcome."),
        (GUEST, "Thank you."),
    ]
    assert names(talk(*lines)) == {HOST: "Daniel", GUEST: "Clara Bennett"}
    assert names(talk(*lines[:4])) == {HOST: "Daniel"}


def test_somebody_who_comes_much_later_is_somebody_else() -> None:
    wait = [(HOST, "And so on.")] * 60
    lines = [(HOST, "My guest today is Clara Bennett."), *wait, (GUEST, "Thank you.")]
    assert names(talk(*lines)) == {}


def test_a_doubtful_sentence_names_nobody() -> None:
    lines = [(HOST, "I'm Daniel."), (GUEST, "I'm Clara."), (HOST, "Good.")]
    assert names(talk(*lines, doubtful=[1])) == {HOST: "Daniel"}
    lines[0] = (HOST, "With me is Clara.")
    assert names(talk(*lines, doubtful=[0, 1])) == {}


def test_who_has_a_name_gets_no_other() -> None:
    lines = [("Rosa", "I'm Daniel."), ("Rosa", "With me is Clara."), ("Ann", "Hello.")]
    assert names(talk(*lines)) == {}
    assert names(talk((None, "I'm Daniel."), (None, "Good."))) == {}


def test_the_more_frequent_of_two_names_is_taken_and_none_of_two_equals() -> None:
    once = [(HOST, "I'm Daniel."), (HOST, "I'm Batman."), (GUEST, "Good.")]
    assert names(talk(*once)) == {}
    assert names(talk(*once, (HOST, "I'm Daniel."))) == {HOST: "Daniel"}


def test_a_part_of_a_name_counts_for_the_whole() -> None:
    lines = [(HOST, "I'm Rosa."), (HOST, "My name is Rosa Delgado."), (GUEST, "Good.")]
    assert suggest_names(talk(*lines), "en") == (
        SuggestedName(speaker=HOST, name="Rosa Delgado", sentence=1),
    )


def test_a_name_of_two_speakers_is_nobodys() -> None:
    lines = [(HOST, "I'm Rosa Delgado."), (GUEST, "I'm Rosa."), (OTHER, "I'm Ann.")]
    assert names(talk(*lines)) == {OTHER: "Ann"}
