"""A language model's text is used part by part where it holds."""

import pytest
from fake_author import (
    GOOD,
    HEADINGS,
    LEAD,
    POST,
    SAID,
    SECTION,
    THREAD,
    Author,
    changed,
    document,
    drafted,
    extractive,
    written,
)
from given_readings import given_models

from pipeline.core.control import Control
from pipeline.core.data import Transcript
from pipeline.texts.writer import Supervision, write_texts


def test_a_model_that_says_what_was_said_is_believed() -> None:
    fake = Author()
    texts = written(fake)
    assert texts.twitter_thread == "1/ " + " ".join(text for text, _ in GOOD[THREAD])
    hook, paragraph, question = texts.linkedin_post.split("\n\n")
    assert hook == "We opened with forty-two dollars."
    assert paragraph == "The oven broke on the first Saturday. We sold nine loaves."
    assert question == "What would you do with one oven and a hundred customers?"
    title, standfirst, summary, heading, section = texts.blog_post.strip().split("\n\n")
    assert title == "# A bakery without a second oven"
    assert standfirst == "*A talk by Anna. 1 minute, edited and condensed.*"  # the talk's own facts
    assert summary == "The bakery had no second oven and sold nine loaves."
    assert heading == "## The oven and the manual (0:18)"
    assert section == " ".join(text for text, _ in GOOD[SECTION])
    assert [part for part, _ in fake.asked] == [THREAD, POST, SECTION, LEAD]
    assert {(d.author, d.reason) for d in texts.documents} == {("fake", "")}


def test_every_sentence_tells_what_it_rests_on() -> None:
    blocks = document(written(Author()), "blog_post").blocks
    kinds = ["title", "standfirst", "summary", "heading", "paragraph"]
    assert [block.kind for block in blocks] == kinds
    assert [s.sources for s in blocks[4].statements] == [(3,), (2,), (4,), (5,)]
    assert blocks[3].statements[0].sources == (2, 3, 4, 5)  # a heading: all of its section's
    assert blocks[3].start_s == 18.0  # and tells where the talk says its first sentence


def test_title_and_summary_are_written_from_what_the_article_says() -> None:
    fake = Author()
    written(fake, kinds=["blog_post"])
    (_, section), (_, lead) = fake.asked
    assert "[5] Anna: So we read the manual together" in section
    assert "[5] So they read it all night." in lead


def test_of_labels_that_a_model_copies_from_the_prompt_the_first_stays() -> None:
    labeled = drafted([(f"Anna: {text}", sources) for text, sources in GOOD[POST]])
    plain, post = (written(f).linkedin_post for f in (Author(), Author({POST: [labeled]})))
    assert post == f"Anna: {plain}"


def test_a_heading_that_stays_wrong_gives_way_to_the_talks_own_words() -> None:
    fake = Author({SECTION: [drafted(GOOD[SECTION], "Einstein and the Oven")]})
    found, usual = (document(written(f), "blog_post").blocks for f in (fake, Author()))
    heading = found[3].statements[0].text
    assert any(heading in said for said in SAID)
    assert (found[:3], found[4:]) == (usual[:3], usual[4:])
    assert len(fake.sent_back()) == 1


LIES: dict[str, tuple[str, str]] = {
    "name": ("Einstein was right: read the manual.", "name: Einstein"),
    "number": ("We sold 77 loaves that day.", "number: 77"),
    "quotation": ("“Ovens are the best friends of bakers,” she said.", "quotation: Ovens are"),
    "negation": ("We did not sell nine loaves that day.", "negation: it denies something"),
    "control": ("We sold nine\u0000 loaves that day.", "form: control characters"),
    "address": ("We sold nine loaves, see www.acme.com", "name: www.acme.com"),
    "phrase": ("Let's dive in: we sold nine loaves.", "boilerplate: Let's dive in"),
    "repetition": ("We opened with forty-two dollars.", "repetition: it was said before"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_fault_goes_back_once_with_its_reason_and_is_mended(lie: str) -> None:
    text, told = LIES[lie]
    good = drafted(GOOD[POST])
    source = 0 if lie == "repetition" else 2
    fake = Author({POST: [changed(POST, 2, text, [source]), good]})
    assert written(fake).by_kind() == written(Author()).by_kind()
    (again,) = fake.sent_back()
    assert f"- {' '.join(text.split())} [{source}]: {told}" in again


@pytest.mark.parametrize("lie", LIES)
def test_one_sentence_of_four_that_stays_wrong_is_left_out(lie: str) -> None:
    text, _ = LIES[lie]
    fake = Author({POST: [changed(POST, 2, text, [0 if lie == "repetition" else 2])]})
    post = document(written(fake), "linkedin_post")
    assert post.author == "fake"
    assert post.text == "\n\n".join(
        ["We opened with forty-two dollars.", f"{GOOD[POST][1][0]} {GOOD[POST][3][0]}"]
    )
    assert len(fake.sent_back()) == 1


@pytest.mark.parametrize("lie", LIES)
def test_a_short_text_with_a_lie_is_not_published(lie: str) -> None:
    text, _ = LIES[lie]
    if lie == "repetition":
        text = GOOD[THREAD][0][0]
    fake = Author({THREAD: [changed(THREAD, 1, text)]})
    texts = written(fake)
    thread = document(texts, "twitter_thread")
    assert (thread.author, thread.text) == ("extractive", extractive()["twitter_thread"])
    assert thread.reason.startswith("the language model's text is not used: ")
    assert texts.linkedin_post == written(Author()).linkedin_post


FORMS = {
    "too few sentences": drafted(GOOD[THREAD][:1]),
    "too many": drafted([(f"Oven {'very ' * n}old.", [1]) for n in range(40)]),
    "empty sentences": drafted([("", [1])] * 3),
    "no JSON": "Sure! Here is a thread about ovens.",
    "half of it": '{"sentences": [{"text": "Nob',
    "another form": '{"tweets": []}',
    "nothing": "",
    "null": "null",
    "not text": "\x00\x01{}\udcff",
    "its first sentence wrong": changed(THREAD, 0, "Einstein baked."),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_in_another_form_is_asked_for_once_more(form: str) -> None:
    mended = Author({THREAD: [FORMS[form], drafted(GOOD[THREAD])]})
    assert written(mended).by_kind() == written(Author()).by_kind()
    assert len(mended.sent_back()) == 1
    fake = Author({THREAD: [FORMS[form]]})
    texts = written(fake)
    thread = document(texts, "twitter_thread")
    assert (thread.author, thread.text) == ("extractive", extractive()["twitter_thread"])
    assert thread.reason
    assert texts.blog_post == written(Author()).blog_post
    assert len(fake.sent_back()) == 1


def test_a_title_that_fails_is_the_extractive_one() -> None:
    lie = [drafted(GOOD[LEAD], "Einstein's bakery")]
    article = document(written(Author({LEAD: lie})), "blog_post")
    assert article.author == "fake"
    assert article.text.split("\n")[0] == extractive()["blog_post"].split("\n")[0]
    assert "title and summary (a name without evidence: Einstein" in article.reason


def test_an_article_without_its_sections_is_the_extractive_one() -> None:
    lie = [drafted([("Einstein baked.", [2])] * 4, HEADINGS[SECTION])]
    article = document(written(Author({SECTION: lie})), "blog_post")
    assert (article.author, article.text) == ("extractive", extractive()["blog_post"])
    assert "a name without evidence: Einstein" in article.reason


def test_a_text_that_is_next_to_nothing_is_refused() -> None:
    fake = Author({THREAD: [drafted([("Ovens break.", [1]), ("We read.", [5]), ("Read!", [7])])]})
    thread = document(written(fake), "twitter_thread")
    assert (thread.author, thread.reason) == ("extractive", "the language model wrote too little")


def test_only_what_is_wanted_is_asked_for() -> None:
    fake = Author()
    texts = written(fake, kinds=("linkedin_post",))
    assert [part for part, _ in fake.asked] == [POST]
    assert (texts.twitter_thread, texts.blog_post) == ("", "")
    empty = Transcript(language="en", duration_s=1.0, words=(), sentences=())
    asked = len(fake.asked)
    assert write_texts(empty, [], models=given_models(), author=fake).blog_post == ""
    assert len(fake.asked) == asked


def test_progress_grows_with_each_part() -> None:
    seen: list[float] = []
    control = Control(progress=lambda stage, fraction: seen.append(fraction))
    written(Author(), supervision=Supervision(control=control))
    assert len(seen) >= 4
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
