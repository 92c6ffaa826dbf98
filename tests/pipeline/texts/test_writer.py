"""What is written from a talk is the talk's own, fits its place, and reads as if meant."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import talks
from hypothesis import given, settings
from hypothesis import strategies as st
from project_paths import DATA, MEDIA, ROOT, SUPPORT
from spoken_words import ANY_WORDS, tokens
from whole_moments import highlight

from pipeline.core.data import Highlight, Transcript
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TextKind, Texts
from pipeline.language.cleanup import tidy
from pipeline.language.copy_editing import punctuate
from pipeline.language.enumerations import uncounted
from pipeline.language.languages import language as known
from pipeline.language.text_limits import tweet_length
from pipeline.language.written_numbers import write_figures
from pipeline.texts.conjunctions import strip_conjunction
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
    return write_figures(punctuate(tidy(text, language, answered=True), language), language)


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
    everything = everything.replace(known(language).takeaways_heading or "\0", "")
    return re.sub(r"#\w*|[•>“”„…]|(?m:^- )", " ", everything)


def test_an_answer_stays_with_its_question() -> None:
    said = [
        ("The bridge had a hole in the middle for eleven years, and everybody knew it.", "Bob"),
        ("Was it safe to drive over that hole?", "Ada"),
        ("No, it was never safe.", "Cem"),
        ("Three hundred cars a day used to go over it, and nobody ever counted the holes.", "Bob"),
    ]
    transcript = talks.transcript(said)
    texts = write_texts(transcript, [highlight(0, 3, 0.9)], embed=None)
    for text in texts.by_kind().values():
        assert "hole?" not in text or "No, it was never safe." in text
    assert "Cem: No, it was never safe." in texts.twitter_thread


def test_points_of_two_people_are_no_list() -> None:
    said = [
        ("First, switch off the water before you begin with anything at all.", "Ada"),
        ("I never do that, and nothing has ever happened in my house, not once.", "Bob"),
        ("Second, call somebody who has done it before and knows the pipes.", "Ada"),
    ]
    transcript = talks.transcript(said)
    article = write_texts(transcript, [highlight(0, 2, 0.9)], embed=None).blog_post
    assert "1. " not in article
    assert re.search(r"\*\*Bob:\*\* I never do that", article)


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
    texts = write_texts(transcript, moments, embed=None)
    said = printed_tokens([s.text for s in transcript.sentences])
    assert tokens(body(texts)) <= said


@pytest.mark.parametrize("path", TALKS)
def test_a_thread_tells_each_best_moment_from_its_first_words(path: Path) -> None:
    transcript, moments = read_talk(path)
    thread = write_texts(transcript, moments, embed=None).twitter_thread
    parts = tweets(thread)
    opening = printed(transcript.sentences[moments[0].first_sentence].text)
    assert parts[0].startswith(f"1/ {opening[:40]}")
    assert [int(p.split("/")[0]) for p in parts] == list(range(1, len(parts) + 1))
    assert all(tweet_length(p) <= 280 for p in parts)
    for moment in moments[:3]:
        assert printed(transcript.sentences[moment.first_sentence].text)[:60] in thread
    for part in parts[1:]:
        assert not part.partition(" ")[2].startswith("And ")


@pytest.mark.parametrize("path", TALKS)
def test_a_post_has_hook_body_takeaways_question_and_tags(path: Path) -> None:
    transcript, moments = read_talk(path)
    post = write_texts(transcript, moments, embed=None).linkedin_post
    paragraphs = post.split("\n\n")
    assert len(post) <= 3000
    assert 1 <= len(paragraphs[0].splitlines()) <= 2
    bullets = [line for line in post.splitlines() if line.startswith("• ")]
    assert not bullets or 3 <= len(bullets) <= 5
    tags = paragraphs.pop() if paragraphs[-1].startswith("#") else ""
    assert len(re.findall(r"#\w+", tags)) <= 3


def test_a_post_ends_with_no_question_to_the_guest() -> None:
    transcript, moments = read_talk(PODCAST)
    paragraphs = write_texts(transcript, moments, embed=None).linkedin_post.split("\n\n")
    assert paragraphs[0].startswith("I got my bakery because of a stranger")
    assert not [p for p in paragraphs if p.endswith("?") and not p.startswith("#")]


@pytest.mark.parametrize("path", TALKS)
def test_an_article_has_every_moment_and_no_advert(path: Path) -> None:
    transcript, moments = read_talk(path)
    article = write_texts(transcript, moments, embed=None).blog_post
    assert article.startswith("# ")
    assert len(re.findall(r"(?m)^# ", article)) == 1
    parts = re.findall(r"(?m)^## .+ \(\d+:\d\d\)$|^\*\*.+\?\*\*$", article)
    assert len(parts) >= len(moments) // 2
    for moment in moments:
        for sentence in transcript.sentences[moment.first_sentence : moment.last_sentence + 1]:
            told = strip_conjunction(uncounted(printed(sentence.text), "en"), "en")
            assert told[1:].removesuffix(".") in article
    for advert in ("sponsor", "checkout", "promo", "thanks for having me", "Thank you for having"):
        assert advert not in article
    headings = re.findall(r"(?m)^## (.+)$", article)
    assert len(set(headings)) == len(headings)


def test_a_quote_is_by_a_name_not_by_a_number() -> None:
    transcript = talks.read("queues")

    def quotes(speaker: str) -> str:
        said = tuple(
            replace(s, speaker=speaker if s.speaker == "Hanna" else s.speaker)
            for s in transcript.sentences
        )
        article = write_texts(replace(transcript, sentences=said), [], embed=None).blog_post
        return "\n".join(line for line in article.splitlines() if line.startswith(">"))

    assert "(Hanna, " in quotes("Hanna")
    assert "Speaker" not in quotes("Speaker 1")
    assert quotes("Hanna").replace("Hanna, ", "") == quotes("Speaker 1")


@pytest.mark.parametrize("wanted", [(), ("linkedin_post",), ("twitter_thread", "blog_post")])
def test_only_the_texts_that_are_wanted_are_written(wanted: tuple[TextKind, ...]) -> None:
    sentences = ["Nobody tells you this.", "I lost my bakery in one night.", "So check the oven."]
    transcript = transcript_of(sentences * 4)
    every = write_texts(transcript, [], embed=None).by_kind()
    found = write_texts(transcript, [], embed=None, kinds=wanted).by_kind()
    assert found == {kind: text for kind, text in every.items() if kind in wanted}
    assert all(every.values())
    assert len(every) == len(DEFAULT_TEXT_KINDS)


def test_no_writer_runs_where_no_text_is_wanted() -> None:
    def embed(_: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        raise AssertionError("nobody asked for a text")

    found = write_texts(transcript_of(["Never again."] * 9), [], embed=embed, kinds=())
    assert found == Texts()


def test_embeddings_choose_when_they_are_given() -> None:
    texts = [f"Bread number {n} needs flour, water, salt and time." for n in range(8)]
    texts += [f"Boats of kind {n} need sails, wind, ropes and water." for n in range(8)]
    asked: list[Sequence[str]] = []

    def embed(sentences: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        asked.append(sentences)
        return np.array([[1, 0] if "Bread" in s else [0, 1] for s in sentences], np.float32)

    article = write_texts(transcript_of(texts), [], embed=embed).blog_post
    assert len(asked) == 1
    _title, _standfirst, _summary, *paragraphs = article.split("## Key")[0].split("\n\n")
    assert any("Bread" in paragraph for paragraph in paragraphs)
    for paragraph in paragraphs:
        assert not ("Bread" in paragraph and "Boats" in paragraph)


def test_nothing_said_is_nothing_written() -> None:
    for said in ([], ["Um.", "Uh, hmm."]):
        texts = write_texts(transcript_of(said), [], embed=None)
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
@given(texts=SENTENCES, data=st.data(), language=st.sampled_from(["en", "de", "fi"]))
def test_limits_and_grounds_hold_for_any_talk(
    texts: list[str], data: st.DataObject, language: str
) -> None:
    transcript = transcript_of(texts, language)
    moments = []
    for _ in range(data.draw(st.integers(0, 3))):
        first = data.draw(st.integers(0, len(texts) - 1))
        last = data.draw(st.integers(first, len(texts) - 1))
        moments.append(highlight(first, last, data.draw(st.floats(0, 1))))
    written = write_texts(transcript, moments, embed=None)
    assert all(tweet_length(t) <= 280 for t in tweets(written.twitter_thread))
    assert len(written.linkedin_post) <= 3000
    assert tokens(body(written, language)) <= printed_tokens(texts, language)


def test_a_sentence_never_points_at_another_than_it_did() -> None:
    """What it leans on comes along, or it stays away: two true sentences can say what is not."""
    filler = [f"Number {n} of the flour lists names water, salt and yeast." for n in range(30)]
    said = [
        "Our first bank was founded by my grandfather in the bakery on Mill Street.",
        "Mhm.",
        *filler,
        "Yes.",
        "It went bankrupt within a year, with all the bread money of Mill Street in it.",
    ]
    article = write_texts(transcript_of(said), [highlight(5, 8, 0.9)], embed=None).blog_post
    if said[-1] in article:
        assert f"{said[-2]} {said[-1]}" in article or said[-2] in article


@pytest.mark.slow  # a process of its own
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_same_talk_has_the_same_article_in_every_process(seed: str) -> None:
    """This process has a seed of its own."""
    folders = [str(Path(__file__).parent), *map(str, SUPPORT)]
    program = (
        f"import sys; sys.path[:0] = {folders!r}\n"
        "from test_writer import SAMPLE, read_talk, write_texts\n"
        "talk, moments = read_talk(SAMPLE)\n"
        "print(write_texts(talk, moments, embed=None).blog_post)\n"
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
    assert made == write_texts(talk, moments, embed=None).blog_post + "\n"
    assert made.startswith("# ")
