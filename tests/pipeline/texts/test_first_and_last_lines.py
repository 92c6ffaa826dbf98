"""What a text opens with, lists and ends with: a story before a list, no question to the guest."""

import re

import pytest
import talks
from whole_moments import highlight

from pipeline.core.data import Transcript
from pipeline.core.texts import TextKind, Texts
from pipeline.language.cleanup import tidy
from pipeline.texts.chatter import chatter
from pipeline.texts.content_selection import question
from pipeline.texts.messages import Piece, pack, text_of
from pipeline.texts.networks import NETWORKS
from pipeline.texts.outline import outline
from pipeline.texts.unfit_sentences import trails_off, without_torn_end
from pipeline.texts.writer import write_texts

STORY = [
    ("Ferryman Joost, you have been on this river for years. Why at night?", "Host"),
    ("At half past two in the morning I was called out of my bed.", "Joost"),
    ("A young woman was standing on the quay, and the bridge was closed.", "Joost"),
    ("The engine stopped halfway, and I had never seen a child being born.", "Joost"),
    ("Twenty minutes later there was a girl on the ferry, and the engine ran again.", "Joost"),
]
STEPS = [
    ("What do you tell villages that want a ferry of their own?", "Host"),
    ("Three things, in this order.", "Joost"),
    ("First, talk to both sides of the river before you buy a boat.", "Joost"),
    ("Second, sail by the timetable, even if nobody is waiting.", "Joost"),
    ("Third, put aside twenty cents of each ticket for the engine.", "Joost"),
]


def written(*kinds: TextKind) -> Texts:
    said = [*STEPS, *STORY]
    found = [highlight(0, 4, 0.9), highlight(5, 9, 0.8)]
    return write_texts(talks.transcript(said), found, embed=None, kinds=kinds)


def test_a_story_opens_before_a_better_list() -> None:
    thread = written("twitter_thread").twitter_thread
    assert thread.startswith("1/ At half past two in the morning")
    assert "Three things, in this order." in thread


def test_who_asks_does_not_open() -> None:
    assert "Ferryman Joost" not in written("linkedin_post").linkedin_post.split("\n\n")[0]


def test_a_post_lists_the_steps_and_no_other_points() -> None:
    post = written("linkedin_post").linkedin_post
    assert re.search(r"(?m)^1\. Talk to both .+\n2\. Sail by .+\n3\. Put aside .+$", post)
    assert "•" not in post


def test_a_newsletter_has_the_steps_as_its_points() -> None:
    text = written("newsletter").by_kind()["newsletter"]
    assert re.search(r"(?m)^- Talk to both .+\n- Sail by .+\n- Put aside .+$", text)


def test_a_message_is_no_question_alone() -> None:
    room = NETWORKS["twitter_thread"].room
    told = [
        "The town was full of people who had never met.",
        f"Why? {'Because of the boat ' * 12}.",
    ]
    asked = Piece(text="And who do you think paid for all of it?", sources=(1,), asks=True)
    pieces = [Piece(text=told[0], sources=(0,)), asked, Piece(text=told[1], sources=(2,))]
    assert "paid for all" in text_of(pack(pieces, room, "en")[0])
    assert "full of people" in text_of(pack(pieces, room, "en")[0])


def test_a_post_asks_its_readers_in_other_languages() -> None:
    said = [
        ("Wir haben vierzig Jahre lang alles repariert, was kaputt war.", None),
        ("Was würdet ihr in eurem Dorf zuerst reparieren?", None),
        ("Bei uns war es die Uhr am Kirchturm, die immer falsch ging.", None),
        ("Danach kamen die Leute von selbst und brachten ihre Geräte.", None),
    ]
    plan = outline(talks.transcript(said, "de"), [highlight(2, 3, 0.9)], None)
    found = question(plan, set())
    assert found is not None
    assert found.text == "Was würdet ihr in eurem Dorf zuerst reparieren?"


def french() -> Transcript:
    return talks.read("fr")


def test_a_last_exchange_that_one_must_see_belongs_to_the_farewell() -> None:
    transcript = french()
    idle = {transcript.sentences[i].text for i in chatter(transcript, set())}
    assert any(text.startswith("Et vous m'en avez apporté un") for text in idle)
    assert any("sous mon manteau" in text for text in idle)
    assert not any("deux familles qui se sont installées" in text for text in idle)


TORN = {
    ("en", "It was late. You came in before I could even...", ""): "It was late.",
    ("en", "I always cringed when I had to deal with…", ""): "",
    ("en", "I don't know…", ""): "I don't know.",
    ("en", "And we did, and it worked, so...", ""): "And we did, and it worked.",
    ("en", "They have the right to do so...", ""): "They have the right to do so.",
    ("en", "It is no different, really...", ""): "It is no different, really.",
    ("de", "Komm einfach mit…", ""): "Komm einfach mit.",
    ("en", "That is what they talk about.", ""): "That is what they talk about.",
    ("de", "Ich wollte das für —", ""): "",
}


@pytest.mark.parametrize(("language", "said", "_"), TORN)
def test_a_sentence_that_was_broken_off_is_left_out(language: str, said: str, _: str) -> None:
    text = tidy(said, language)
    assert without_torn_end(text, said, language) == TORN[language, said, _]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("お客さんがみんな集まってきちゃって、裸で。", True),
        ("うちの脱衣所に、ロッカーがありまして。", True),
        ("三週間、ノートにつけました。", False),
    ],
)
def test_spoken_japanese_may_trail_off(said: str, expected: bool) -> None:
    assert trails_off(said, "ja") is expected


EMPTY = {
    ("pt", "Ele tem, é, tem pavor de altura."): "Ele tem pavor de altura.",
    ("pt", "A horta assim, é, no próprio prédio."): "A horta assim no próprio prédio.",
    ("ru", "Без записи это, ну, просто прогулка."): "Без записи это просто прогулка.",
    ("it", "A chi volesse, diciamo, prendersi cura."): "A chi volesse prendersi cura.",
    ("fr", "Ils ont, je ne sais pas, un vieux four."): "Ils ont un vieux four.",
    ("de", "Wir waren, sagen wir mal, mutig."): "Wir waren mutig.",
    ("de", "Wir waren, sagen wir mal, zwölf Leute."): "Wir waren, sagen wir mal, zwölf Leute.",
    ("es", "Y entonces, o sea, empecé a preguntar."): "Y entonces empecé a preguntar.",
    ("es", "Vino el jefe, o sea, mi padre."): "Vino el jefe, o sea, mi padre.",
    ("ru", "Если горит, значит, всё в порядке."): "Если горит, значит, всё в порядке.",
    ("fr", "Je ne sais pas, un vieux four."): "Je ne sais pas, un vieux four.",
    ("pt", "A vida é, no fundo, simples."): "A vida é, no fundo, simples.",
}


@pytest.mark.parametrize(("language", "said"), EMPTY)
def test_empty_words_between_commas_are_dropped(language: str, said: str) -> None:
    assert tidy(said, language) == EMPTY[language, said]
