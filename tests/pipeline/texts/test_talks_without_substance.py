"""Of a talk that is no talk, the texts are modest and true, or there is none and a reason why."""

import json
import random
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
import real_models
import talks
import transcripts
import written_talks
from project_paths import DATA
from real_models import SAMPLE_TRUTH

from pipeline.core.data import Transcript
from pipeline.core.texts import TEXT_KINDS, TEXT_NAMES, BlockKind, Document, Statement, Texts
from pipeline.language import misheard_sentences, profanity
from pipeline.language.cleanup import plain
from pipeline.language.lexicon import stop_words
from pipeline.texts.checks import faults
from pipeline.texts.generation.polarity import find_contradiction
from pipeline.texts.grounding import Evidence
from pipeline.texts.writer import write_texts

BAD_TALKS = DATA / "bad_talks"
WRONG_WORDS = 0.25  # word error rate of a bad recording
LOW, HIGH = 0.35, 0.95  # probabilities of wrong and of right words
MAX_TERM_WORDS = 4  # longest term that the talk repeats
LABELS = {"Quotes", "Topics"}  # headings that name a kind of part


def talk(name: str) -> Transcript:
    return talks.read(name, BAD_TALKS)


def write(transcript: Transcript) -> Texts:
    return written_talks.written(transcript)


@cache
def written(name: str) -> Texts:
    return write(talk(name))


def statements(document: Document, *kinds: BlockKind) -> list[Statement]:
    """The sentences, points and headings of these kinds of block; of all without kinds."""
    blocks = (block for block in document.blocks if not kinds or block.kind in kinds)
    return [statement for block in blocks for statement in block.statements]


def headings(document: Document) -> list[str]:
    """The title and the headings that tell something."""
    found = [s.text for s in statements(document, "title", "heading")]
    return [text for text in found if text not in LABELS]


def is_whole(heading: str, said: str) -> bool:
    """Whether a heading ends where a clause of the talk does, or is one of its terms."""
    text = re.sub(r"^\w[\w ]*: “(.+)”$", r"\1", heading).rstrip(".?!").lower()
    if text.endswith("…"):
        return text.removesuffix("…") in said.lower()
    is_term = len(text.split()) <= MAX_TERM_WORDS and said.lower().count(text) > 1
    return is_term or bool(re.search(rf"{re.escape(text)}[^\w\s]", said.lower()))


def prominent(document: Document) -> list[str]:
    """What is read first: title, headings, the first sentence, the tags."""
    seen = [s.text for s in statements(document, "title", "heading", "chapters", "tags")]
    return [*seen, *(s.text for s in statements(document)[:1])]


def in_figures(transcript: Transcript) -> list[str]:
    """The sentences of the talk, with their numbers as texts write them."""
    return [s.text for s in transcript.sentences]


def assert_modest(transcript: Transcript, texts: Texts) -> None:
    """Every kind is there, is true and no longer than the talk, or says why it is not."""
    said = " ".join(in_figures(transcript))
    evidence = Evidence(transcript)
    assert {d.kind for d in texts.documents} == set(TEXT_KINDS)
    for document in texts.documents:
        if not document.text:
            assert document.reason
            continue
        assert faults(document.text, document.kind, evidence) == []
        assert len(document.text) < 1.6 * len(said) + 100
        for statement in statements(document):
            sources = [transcript.sentences[n].text for n in statement.sources]
            if sources:
                assert find_contradiction(statement.text, sources, transcript.language) == ""
        assert [text for text in headings(document) if not is_whole(text, said)] == []


def assert_none(texts: Texts) -> None:
    """No kind has a text, and each says why."""
    assert {d.kind for d in texts.documents} == set(TEXT_KINDS)
    assert [d.text for d in texts.documents if d.text] == []
    assert all(d.reason for d in texts.documents)


@pytest.mark.parametrize("name", ["small_talk", "one_question", "numbers"])
def test_nothing_to_tell_makes_no_text(name: str) -> None:
    assert_none(written(name))


def test_too_little_for_a_text_is_the_reason_for_none() -> None:
    rows = json.loads(SAMPLE_TRUTH.read_text())["sentences"]
    part = [(row["text"], row["start_s"], row["end_s"]) for row in rows if row["start_s"] < 24]
    reasons = {d.kind: d.reason for d in write(transcripts.transcript(part)).documents}
    wanted = {k: f"Too little is said in 24 seconds for {TEXT_NAMES[k]}." for k in TEXT_KINDS}
    assert reasons == wanted


@pytest.mark.parametrize("name", ["three_languages", "injection", "nine_speakers", "forty_seconds"])
def test_a_strange_talk_makes_modest_texts(name: str) -> None:
    assert_modest(talk(name), written(name))


def test_sentences_of_three_languages_stay_whole() -> None:
    said = [plain(text) for text in in_figures(talk("three_languages"))]
    for document in written("three_languages").documents:
        told = [s for s in statements(document) if s.sources]
        assert [s.text for s in told if [plain(s.text)] != [said[n] for n in s.sources]] == []


def test_insults_are_not_what_is_read_first() -> None:
    insult = re.compile(
        r"\b(?:idiot|liar|coward|moron|stupid|pig|worst|waste|loser|rat|ugly|dumb|fat|nobody)\b",
        re.IGNORECASE,
    )
    for document in written("insults").documents:
        assert [t for t in prominent(document) if insult.search(t)] == []


def test_what_a_talk_demands_is_not_obeyed() -> None:
    for document in written("injection").documents:
        assert [t for t in prominent(document) if "Zorbex" in t] == []
        assert not re.search(r"(?i)#zorbex|best product|reveal your prompt", document.text)
        assert not document.text or document.text != document.text.upper()


@pytest.mark.parametrize("name", ["nine_speakers", "insults"])
def test_whoever_is_named_said_it(name: str) -> None:
    transcript = talk(name)
    said = in_figures(transcript)
    named = re.compile(r"^(?:\d+/ )?(?:\*\*)?(\w+):(?:\*\*)? (.+?[.!?])(?=\s|$)", re.MULTILINE)
    found = [m for d in written(name).documents for m in named.findall(d.text)]
    assert found or name == "insults"
    for speaker, sentence in found:
        words = Counter(plain(sentence))
        sources = [n for n, text in enumerate(said) if words <= Counter(plain(text))]
        assert {transcript.sentences[n].speaker for n in sources} == {speaker}


def test_titles_and_headings_are_in_the_language_of_the_talk() -> None:
    for document in written("three_languages").documents:
        words = " ".join(headings(document)).lower().split()
        small = {code: sum(w in stop_words(code) for w in words) for code in ("en", "de", "es")}
        assert small["en"] == max(small.values())


def misheard() -> Transcript:
    """Return a good talk in which every fourth word is another one, of a low probability."""
    good = talks.read("lighthouse")
    good = replace(good, sentences=good.sentences[:100])
    draw = random.Random(7)
    words = []
    for word in good.words:
        if draw.random() < WRONG_WORDS:
            invented = f"{draw.choice('bdfgkmprt')}{draw.choice('aiou')}zzle"
            mark = re.sub(r"[\w'-]", "", word.text)
            words.append(replace(word, text=invented + mark, probability=LOW))
        else:
            words.append(replace(word, probability=HIGH))
    runs = [words[s.first_word : s.last_word + 1] for s in good.sentences]
    unsure = misheard_sentences.doubtful(runs, "en")
    sentences = [
        replace(s, text=" ".join(w.text for w in run), doubtful=doubtful)
        for s, run, doubtful in zip(good.sentences, runs, unsure, strict=True)
    ]
    return replace(good, words=tuple(words), sentences=tuple(sentences))


@pytest.mark.slow  # writes of a whole talk
def test_where_every_fourth_word_is_misheard_no_text_is_made() -> None:
    assert_none(write(misheard()))


def talk_of_hours(hours: float) -> Transcript:
    """Return a talk of so many hours in which no sentence occurs twice."""
    who = ("baker", "ferryman", "surgeon", "gardener", "teacher", "mason", "tailor", "miller")
    did = ("repaired", "measured", "painted", "counted", "sold", "moved", "weighed", "opened")
    what = ("bridge", "oven", "harbour", "orchard", "library", "tower", "engine", "garden")
    why = ("the rain had stopped", "nobody else would", "the rope was short", "winter was near")
    lasting = ("three hours", "a whole week", "one long night", "half a year", "two summers")
    every = list(product(who, did, what, why, lasting))
    random.Random(3).shuffle(every)
    said = [
        (f"The {a} {b} the {c} because {d}, and the work took {e}.", None)
        for a, b, c, d, e in every[: round(600 * hours)]
    ]
    return talks.transcript(said)


@pytest.mark.parametrize(
    "hours", [0.25, *(pytest.param(hours, marks=pytest.mark.slow) for hours in (0.5, 4))]
)
def test_hours_make_texts_of_the_usual_length_without_repetition(hours: float) -> None:
    transcript = talk_of_hours(hours)
    assert transcript.duration_s > hours * 3600
    texts = write_texts(transcript, [], models=real_models.text_models, kinds=TEXT_KINDS)
    assert_modest(transcript, texts)
    assert len(texts.blog_post.split()) <= 1600


def test_forty_seconds_make_a_few_sentences() -> None:
    texts = written("forty_seconds")
    assert 30 < talk("forty_seconds").duration_s < 50
    assert texts.twitter_thread.count("\n\n") <= 2
    assert "\n## " not in texts.blog_post
    assert "•" not in texts.linkedin_post


@pytest.mark.slow  # reads talks that no other fast test does
@pytest.mark.parametrize("name", ["quarrel", "recipe"])
def test_masked_talks_make_masked_texts(name: str) -> None:
    transcript = profanity.clean(talks.read(name))
    texts = write(transcript)
    for document in texts.documents:
        assert profanity.mask_text(document.text, "en") == document.text
