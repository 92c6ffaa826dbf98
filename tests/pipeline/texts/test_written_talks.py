"""What is written of real kinds of talk, in ten languages, holds, and what is poor is left out."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
import real_models
import talks
import written_talks
from given_readings import given_models
from whole_moments import highlight

from pipeline.core.texts import TEXT_KINDS, Texts
from pipeline.language.languages import language as known
from pipeline.language.lexicon import hesitations
from pipeline.texts.checks import faults
from pipeline.texts.grounding import Evidence
from pipeline.texts.writer import write_texts

LANGUAGES = ("de", "es", "fr", "it", "ja", "nl", "pt", "ru", "zh")
# A talk takes two seconds to write, and those of two languages show what the others show.
SLOW = {"de", "es", "fr", "it", "nl", "pt", "ru", "zh"}
SLOW |= {"formulas", "misheard", "mixed", "panel", "quarrel", "queues", "recipe"}


def cases(names: Iterable[str]) -> list[Any]:
    """Talks by name, those that only `make test-all` reads marked."""
    return [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in names]


UNTOLD = frozenset(("formulas", "mixed", "quarrel"))  # no passage of it begins and ends by itself
WORD_LIST = re.compile(r"\w+(?:, \w+)+")


@cache
def written(name: str) -> Texts:
    return written_talks.written(talks.read(name))


def article(name: str) -> str:
    return written(name).blog_post


@pytest.mark.parametrize("name", cases(talks.names()))
def test_every_text_holds_and_is_there(name: str) -> None:
    evidence = Evidence(talks.read(name))
    for kind in TEXT_KINDS:
        document = next(d for d in written(name).documents if d.kind == kind)
        if name in UNTOLD or (kind == "quote_cards" and document.reason):
            assert document.reason
            assert not document.text
        else:
            assert faults(document.text, kind, evidence) == []


@pytest.mark.parametrize("name", cases(talks.names()))
def test_an_article_is_shorter_than_its_talk(name: str) -> None:
    said = sum(len(s.text) for s in talks.read(name).sentences)
    assert len(article(name)) < 0.95 * said + 400  # headings


@pytest.mark.parametrize("name", cases(talks.names()))
def test_no_text_hesitates(name: str) -> None:
    language = talks.language(name)
    everything = " ".join(written(name).by_kind().values()).casefold()
    assert not re.search(r"えっと|えーと|嗯，|呃，", everything)
    if known(language).spaces:
        found = set(re.findall(r"[\w-]+", everything))
        assert not found & (hesitations(language) - {"ah", "e", "em", "э"})


@pytest.mark.parametrize("language", cases(LANGUAGES))
def test_talks_of_every_language_are_told(language: str) -> None:
    assert len(article(language)) > 300
    headings = re.findall(r"(?m)^## (.+)$", article(language))
    assert not [h for h in headings if WORD_LIST.fullmatch(h)]
    assert "#" not in written(language).twitter_thread + written(language).linkedin_post


@pytest.mark.parametrize("language", cases(["ja", "zh"]))
def test_no_space_comes_where_a_script_has_none(language: str) -> None:
    assert not re.search(r"[。！？、，] \S", "\n".join(written(language).by_kind().values()))
    headings = re.findall(r"(?m)^## (.+?)(?:（\d+:\d\d）)?$", article(language))
    assert all(len(h) <= 37 for h in headings)


@pytest.mark.parametrize(
    ("name", "small_talk"),
    [
        ("lighthouse", ("sandwich", "roadworks", "cup of tea", "want a pair?")),
        pytest.param("de", ("Podcast", "willkommen"), marks=pytest.mark.slow),
        pytest.param("fr", ("Bonjour", "bienvenue", "manteau"), marks=pytest.mark.slow),
        pytest.param("es", ("Gracias", "autobús"), marks=pytest.mark.slow),
        pytest.param("ru", ("Здравствуйте", "спасибо"), marks=pytest.mark.slow),
    ],
)
def test_small_talk_is_left_out(name: str, small_talk: tuple[str, ...]) -> None:
    everything = " ".join(written(name).by_kind().values())
    assert [word for word in small_talk if word in everything] == []


def test_who_is_asked_answers_and_questions_stand_out() -> None:
    asked = r"(?m)^(?:\*\*[^*\n]+\?\*\*|##? .+\?(?: \(\d+:\d\d\))?)\n\n"
    asked += r"(?:\*\*Idris[^*\n]*\*\* )?[^*\n]+\."
    assert re.search(asked, article("lighthouse"))
    assert "**Nora:**" not in article("lighthouse")


@pytest.mark.slow
def test_questions_stand_out_in_another_script() -> None:
    asked = r"(?m)^(?:\*\*[^*\n]+\?\*\*|##? .+\?(?: \(\d+:\d\d\))?)\n\n"
    assert re.search(asked, article("ru"))


def test_a_lecture_reads_no_formula_aloud() -> None:
    everything = " ".join(written("queues").by_kind().values())
    assert not re.search(r"\b(?:rho|lambda|[LSW]|one over)\b", everything)
    assert "two assumptions" not in everything  # a list with a formula goes whole


@pytest.mark.parametrize("name", cases(["lighthouse", "de", "es", "it", "nl", "pt", "ru"]))
def test_an_interview_is_printed_question_by_question(name: str) -> None:
    blocks = next(d for d in written(name).documents if d.kind == "blog_post").blocks
    asked = [
        at
        for at, block in enumerate(blocks)
        if block.kind == "question"
        or (block.kind == "heading" and block.statements[0].text.endswith("?"))
    ]
    assert asked
    assert all(blocks[at + 1].kind not in ("question", "heading") for at in asked)
    told = [b for b in blocks[1:] if b.kind in ("question", "paragraph")]
    order = [n for block in told for s in block.statements for n in s.sources]
    assert order == sorted(set(order))


@pytest.mark.slow  # reads a talk that no other fast test does, as do the marked ones below
def test_of_nine_people_one_sees_who_speaks() -> None:
    named = set(re.findall(r"(?m)^\*\*(\w+):\*\* ", article("panel")))
    assert named
    assert named <= {s.speaker for s in talks.read("panel").sentences}


@pytest.mark.slow
def test_a_recipe_keeps_its_amounts_in_order() -> None:
    said = " ".join(s.text for s in talks.read("recipe").sentences).lower()
    steps = re.findall(r"[a-z' -]*(?:tablespoon|teaspoon|minutes|litre|grams)[a-z]*", said)
    told = re.sub(r"(?m)^#[^\n]+$", "", article("recipe")).lower()
    kept = [step for step in steps if step in told]
    assert len(kept) >= 2
    places = [told.rindex(step) for step in kept]
    assert places == sorted(places)


@pytest.mark.slow
def test_a_formula_is_not_torn() -> None:
    everything = " ".join(written("formulas").by_kind().values())
    whole = ("S(1 - r) = a(1 - r^n)", "(9/10) / (9/10) = 1")
    for formula in whole:
        begun = everything.count(formula.split(" = ")[0])
        assert begun == everything.count(formula)
    assert not re.search(r"[-+=]\.(?:\s|$)", everything)
    assert not re.search(r"(?m)^#+ .*[=^]", article("formulas"))


@pytest.mark.slow
def test_what_a_recognizer_made_up_is_left_out() -> None:
    everything = " ".join(written("misheard").by_kind().values())
    assert "Subtitles by" not in everything
    assert "A day. A day." not in everything
    assert "hank you. Thank you." not in everything


def test_without_marks_there_are_texts_within_limits() -> None:
    tweets = written("unpunctuated").twitter_thread.split("\n\n")
    assert tweets
    assert article("unpunctuated").startswith("# ")


@pytest.mark.parametrize(
    "said",
    [
        "x" * 100_000,
        " ".join(f"word{n}" for n in range(20_000)),
        "我们今天去了那个地方，" * 8_000,
        '"' * 20_000 + " he said",
        "<" * 50_000,
        "[" * 50_000,
        "# The oven is hot, the bread is in.",
        "He said \x00\x01 the \ud800 oven is hot and the bread is in it.",
    ],
    ids=["a word", "a sentence", "Chinese", "quotes", "less", "brackets", "a heading", "control"],
)
def test_hostile_sentences_become_texts_within_limits(said: str) -> None:
    hostile = talks.transcript([(said, "# <b>Sprecher 7"), ("It was done at nine.", "Ada")])
    texts = write_texts(hostile, [], models=given_models(), kinds=TEXT_KINDS)
    for kind in TEXT_KINDS:
        text = texts.by_kind()[kind]
        found = faults(text, kind, Evidence(hostile)) if text else []
        assert [f for f in found if f.kind in ("length", "form", "number", "quotation")] == []


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script> The oven is off.",
        "See [the manual](javascript:alert(1)) before you bake the bread.",
        "![x](http://evil.example/x.png) We sold the bakery in the second year.",
        "He wrote <img src=x onerror=alert(1)> on the wall of the bakery.",
    ],
)
def test_no_text_carries_markup_out_of_a_talk(markup: str) -> None:
    said = [(markup, None), *((s.text, None) for s in talks.read("recipe").sentences[:50])]
    hostile = talks.transcript(said)
    texts = write_texts(
        hostile,
        [highlight(0, 5, 0.9)],
        models=real_models.text_models,
        kinds=TEXT_KINDS,
    )
    for kind in TEXT_KINDS:
        found = faults(texts.by_kind()[kind], kind, Evidence(hostile))
        assert [fault for fault in found if fault.kind == "form"] == []


@pytest.mark.parametrize("name", cases(talks.names()))
def test_a_thread_neither_ends_with_a_question_nor_begins_in_the_middle(name: str) -> None:
    tweets = written(name).twitter_thread.split("\n\n")
    told = re.sub(r"\s#.*", "", tweets[-1], flags=re.DOTALL)
    assert not told.endswith(("?", "？"))
    assert not re.match(r"1/ (?:But|And|So|Or|Then|Because)\b", tweets[0])


def test_who_is_asked_is_not_addressed_in_a_post() -> None:
    everything = " ".join(written(name).linkedin_post for name in ("lighthouse", "de"))
    assert not re.search(r"(?m)^(?:Idris|Jonas), .*\?$", everything)
