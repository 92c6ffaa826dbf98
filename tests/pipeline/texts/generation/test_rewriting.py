"""A language model's text is used part by part where it holds."""

import msgspec
import pytest
from fake_author import (
    GOOD,
    Author,
    Part,
    document,
    drafted,
    dumped,
    extractive,
    planned,
    point,
    written,
)
from given_readings import given

from pipeline.core.control import Control
from pipeline.core.data import Transcript
from pipeline.texts.writer import Supervision, write_texts


def test_a_model_that_says_what_was_said_is_believed() -> None:
    fake = Author()
    texts = written(fake)
    first, second, _ = texts.twitter_thread.split("\n\n")
    assert first == "1/ Nobody tells you that ovens break on the first Saturday."
    assert second.startswith("2/ We sold nine loaves that day")
    assert texts.linkedin_post.startswith("We opened with forty-two dollars.\n\nThe oven broke")
    assert texts.linkedin_post.endswith("What would you do with one oven?")
    title, standfirst, summary = texts.blog_post.split("\n\n")[:3]
    assert title == "# A bakery on Mill Street"
    assert standfirst == "*A talk by Anna. 1 minute, edited and condensed.*"  # the talk's own facts
    assert summary == "The bakery opened in 1998 with $42."
    assert "\n\n## The manual (0:24)\n\nClara was right, nobody reads it." in texts.blog_post
    assert len(fake.asked) == 3 + 3 + 3 + 4
    assert not fake.sent_back()
    assert {(d.author, d.reason) for d in texts.documents} == {("fake", "")}


def test_every_sentence_tells_what_it_rests_on() -> None:
    blocks = document(written(Author()), "blog_post").blocks
    kinds = ["title", "standfirst", "summary", "heading", "paragraph"]
    assert [block.kind for block in blocks[:5]] == kinds
    assert [s.sources for s in blocks[4].statements] == [(3,), (2,)]
    assert blocks[3].statements[0].sources == (2, 3)  # a heading rests on all of its section's
    assert blocks[3].start_s == 18.0  # and tells where the talk says its first sentence


def test_the_title_is_written_last_and_stands_first() -> None:
    fake = Author()
    written(fake, kinds=["blog_post"])
    assert [p[-1:] for _, p, _ in fake.asked] == ["", "2", "3", "0", "1"]
    assert "So they read it all night." in fake.asked[-1][2]  # what was written before


LIES: dict[str, tuple[str, str]] = {
    "name": ("Einstein was right: read the manual.", "name: Einstein"),
    "number": ("We sold 77 loaves that day.", "number: 77"),
    "quotation": ("“Ovens are the best friends of bakers,” she said.", "quotation: Ovens are"),
    "negation": ("We did not sell nine loaves that day.", "negation: it denies something"),
    "length": ("We sold nine loaves that day, " + "day after day after day, " * 12, "length: "),
    "empty": ("…", "length: 0 sentences"),
    "control": ("We sold nine\u0000 loaves that day.", "form: control characters"),
    "address": ("We sold nine loaves, see www.acme.com", "name: www.acme.com"),
    "phrase": ("Let's dive in: we sold nine loaves.", "boilerplate: Let's dive in"),
    "repetition": (
        "Nobody tells you that ovens break on the first Saturday.",
        "repetition: it was said before",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_fault_goes_back_once_with_its_reason_and_is_mended(lie: str) -> None:
    text, told = LIES[lie]
    part = point("twitter_thread", 1)
    source = 1 if lie == "repetition" else 2
    said = drafted([("" if lie == "empty" else text, [source])])
    fake = Author({part: [said, drafted(GOOD["twitter_thread"][1][1])]})
    assert written(fake).by_kind() == written(Author()).by_kind()
    (again,) = fake.sent_back()
    assert told in again
    if lie not in ("empty", "length"):
        assert f"- {' '.join(text.split())} [{source}]: " in again


@pytest.mark.parametrize("lie", LIES)
def test_a_fault_that_stays_costs_its_part_alone(lie: str) -> None:
    text, _ = LIES[lie]
    part = point("twitter_thread", 1)
    fake = Author({part: [drafted([(text, [1 if lie == "repetition" else 2])])]})
    texts = written(fake)
    thread = document(texts, "twitter_thread")
    assert thread.author == "fake"
    assert [m[3:] for m in thread.text.split("\n\n")] == [
        GOOD["twitter_thread"][n][1][0][0] for n in (0, 2)
    ]
    assert thread.reason.startswith("1 of 3 parts are not the language model's: message (")
    assert texts.linkedin_post == written(Author()).linkedin_post
    assert len(fake.sent_back()) == 1


def test_a_title_that_fails_is_the_extractive_one() -> None:
    lie = [drafted([("Einstein's bakery", [0])])]
    article = document(written(Author({point("blog_post", 0): lie})), "blog_post")
    assert article.author == "fake"
    assert article.text.split("\n")[0] == extractive()["blog_post"].split("\n")[0]
    assert "title (a name without evidence: Einstein" in article.reason


def test_with_less_than_half_of_the_parts_the_extractive_text_stands() -> None:
    lie = [drafted([("Einstein baked.", [2])])]
    fake = Author({point("twitter_thread", n): lie for n in (0, 1)})
    thread = document(written(fake), "twitter_thread")
    assert (thread.author, thread.text) == ("extractive", extractive()["twitter_thread"])
    assert "too little of the language model's text holds: 2 of 3 parts" in thread.reason
    assert "a name without evidence: Einstein" in thread.reason


def test_a_text_that_is_next_to_nothing_is_refused() -> None:
    short: list[Part] = [("message", [("Ovens break.", [1])])]
    fake = Author(
        {
            "twitter_thread": [planned("twitter_thread", short)],
            point("twitter_thread", 0): [drafted(short[0][1])],
        }
    )
    thread = document(written(fake), "twitter_thread")
    assert (thread.author, thread.reason) == ("extractive", "the language model wrote too little")


OUTLINES = {
    "no JSON": "Sure! Here is a thread about ovens.",
    "half of it": '{"parts": [{"role": "mes',
    "another form": '{"outline": []}',
    "no parts": '{"parts": []}',
    "another role": '{"parts": [{"role": "tweet", "point": "ovens", "sources": [1]}]}',
    "no sources": '{"parts": [{"role": "message", "point": "ovens", "sources": []}]}',
    "other sources": '{"parts": [{"role": "message", "point": "ovens", "sources": [99, -1]}]}',
    "nothing": "",
    "null": "null",
    "not text": "\x00\x01{}\udcff",
}


@pytest.mark.parametrize("form", OUTLINES)
def test_without_an_outline_the_extractive_text_stands(form: str) -> None:
    fake = Author({"twitter_thread": [OUTLINES[form]]})
    texts = written(fake)
    thread = document(texts, "twitter_thread")
    assert (thread.author, thread.text) == ("extractive", extractive()["twitter_thread"])
    assert thread.reason == "the language model's outline could not be used"
    assert texts.blog_post.startswith("# A bakery on Mill Street")
    assert len(fake.sent_back()) == 1


def test_an_outline_is_mended_and_its_sound_parts_stay() -> None:
    parts = msgspec.json.decode(planned("twitter_thread", GOOD["twitter_thread"]))
    wrong = {"role": "message", "point": "nothing", "sources": [99]}
    parts["parts"].insert(0, wrong)
    fake = Author({"twitter_thread": [dumped(parts)]})
    assert written(fake).twitter_thread == written(Author()).twitter_thread
    assert "part 1: there is no sentence 99" in fake.sent_back()[0]


def test_only_what_is_wanted_is_asked_for() -> None:
    fake = Author()
    texts = written(fake, kinds=("linkedin_post",))
    assert {kind for kind, _, _ in fake.asked} == {"linkedin_post"}
    assert (texts.twitter_thread, texts.blog_post) == ("", "")
    empty = Transcript(language="en", duration_s=1.0, words=(), sentences=())
    asked = len(fake.asked)
    assert write_texts(empty, [], read=given(), author=fake).blog_post == ""
    assert len(fake.asked) == asked


def test_progress_grows_with_each_part() -> None:
    seen: list[float] = []
    control = Control(progress=lambda stage, fraction: seen.append(fraction))
    written(Author(), supervision=Supervision(control=control))
    assert len(seen) == 3 + 3 + 4
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
