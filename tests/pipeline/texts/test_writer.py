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
from hypothesis import example, given, settings
from hypothesis import strategies as st
from project_paths import DATA, MEDIA, ROOT, SUPPORT
from whole_moments import highlight

from pipeline.core.data import Highlight, Sentence, Transcript, Word
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TextKind, Texts
from pipeline.highlights.hashtags import hashtags
from pipeline.highlights.titles import clip_title
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.copy_editing import punctuate
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import uncounted
from pipeline.language.languages import language as known
from pipeline.language.lexicon import last_words, stop_words
from pipeline.language.text_limits import tweet_length
from pipeline.language.written_numbers import write_figures
from pipeline.texts.chatter import quoted
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


def transcript_of(
    texts: Sequence[str], *, language: str = "en", speakers: Sequence[str] | None = None
) -> Transcript:
    """Sentences of three seconds each."""
    words: list[Word] = []
    sentences: list[Sentence] = []
    for number, text in enumerate(texts):
        start_s, tokens = 3.0 * number, text.split()
        for token in tokens:
            words.append(Word(text=token, start_s=start_s, end_s=start_s + 1, probability=0.9))
        sentences.append(
            Sentence(
                text=text,
                start_s=start_s,
                end_s=start_s + 3.0,
                first_word=len(words) - len(tokens),
                last_word=len(words) - 1,
                speaker=speakers[number] if speakers else None,
            )
        )
    return Transcript(
        language=language,
        duration_s=3.0 * len(texts),
        words=tuple(words),
        sentences=tuple(sentences),
    )


def read_talk(path: Path) -> tuple[Transcript, list[Highlight]]:
    """A truth file's sentences and moments."""
    truth = json.loads(path.read_text(encoding="utf-8"))
    said = truth["sentences"]
    transcript = transcript_of(
        [s["text"] for s in said], speakers=[s["speaker"].title() for s in said]
    )
    moments = []
    for rank, moment in enumerate(truth["moments"]):
        inside = [
            i
            for i, s in enumerate(said)
            if s["start_s"] > moment["start_s"] - 0.05 and s["end_s"] < moment["end_s"] + 0.05
        ]
        moments.append(highlight(inside[0], inside[-1], 0.9 - 0.1 * rank))
    return transcript, moments


def tokens(text: str) -> set[str]:
    """Words and numbers, without marks around them."""
    return {word for token in re.split(r"[\s/]+", text) if (word := bare(token))}


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
        ("Bob", "The bridge had a hole in the middle for eleven years, and everybody knew it."),
        ("Ada", "Was it safe to drive over that hole?"),
        ("Cem", "No, it was never safe."),
        ("Bob", "Three hundred cars a day used to go over it, and nobody ever counted the holes."),
    ]
    transcript = transcript_of([t for _, t in said], speakers=[s for s, _ in said])
    texts = write_texts(transcript, [highlight(0, 3, 0.9)], embed=None)
    for text in texts.by_kind().values():
        assert "hole?" not in text or "No, it was never safe." in text
    assert "Cem: No, it was never safe." in texts.twitter_thread


@pytest.mark.parametrize(
    ("language", "said", "inside"),
    [
        ("en", ["He said, “I hate bread.", "I never want any.”", "So I left."], {1}),
        ("en", ['He said, "I hate bread.', 'I never want any."', "So I left."], {1}),
        ("en", ["He said “no” to it.", "So I left."], set()),
        ("de", ["Er sagte „ja“ dazu.", "Das Brot war gut."], set()),
        ("de", ["Er sagte: „Ich backe.", "Jeden Tag.“", "Das Brot war gut."], {1}),
    ],
)
def test_what_is_quoted_over_several_sentences_is_known(
    language: str, said: list[str], inside: set[int]
) -> None:
    assert quoted(transcript_of(said, language=language)) == inside


def test_points_of_two_people_are_no_list() -> None:
    said = [
        ("Ada", "First, switch off the water before you begin with anything at all."),
        ("Bob", "I never do that, and nothing has ever happened in my house, not once."),
        ("Ada", "Second, call somebody who has done it before and knows the pipes."),
    ]
    transcript = transcript_of([t for _, t in said], speakers=[s for s, _ in said])
    article = write_texts(transcript, [highlight(0, 2, 0.9)], embed=None).blog_post
    assert "1. " not in article
    assert re.search(r"\*\*Bob:\*\* I never do that", article)


# --- titles and tags ------------------------------------------------------------------------

STORIES = {
    "I got my bakery because of a stranger who was angry about a loaf of bread. I was selling at "
    "a market stall.": "I got my bakery because of a stranger who was angry",
    "Follow your passion is the worst advice that you can give to a young person, and I say that "
    "as somebody who loves her work.": "Follow your passion is the worst advice that you can give",
    "The most embarrassing day of my life began with a wedding cake and a dog called Biscuit."
    "": "The most embarrassing day of my life",
    "Um, well, what would you do with one more year?": "What would you do with one more year?",
    "I have never repaired anything in my own house. My doorbell plays one note."
    "": "I have never repaired anything in my own house",
}
WHOLE_RATHER_THAN_TORN = {
    "It allowed for the inhumanity of slavery, and failed to guarantee women and even men who "
    "didn't own property, the right to participate in politics. There wasn't a perfect document."
    "": "There wasn't a perfect document",
    "There wasn't a perfect document. It allowed for the inhumanity of slavery and failed to "
    "guarantee women and even men who didn't own property, the right to participate in politics."
    "": "There wasn't a perfect document",
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do "
    "for your country.": "Ask what you can do for your country",
}


@pytest.mark.parametrize(("said", "title"), [*STORIES.items(), *WHOLE_RATHER_THAN_TORN.items()])
def test_a_title_is_the_strongest_clause(said: str, title: str) -> None:
    assert clip_title(said) == title


@pytest.mark.parametrize(
    ("said", "title"), [("Um.", "Um"), ("Um, uh... Hmm?", "Um, uh... Hmm?"), (" ", ""), ("...", "")]
)
def test_a_clip_of_nothing_but_fillers_is_named_after_them(said: str, title: str) -> None:
    assert clip_title(said) == title


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Der hinter diesem Portal liegende Raum wurde als Leichenhalle genutzt, damals.", "de"),
        ("Las arenas son blanquecinas de grano medio y tiene muy poca asistencia.", "es"),
        ("客観的実在の判断的知識が成立するのである。", "ja"),
        ("و هذا هو السؤال الذي يجب أن نطرحه على أنفسنا في كل يوم من أيام حياتنا الطويلة", "ar"),
        ("Donaudampfschifffahrtsgesellschaft" * 3, "de"),
    ],
)
def test_titles_work_in_every_language(said: str, language: str) -> None:
    title = clip_title(said, language)
    assert 0 < len(title) <= 60
    assert title.rstrip("…") in said or title.rstrip("…")[1:] in said


SAID = """
the and of a to I you never bread dog money because, which who was told 42 twenty um so, well,
Anna Mill Street worst secret library repaired toaster, cable. plug? breaks! minutes, that
it he said, if when costs forty-two it's don't
"""
WORDS = st.sampled_from(SAID.split())


@given(st.lists(WORDS, min_size=1, max_size=60).map(" ".join))
@example("the a never never never never never told Street said, breaks!")  # 60 and a mark
def test_any_title_is_short_whole_and_said(text: str) -> None:
    title = clip_title(text)
    assert len(title) <= 60
    assert tokens(title) <= tokens(text)
    if title and title[-1] not in "?!…" and title.lower() not in tidy(text).lower():
        assert bare(title.split()[-1]) not in last_words("en")
    assert title == "" or not title[0].islower()


def run_of(short: list[str], long: list[str]) -> bool:
    """Whether the words stand in the text one after the other."""
    return any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1))


@given(st.lists(WORDS, min_size=1, max_size=60).map(" ".join))
def test_any_title_is_one_run_of_what_was_said(text: str) -> None:
    """A word left out between others would say what nobody said."""
    title = [w for t in clip_title(text).split() if (w := bare(t))]
    tidied = " ".join(tidy(s) for s in split_sentences(text))
    said = [w for t in (tidied or text).split() if (w := bare(t))]
    assert run_of(title, said)


def test_a_tag_is_no_part_of_a_title() -> None:
    assert clip_title("The battery lasts a day, right?") == "The battery lasts a day"
    assert clip_title("Is the answer on the right?") == "Is the answer on the right?"


def test_words_that_search_for_others_make_no_title() -> None:
    text = "It was, like, maybe a kind of a shed or whatever. We sold forty boats in one winter."
    assert clip_title(text) == "We sold forty boats in one winter"


def test_tags_say_which_thing_not_of_what_kind() -> None:
    text = (
        "A simple example is the battery. There is a bunch of reasons why the fastest battery "
        "costs a couple of cents, and the battery has a small charger."
    )
    tags = set(hashtags(text))
    assert "#battery" in tags
    assert "#charger" in tags
    assert not tags & {"#simple", "#example", "#bunch", "#reasons", "#fastest", "#couple", "#small"}


def test_tags_are_names_and_things() -> None:
    text = (
        "He had owned the bakery on Mill Street for forty years. The bakery made bread. I love "
        "the bread and the bakery, and we really always wanted something."
    )
    tags = hashtags(text)
    assert {"#bakery", "#bread", "#MillStreet"} <= set(tags)
    assert not {t[1:].lower() for t in tags} & stop_words("en")


def test_a_capital_that_is_no_name_parts_two_names() -> None:
    assert hashtags("We met Anna I Anna there.") == hashtags("We met Anna there.")


@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_any_tag_is_one_word_that_was_said(text: str) -> None:
    tags = hashtags(text)
    assert len(tags) <= 5
    assert len({t.lower() for t in tags}) == len(tags)
    said = re.sub(r"\W", "", text.lower())
    for tag in tags:
        assert re.fullmatch(r"#\w{3,30}", tag)
        assert tag[1:].lower() in said
        assert tag[1:].lower() not in stop_words("en")


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


def test_other_languages_get_no_english() -> None:
    said = [
        "Die Bäckerei gehört mir seit zwanzig Jahren.",
        "Ein alter Mann kam jeden Samstag zu meinem Stand auf dem Markt.",
        "Er sagte mir jedes Mal, dass mein Brot zu nass und zu sauer ist.",
        "Dann habe ich ihm meine Schürze gegeben und er hat es mir gezeigt.",
        "Es war das beste Brot, das ich in meinem Leben gegessen habe.",
        "Was würdest du tun, wenn dir jemand so etwas sagt?",
        "Zwei Monate später gab er mir die Schlüssel zu seiner Bäckerei.",
        "Er wollte dafür nur ein Brot in der Woche, bis an sein Ende.",
    ]
    texts = write_texts(transcript_of(said, language="de"), [highlight(0, 4, 0.8)], embed=None)
    assert tokens(body(texts, "de")) <= printed_tokens(said, "de")
    assert "takeaways" not in texts.blog_post.lower()


def test_a_script_without_spaces_is_written_too() -> None:
    said = [
        "客観的実在の判断的知識が成立するのである。",
        "それは本当に大切なことだと思います。",
    ] * 6
    texts = write_texts(transcript_of(said, language="ja"), [highlight(0, 3, 0.8)], embed=None)
    assert all(tweet_length(t) <= 280 for t in tweets(texts.twitter_thread))
    assert said[0] in texts.blog_post


def test_nothing_said_is_nothing_written() -> None:
    for said in ([], ["Um.", "Uh, hmm."]):
        texts = write_texts(transcript_of(said), [], embed=None)
        assert {d.kind for d in texts.documents} == set(DEFAULT_TEXT_KINDS)
        assert all(d.reason and not d.text for d in texts.documents)


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
    transcript = transcript_of(texts, language=language)
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
