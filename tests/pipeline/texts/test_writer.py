"""What is written from a talk is the talk's own, fits its place, and reads as if meant."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import real_models
import talks
from given_readings import given_models
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from project_paths import DATA, MEDIA, ROOT, SUPPORT
from spoken_words import ANY_WORDS, tokens
from whole_moments import highlight

from pipeline.analysis.reading import Reading
from pipeline.core.data import Highlight, Sentence, Transcript
from pipeline.core.texts import (
    DEFAULT_TEXT_KINDS,
    TEXT_KINDS,
    Document,
    TextKind,
    TextOptions,
    Texts,
)
from pipeline.language.cleanup import tidy
from pipeline.language.text_limits import tweet_length
from pipeline.texts.checks import faults
from pipeline.texts.grounding import Evidence
from pipeline.texts.standfirst import standfirst_line
from pipeline.texts.writer import write_texts

SAMPLE = DATA / "sample_talk.truth.json"
PODCAST = MEDIA / "long" / "podcast_a.truth.json"
TALKS = [
    pytest.param(SAMPLE, id="sample"),
    pytest.param(
        PODCAST,
        id="podcast",
        marks=pytest.mark.skipif(not PODCAST.is_file(), reason="no ../shared/media here"),
    ),
]


def transcript_of(texts: Sequence[str], language: str = "en") -> Transcript:
    return talks.transcript([(text, None) for text in texts], language)


def read_talk(path: Path) -> tuple[Transcript, list[Highlight]]:
    """A truth file's sentences and moments."""
    truth = json.loads(path.read_text(encoding="utf-8"))
    said = truth["sentences"]
    transcript = talks.transcript([(s["text"], s["speaker"].title()) for s in said])
    moments = []
    for rank, moment in enumerate(truth["moments"]):
        inside = [
            i
            for i, s in enumerate(said)
            if s["start_s"] > moment["start_s"] - 0.05 and s["end_s"] < moment["end_s"] + 0.05
        ]
        moments.append(highlight(inside[0], inside[-1], 0.9 - 0.1 * rank))
    return transcript, moments


def printed(text: str, language: str = "en") -> str:
    """A spoken sentence as a text may have it."""
    return tidy(text, language, answered=True)


def printed_tokens(said: Sequence[str], language: str = "en") -> set[str]:
    """Words of sentences as texts may have them."""
    return tokens(" ".join(printed(text, language) for text in said))


def tweets(thread: str) -> list[str]:
    """The tweets of a thread."""
    return re.split(r"\n\n(?=\d+/ )", thread)


def body(texts: Texts, language: str = "en") -> str:
    """All three texts without what is form: numbering, headings' marks, times, tags."""
    thread = re.sub(r"(?m)^\d+/ ", "", texts.twitter_thread)
    below_title = standfirst_line(language)
    blog = below_title.sub("", texts.blog_post) if below_title else texts.blog_post
    blog = re.sub(r" \((?:[^()]*, )?[\d:]+\)", "", blog)
    blog = re.sub(r"(?m)^# (?:Guest|Host): ", "# ", blog)
    blog = re.sub(r"(?m)^\*\*\w+:\*\* |\*\*", "", blog)
    everything = "\n".join([thread, re.sub(r"(?m)^\d\. ", "", f"{texts.linkedin_post}\n{blog}")])
    return re.sub(r"#\w*|[•>“”„…]|(?m:^- )", " ", everything)


# --- the three texts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("naïve café", 10),
        ("日本", 4),
        ("👍", 2),
        ("see https://example.com/a/very/long/address?with=things now", 4 + 23 + 4),
        ("e\u0301", 1),
        ("“quoted” – so", 13),
    ],
)
def test_tweets_are_counted_as_x_counts(text: str, length: int) -> None:
    assert tweet_length(text) == length


@pytest.mark.parametrize("path", TALKS)
def test_every_word_number_and_name_was_said(path: Path) -> None:
    transcript, moments = read_talk(path)
    texts = write_texts(transcript, moments, models=real_models.text_models)
    said = printed_tokens([s.text for s in transcript.sentences])
    assert tokens(body(texts)) <= said


def sources(document: Document) -> list[int]:
    """The sentences that a text tells, in its order, without its title."""
    told = [b for b in document.blocks if b.kind not in ("title", "standfirst", "tags")]
    return [n for b in told for s in b.statements for n in s.sources]


def run_of(document: Document, transcript: Transcript, moments: Sequence[Highlight]) -> Highlight:
    """The moment that a text tells whole: with nothing else, but perhaps its question before."""
    found = sources(document)
    assert found == sorted(set(found))
    (moment,) = [m for m in moments if m.last_sentence == found[-1]]
    speaker = transcript.sentences[found[-1]].speaker
    told = [n for n in found if transcript.sentences[n].speaker == speaker]
    own = range(told[0], found[-1] + 1)
    assert told == [n for n in own if transcript.sentences[n].speaker == speaker]
    assert told[0] <= moment.first_sentence + 1
    return moment


@pytest.mark.parametrize("path", TALKS)
def test_a_thread_and_a_post_tell_one_moment_whole(path: Path) -> None:
    transcript, moments = read_talk(path)
    texts = write_texts(transcript, moments, models=real_models.text_models)
    thread, post = texts.documents[:2]
    moment = run_of(thread, transcript, moments)
    assert sources(thread) == sources(post)
    assert moment in moments
    parts = tweets(thread.text)
    assert [int(p.split("/")[0]) for p in parts] == list(range(1, len(parts) + 1))
    assert all(tweet_length(p) <= 280 for p in parts)
    assert len(post.text.split("\n\n")[0].splitlines()) == 1
    assert not thread.text.endswith("?")


@pytest.mark.parametrize("path", TALKS)
def test_another_hook_tells_another_moment(path: Path) -> None:
    transcript, moments = read_talk(path)
    told = [
        run_of(
            write_texts(
                transcript,
                moments,
                models=real_models.text_models,
                kinds=["twitter_thread"],
                text_options=TextOptions(hook=hook),
            ).documents[0],
            transcript,
            moments,
        )
        for hook in (1, 2, 3)
    ]
    assert len({m.first_sentence for m in told}) == 3


@pytest.mark.parametrize("path", TALKS)
def test_an_article_tells_whole_moments_in_order_and_no_advert(path: Path) -> None:
    transcript, moments = read_talk(path)
    texts = write_texts(transcript, moments, models=real_models.text_models)
    article, document = texts.blog_post, texts.documents[2]
    assert article.startswith("# ")
    assert len(re.findall(r"(?m)^# ", article)) == 1
    found = sources(document)
    assert found == sorted(set(found))
    told = [m for m in moments if m.last_sentence in found]
    assert len(told) >= 2
    headings = re.findall(r"(?m)^## (.+) \(\d+:\d\d\)$", article)
    assert len(set(headings)) == len(headings) >= 1
    for advert in ("sponsor", "checkout", "promo", "thanks for having me", "Thank you for having"):
        assert advert not in article


def test_a_question_stands_above_its_answer() -> None:
    transcript, moments = read_talk(SAMPLE)
    article = write_texts(transcript, moments, models=real_models.text_models).blog_post
    asked = r"## Clara, how did the repair table begin\? \(\d:\d\d\)\n\nIt began with a radio"
    assert re.search(asked, article)


def test_a_card_is_by_a_name_not_by_a_number() -> None:
    transcript = talks.read("queues")

    def cards(speaker: str) -> str:
        said = tuple(
            replace(s, speaker=speaker if s.speaker == "Hanna" else s.speaker)
            for s in transcript.sentences
        )
        named = replace(transcript, sentences=said)
        return write_texts(named, [], models=real_models.text_models, kinds=["quote_cards"]).text(
            "quote_cards"
        )

    assert "(Hanna, " in cards("Hanna")
    assert "Speaker" not in cards("Speaker 1")


@pytest.mark.parametrize("wanted", [(), ("linkedin_post",), ("twitter_thread", "blog_post")])
def test_only_the_texts_that_are_wanted_are_written(wanted: tuple[TextKind, ...]) -> None:
    sentences = ["Nobody tells you this.", "I lost my bakery in one night.", "So check the oven."]
    transcript = transcript_of(sentences * 4)
    every = write_texts(transcript, [], models=given_models()).by_kind()
    found = write_texts(transcript, [], models=given_models(), kinds=wanted).by_kind()
    assert found == {kind: text for kind, text in every.items() if kind in wanted}
    assert all(every.values())
    assert len(every) == len(DEFAULT_TEXT_KINDS)


def test_nothing_is_read_where_no_text_is_wanted() -> None:
    def read(_: Sequence[Sentence]) -> Reading:
        raise AssertionError("nobody asked for a text")

    found = write_texts(
        transcript_of(["Never again."] * 9), [], models=replace(given_models(), read=read), kinds=()
    )
    assert found == Texts()


def test_nothing_said_is_nothing_written() -> None:
    for said in ([], ["Um.", "Uh, hmm."]):
        texts = write_texts(transcript_of(said), [], models=real_models.text_models)
        assert {d.kind for d in texts.documents} == set(DEFAULT_TEXT_KINDS)
        assert all(d.reason and not d.text for d in texts.documents)


WORDS = st.sampled_from(ANY_WORDS)
SENTENCES = st.lists(
    st.tuples(st.lists(WORDS, min_size=1, max_size=70).map(" ".join), st.sampled_from(".?!")).map(
        "".join
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@drawn(texts=SENTENCES, data=st.data(), language=st.sampled_from(["en", "de", "fi"]))
def test_limits_and_grounds_hold_for_any_talk(
    texts: list[str], data: st.DataObject, language: str
) -> None:
    transcript = transcript_of(texts, language)
    moments = []
    for _ in range(data.draw(st.integers(0, 3))):
        first = data.draw(st.integers(0, len(texts) - 1))
        last = data.draw(st.integers(first, len(texts) - 1))
        moments.append(highlight(first, last, data.draw(st.floats(0, 1))))
    written = write_texts(transcript, moments, models=given_models(), kinds=TEXT_KINDS)
    assert all(tweet_length(t) <= 280 for t in tweets(written.twitter_thread))
    assert len(written.linkedin_post) <= 3000
    assert tokens(body(written, language)) <= printed_tokens(texts, language)
    evidence = Evidence(transcript)
    for document in written.documents:
        found = faults(document.text, document.kind, evidence) if document.text else []
        assert [f for f in found if f.kind in ("length", "form", "name", "number")] == []


@pytest.mark.slow  # a process of its own
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_same_talk_has_the_same_article_in_every_process(seed: str) -> None:
    """This process has a seed of its own."""
    folders = [str(Path(__file__).parent), *map(str, SUPPORT)]
    program = (
        f"import sys; sys.path[:0] = {folders!r}\n"
        "from test_writer import SAMPLE, given_models, read_talk, write_texts\n"
        "talk, moments = read_talk(SAMPLE)\n"
        "print(write_texts(talk, moments, models=given_models()).blog_post)\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=ROOT,
    ).stdout
    talk, moments = read_talk(SAMPLE)
    assert made == write_texts(talk, moments, models=given_models()).blog_post + "\n"
    assert made.startswith("# ")
