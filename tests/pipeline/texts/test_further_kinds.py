"""Each further kind of text is what its readers and its network expect."""

import random
import re
from functools import cache
from itertools import pairwise

import pytest
import real_models
import talks
import written_talks

from pipeline.core.texts import TEXT_KINDS, Document, TextKind, TextLength, TextOptions
from pipeline.core.timecode import to_seconds
from pipeline.language.languages import language as known
from pipeline.language.text_limits import (
    grapheme_count,
    mastodon_length,
    threads_length,
    tweet_length,
)
from pipeline.texts.checks import faults
from pipeline.texts.grounding import Evidence
from pipeline.texts.kinds.messages import Piece, pack, text_of
from pipeline.texts.networks import NETWORKS
from pipeline.texts.writer import write_texts

FURTHER = TEXT_KINDS[3:]
NAMES = ("lighthouse", pytest.param("queues", marks=pytest.mark.slow), "ja")
CHAPTER = re.compile(r"(?m)^(?:(\d+):)?(\d{1,2}):(\d\d) (.+)$")
CARD = re.compile(r"[“„«「](.+)[”“»」](?: \((?:[^()]+, )?\d+:\d\d\)|（[^（）]+\d+:\d\d）)")
SAID = ("hook", "paragraph", "list", "quotation")
NAMED = ("lighthouse",)  # talks whose guests are named
LINK = "https://example.org/watch?v=abc"
FAMILY = "👨‍👩‍👧‍👦"


@cache
def documents(name: str, options: TextOptions) -> dict[TextKind, Document]:
    texts = written_talks.written(talks.read(name), options)
    return {document.kind: document for document in texts.documents}


def written(
    name: str, kind: TextKind, length: TextLength = "normal", hook: int = 1, link: str = ""
) -> Document:
    return documents(name, TextOptions(length=length, hook=hook, link=link))[kind]


def chapters(text: str) -> list[tuple[float, str]]:
    return [(to_seconds(*m.groups()[:3]), m[4]) for m in CHAPTER.finditer(text)]


@pytest.mark.parametrize(
    ("text", "tweet", "bluesky", "threads", "mastodon"),
    [
        ("Plain words.", 12, 12, 12, 12),
        ("日本語", 6, 3, 3, 3),
        (f"a{FAMILY}b", 13, 3, 27, 3),
        ("e\u0301te\u0301", 3, 3, 5, 3),
        ("🇩🇪🇫🇷🇮", 10, 3, 20, 3),
        ("See example.com/a/very/long/path now", 31, 36, 36, 31),
        ("https://example.com/" + "x" * 80, 23, 100, 100, 23),
    ],
)
def test_each_network_counts_in_its_own_way(
    text: str, tweet: int, bluesky: int, threads: int, mastodon: int
) -> None:
    assert tweet_length(text) == tweet
    assert grapheme_count(text) == bluesky
    assert threads_length(text) == threads
    assert mastodon_length(text) == mastodon


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("seed", range(12))
def test_no_message_is_too_long_whatever_is_said(kind: TextKind, seed: int) -> None:
    chance = random.Random(seed)
    letters = ["word", "länger", "語", FAMILY, "e\u0301", "https://example.com/x", "a, b", "…"]
    pieces = [
        Piece(
            text=" ".join(chance.choices(letters, k=chance.randint(1, 150))) + ".",
            sources=(n,),
            leans=chance.random() < 0.3,
        )
        for n in range(8)
    ]
    room = NETWORKS[kind].room
    messages = pack(pieces, room, "en")
    assert all(room.fits(text_of(message)) for message in messages)
    told = "".join(text_of(message) for message in messages)
    assert told.count("w") >= sum(p.text.count("w") for p in pieces)  # nothing is lost


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [kind for kind in NETWORKS if kind in FURTHER])
def test_a_thread_has_the_form_of_its_network(name: str, kind: TextKind) -> None:
    network, text = NETWORKS[kind], written(name, kind).text
    messages = text.split("\n\n")
    assert len(messages) <= network.messages["normal"]
    assert all(network.limit.fits(message) for message in messages)
    assert not re.search(r"(?m)^\d+/", text)  # a custom of X
    assert "#" not in text


def test_longer_messages_make_fewer_of_them() -> None:
    counts = [
        written("lighthouse", kind).text.count("\n\n")
        for kind in ("bluesky_thread", "mastodon_thread")
    ]
    assert counts[0] > counts[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_description_says_in_the_first_two_lines_what_it_is_about(name: str) -> None:
    document = written(name, "youtube_description")
    opening = document.text.split("\n\n")[0]
    assert 1 <= len(opening.splitlines()) <= 2
    assert 0 < len(opening) <= 150
    assert len(document.text.encode()) <= 5000


@pytest.mark.parametrize("name", NAMES[:2])
def test_chapters_are_such_that_youtube_shows_them(name: str) -> None:
    found = chapters(written(name, "youtube_description").text)
    ends_s = talks.read(name).duration_s
    assert len(found) >= 3
    starts = [start_s for start_s, _ in found]
    assert starts[0] == 0
    assert all(after - before >= 10 for before, after in pairwise([*starts, ends_s]))
    titles = [title for _, title in found]
    assert len(set(titles)) == len(titles)
    assert all(len(title) <= 60 for title in titles)


@pytest.mark.slow  # reads talks that no other fast test does
@pytest.mark.parametrize("name", ["formulas", "quarrel"])
def test_there_are_no_chapters_where_fewer_than_three_have_titles(name: str) -> None:
    assert chapters(written(name, "youtube_description").text) == []


def test_a_sponsor_has_no_chapter() -> None:
    assert "Bramblewick" not in written("lighthouse", "youtube_description").text


def test_show_notes_link_their_times_into_the_talk() -> None:
    plain, linked = (written("lighthouse", "show_notes", link=link).text for link in ("", LINK))
    assert "](" not in plain
    topics = re.findall(r"(?m)^- \[(\d+):(\d\d)\]\((\S+)\) .+$", linked)
    assert len(topics) >= 3
    assert all(url == f"{LINK}&t={60 * int(m) + int(s)}" for m, s, url in topics)


def test_show_notes_name_people_and_addresses() -> None:
    base = [(s.text, s.speaker) for s in talks.read("lighthouse").sentences]
    said = [
        *base[:30],
        ("The plans are on harbour-trust.org, if you want to see them.", base[30][1]),
        ("My guest today is Rosa Delgado.", base[0][1]),
        *base[30:],
    ]
    transcript = talks.transcript(said)
    [document] = write_texts(
        transcript, [], models=real_models.text_models, kinds=["show_notes"]
    ).documents
    labels = known("en").show_notes
    assert labels is not None
    assert f"## {labels.links}\n\n- harbour-trust.org\n" in document.text
    people = document.text.partition(f"## {labels.people}\n\n")[2].split("\n\n")[0]
    assert "Rosa Delgado" in people
    assert faults(document.text, "show_notes", Evidence(transcript)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_newsletter_has_its_parts(name: str) -> None:
    subject, preview, *rest = written(name, "newsletter").text.strip().split("\n\n")
    assert subject.startswith("# ")
    assert len(subject) <= 62
    if name in NAMED:
        assert re.fullmatch(r"\*[^*\n]{1,90}\*", preview)
    assert rest


@pytest.mark.parametrize("name", NAMES)
def test_a_newsletter_has_three_points_or_none(name: str) -> None:
    assert len(re.findall(r"(?m)^- ", written(name, "newsletter").text)) in (0, 3)


@pytest.mark.parametrize("name", NAMES[:2])
def test_the_paragraph_of_a_newsletter_can_be_read_alone(name: str) -> None:
    told = [b for b in written(name, "newsletter").blocks if b.kind == "paragraph"]
    paragraph = " ".join(s.text for b in told for s in b.statements)
    assert 40 <= len(paragraph.split()) <= 120
    assert not re.match(r"(?:But|And|So|Or|Then|Because)\b", paragraph)


@pytest.mark.parametrize(
    "name", [*NAMES, *(pytest.param(n, marks=pytest.mark.slow) for n in ("quarrel", "formulas"))]
)
def test_cards_quote_whole_sentences_with_name_and_time(name: str) -> None:
    document = written(name, "quote_cards")
    cards = document.text.split("\n\n") if document.text else []
    assert bool(cards) != bool(document.reason)
    assert len(cards) <= 5
    for card in cards:
        match = CARD.fullmatch(card.replace("\u00a0", ""))
        assert match
        assert 10 <= len(match[1]) <= 140
        assert not match[1].endswith(("?", "!"))
    points = [s for s in talks.read(name).sentences if re.match(r"(?:First|Second|Third),", s.text)]
    assert all(s.text[8:30] not in document.text for s in points)


def test_no_insult_is_a_card() -> None:
    assert written("quarrel", "quote_cards").text == ""


@pytest.mark.parametrize("kind", FURTHER)
def test_every_statement_names_what_it_rests_on(kind: TextKind) -> None:
    count = len(talks.read("lighthouse").sentences)
    blocks = written("lighthouse", kind).blocks
    told = [s for b in blocks if b.kind in SAID for s in b.statements]
    told += [s for b in blocks if b.kind == "message" for s in b.statements if s.text[0] != "#"]
    assert told
    assert all(s.sources and all(0 <= i < count for i in s.sources) for s in told)


@pytest.mark.parametrize(
    "kind",
    ["bluesky_thread", "mastodon_thread", "quote_cards", "show_notes", "youtube_description"],
)
@pytest.mark.parametrize("name", NAMES[:2])
def test_a_short_text_is_shorter_than_a_long_one(name: str, kind: TextKind) -> None:
    short, long = (len(written(name, kind, length).text) for length in ("short", "long"))
    assert short <= long


@pytest.mark.parametrize("kind", ["bluesky_thread", "newsletter"])
@pytest.mark.parametrize("name", NAMES[:2])
def test_another_hook_opens_another_text(name: str, kind: TextKind) -> None:
    one, other = (written(name, kind, hook=hook).text for hook in (1, 2))
    assert one != other
    evidence = Evidence(talks.read(name))
    assert faults(other, kind, evidence) == []


@pytest.mark.parametrize("kind", ["mastodon_thread", "linkedin_post"])
@pytest.mark.parametrize("name", NAMES[:2])
def test_three_hooks_open_three_texts(name: str, kind: TextKind) -> None:
    texts = [written(name, kind, hook=hook).text for hook in (1, 2, 3)]
    assert len({text.split("\n")[0] for text in texts}) == 3
    evidence = Evidence(talks.read(name))
    assert [fault for text in texts for fault in faults(text, kind, evidence)] == []


BROKEN: dict[TextKind, tuple[str, str]] = {
    "bluesky_thread": ("oven " * 61, "length"),
    "threads_thread": ("oven " * 101, "length"),
    "mastodon_thread": ("\n\n".join(["oven"] * 16), "length"),
    "youtube_description": ("Ovens.\n\n0:00 Ovens\n0:05 Bread\n1:00 Loaves", "form"),
    "show_notes": ("Ovens are hot.", "form"),
    "newsletter": ("# " + "oven " * 13, "length"),
    "quote_cards": ("“" + "oven " * 30 + "”", "length"),
}


@pytest.mark.parametrize("kind", FURTHER)
def test_what_breaks_a_limit_is_found(kind: TextKind) -> None:
    evidence = Evidence(talks.transcript([("The oven ovens bread loaves.", "Ada")]))
    text, fault = BROKEN[kind]
    assert fault in {f.kind for f in faults(text, kind, evidence)}


@pytest.mark.parametrize(
    "listed",
    [
        "0:00 Ovens\n1:00 Bread",
        "0:10 Ovens\n1:00 Bread\n2:00 Loaves",
        "0:00 Ovens\n2:00 Bread\n1:00 Loaves",
        f"0:00 Ovens\n1:00 {'bread ' * 11}\n2:00 Loaves",
    ],
)
def test_chapters_that_youtube_ignores_are_found(listed: str) -> None:
    evidence = Evidence(talks.transcript([("The ovens bread loaves.", "Ada")]))
    found = faults(f"Ovens.\n\n{listed}", "youtube_description", evidence)
    assert {f.kind for f in found} & {"form", "length"}
