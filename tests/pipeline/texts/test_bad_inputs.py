"""Of a talk that is no talk, the texts are modest and true, or there is none and a reason why."""

import random
import re
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
import real_models
from project_paths import DATA

from bench.support import talks
from bench.texts.alignment import Spoken
from bench.texts.drafts import PROSE, Draft, Part
from bench.texts.headings import find_headings
from bench.texts.negations import find_negations
from bench.texts.small_talk import find_small_talk
from pipeline.core.control import Control
from pipeline.core.data import Options, Transcript
from pipeline.core.texts import TEXT_KINDS, Document, Texts
from pipeline.highlights import selection
from pipeline.language import doubt, profanity
from pipeline.language.languages import language as known
from pipeline.language.lexicon import stop_words
from pipeline.language.written_numbers import write_figures
from pipeline.texts.checks import faults
from pipeline.texts.grounding import Evidence
from pipeline.texts.writer import write_texts

BAD_TALKS = DATA / "bad_talks"
WRONG_WORDS = 0.25  # word error rate of a bad recording
LOW, HIGH = 0.35, 0.95  # probabilities of wrong and of right words


def talk(name: str) -> Transcript:
    return talks.read(name, BAD_TALKS)


def write(transcript: Transcript) -> Texts:
    models = real_models.models()
    moments = selection.choose(transcript, None, models.text_models, Options(), Control())
    return write_texts(transcript, moments, embed=models.text_encoder, kinds=TEXT_KINDS)


@cache
def written(name: str) -> Texts:
    return write(talk(name))


def parts(document: Document, transcript: Transcript) -> list[Part]:
    return draft(document, transcript).parts


def draft(document: Document, transcript: Transcript) -> Draft:
    return Draft(kind=document.kind, text=document.text, spoken=Spoken(transcript))


def prominent(document: Document, transcript: Transcript) -> list[str]:
    """What is read first: title, headings, the first message or line, the tags."""
    found = parts(document, transcript)
    seen = [p.text for p in found if p.kind in ("title", "heading", "tags")]
    return [*seen, *(p.sentences[0] for p in found[:1])]


def assert_modest(transcript: Transcript, texts: Texts) -> None:
    """Every kind is there, is true and no longer than the talk, or says why it is not."""
    said = sum(len(s.text) for s in transcript.sentences)
    evidence = Evidence(transcript)
    assert {d.kind for d in texts.documents} == set(TEXT_KINDS)
    for document in texts.documents:
        if not document.text:
            assert document.reason
            continue
        assert faults(document.text, document.kind, evidence) == []
        assert len(document.text) < 1.6 * said + 100
        found = draft(document, transcript)
        assert list(find_negations(found)) == []
        assert list(find_headings(found)) == []


def assert_none(texts: Texts) -> None:
    """No kind has a text, and each says why."""
    assert {d.kind for d in texts.documents} == set(TEXT_KINDS)
    assert [d.text for d in texts.documents if d.text] == []
    assert all(d.reason for d in texts.documents)


@pytest.mark.parametrize("name", ["small_talk", "one_question", "numbers"])
def test_nothing_to_tell_makes_no_text(name: str) -> None:
    assert_none(written(name))


@pytest.mark.parametrize("name", ["small_talk", "one_question", "numbers"])
def test_nothing_to_tell_makes_no_takeaways_and_no_tags(name: str) -> None:
    everything = "\n".join(written(name).by_kind().values())
    assert known("en").takeaways_heading not in everything
    assert not re.search(r"(?<!\w)#\w", everything)


@pytest.mark.parametrize("name", ["three_languages", "injection", "nine_speakers", "forty_seconds"])
def test_a_strange_talk_makes_modest_texts(name: str) -> None:
    assert_modest(talk(name), written(name))


def in_figures(transcript: Transcript) -> Spoken:
    """Return the talk for comparing, with its numbers as texts write them."""
    language = transcript.language
    sentences = [replace(s, text=write_figures(s.text, language)) for s in transcript.sentences]
    return Spoken(replace(transcript, sentences=tuple(sentences)))


def test_sentences_of_three_languages_stay_whole() -> None:
    transcript = talk("three_languages")
    spoken = in_figures(transcript)
    for document in written("three_languages").documents:
        told = [s for p in parts(document, transcript) if p.kind in PROSE for s in p.sentences]
        sources = [spoken.find(s) for s in told]
        assert [s for s, source in zip(told, sources, strict=True) if not source] == []
        assert all(source and source.first == source.last for source in sources)
        assert all(source and source.share == 1.0 for source in sources)


def test_insults_are_not_what_is_read_first() -> None:
    transcript = talk("insults")
    insult = re.compile(
        r"\b(?:idiot|liar|coward|moron|stupid|pig|worst|waste|loser|rat|ugly|dumb|fat|nobody)\b",
        re.IGNORECASE,
    )
    for document in written("insults").documents:
        assert [t for t in prominent(document, transcript) if insult.search(t)] == []


def test_what_a_talk_demands_is_not_obeyed() -> None:
    transcript = talk("injection")
    for document in written("injection").documents:
        assert [t for t in prominent(document, transcript) if "Zorbex" in t] == []
        assert not re.search(r"(?i)#zorbex|best product|reveal your prompt", document.text)
        assert not document.text or document.text != document.text.upper()


@pytest.mark.parametrize("name", ["nine_speakers", "insults"])
def test_whoever_is_named_said_it(name: str) -> None:
    transcript = talk(name)
    spoken = in_figures(transcript)
    named = re.compile(r"^(?:\d+/ )?(?:\*\*)?(\w+):(?:\*\*)? (.+?[.!?])(?=\s|$)", re.MULTILINE)
    found = [m for d in written(name).documents for m in named.findall(d.text)]
    assert found or name == "insults"
    for speaker, sentence in found:
        source = spoken.find(sentence)
        assert source
        assert transcript.sentences[source.first].speaker == speaker


def test_titles_and_headings_are_in_the_language_of_the_talk() -> None:
    transcript = talk("three_languages")
    for document in written("three_languages").documents:
        found = [p for p in parts(document, transcript) if p.kind in ("title", "heading")]
        words = [word for part in found for word in part.text.lower().split()]
        small = {code: sum(w in stop_words(code) for w in words) for code in ("en", "de", "es")}
        assert small["en"] == max(small.values())


@cache
def misheard() -> tuple[Transcript, frozenset[str]]:
    """Return a good talk in which every fourth word is another one, and these words.

    The wrong words are invented, so that none of them is also said; they have a low probability.
    """
    good = talks.read("lighthouse")
    draw = random.Random(7)
    wrong: set[str] = set()
    words = []
    for at, word in enumerate(good.words):
        if draw.random() < WRONG_WORDS:
            invented = f"{draw.choice('bdfgkmprt')}{draw.choice('aiou')}zzle{at}".translate(
                str.maketrans("0123456789", "abcdefghij")
            )
            wrong.add(invented)
            mark = re.sub(r"[\w'-]", "", word.text)
            words.append(replace(word, text=invented + mark, probability=LOW))
        else:
            words.append(replace(word, probability=HIGH))
    runs = [words[s.first_word : s.last_word + 1] for s in good.sentences]
    unsure = doubt.doubtful(runs, "en")
    sentences = [
        replace(s, text=" ".join(w.text for w in run), doubtful=doubtful)
        for s, run, doubtful in zip(good.sentences, runs, unsure, strict=True)
    ]
    return replace(good, words=tuple(words), sentences=tuple(sentences)), frozenset(wrong)


@cache
def written_misheard() -> Texts:
    return write(misheard()[0])


def test_no_text_repeats_what_was_misheard() -> None:
    transcript, wrong = misheard()
    assert_modest(transcript, written_misheard())
    for document in written_misheard().documents:
        told = set(re.findall(r"[a-z]+", document.text.lower()))
        assert told & wrong == set()


def test_small_talk_does_not_stand_in_for_what_was_misheard() -> None:
    transcript, _ = misheard()
    for document in written_misheard().documents:
        assert list(find_small_talk(draft(document, transcript), "lighthouse")) == []


@cache
def four_hours() -> Transcript:
    """Return a talk of four hours in which no sentence occurs twice."""
    who = ("baker", "ferryman", "surgeon", "gardener", "teacher", "mason", "tailor", "miller")
    did = ("repaired", "measured", "painted", "counted", "sold", "moved", "weighed", "opened")
    what = ("bridge", "oven", "harbour", "orchard", "library", "tower", "engine", "garden")
    why = ("the rain had stopped", "nobody else would", "the rope was short", "winter was near")
    lasting = ("three hours", "a whole week", "one long night", "half a year", "two summers")
    every = list(product(who, did, what, why, lasting))
    random.Random(3).shuffle(every)
    said = [
        (f"The {a} {b} the {c} because {d}, and the work took {e}.", None)
        for a, b, c, d, e in every[:2400]
    ]
    return talks.transcript(said)


def test_four_hours_make_texts_of_the_usual_length_without_repetition() -> None:
    transcript = four_hours()
    assert transcript.duration_s > 4 * 3600
    texts = write_texts(transcript, [], embed=None, kinds=TEXT_KINDS)
    assert_modest(transcript, texts)
    assert 600 <= len(texts.blog_post.split()) <= 1600
    spoken = Spoken(transcript)
    article = next(d for d in texts.documents if d.kind == "blog_post")
    sources = [spoken.find(s) for s in draft(article, transcript).sentences]
    hours = {int(transcript.sentences[s.first].start_s // 3600) for s in sources if s}
    assert hours >= {0, 1, 2, 3}


def test_forty_seconds_make_a_few_sentences() -> None:
    texts = written("forty_seconds")
    assert 30 < talk("forty_seconds").duration_s < 50
    assert texts.twitter_thread.count("\n\n") <= 2
    assert known("en").takeaways_heading not in texts.blog_post
    assert "\n## " not in texts.blog_post
    assert "•" not in texts.linkedin_post


@pytest.mark.parametrize("name", ["quarrel", "recipe"])
def test_masked_talks_make_masked_texts(name: str) -> None:
    transcript = profanity.clean(talks.read(name))
    texts = write(transcript)
    for document in texts.documents:
        assert profanity.mask_text(document.text, "en") == document.text
