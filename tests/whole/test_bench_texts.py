"""The benchmark of texts finds what an editor would mark, and leaves good sentences alone."""

import pytest

from bench.support import talks
from bench.texts import form, headings, negations, openings, readability, small_talk, tags, topics
from bench.texts.alignment import Spoken
from bench.texts.corpus import Talk
from bench.texts.drafts import Draft
from pipeline.core.texts import TextKind

SAID = (
    ("So how did you come to restore lighthouse lenses?", "Nora"),
    ("And I was, I was a window fitter for eleven years, you know.", "Idris"),
    ("The lens doesn't make light, it just refuses to waste it.", "Idris"),
    ("A keeper left the curtains open and his coat went up in flames within an hour.", "Idris"),
    (
        "You need a soft cloth, um, and vinegar and a lot of patience, because it takes months.",
        "Idris",
    ),
    ("I didn't, I didn't see the sea until I was nine.", "Idris"),
    ("Would you do it again?", "Nora"),
    ("Thank you for coming.", "Nora"),
)


def draft(text: str, kind: TextKind = "linkedin_post", language: str = "en") -> Draft:
    return Draft(kind=kind, text=text, spoken=Spoken(talks.transcript(SAID, language)))


def article(heading: str) -> Draft:
    return draft(f"# {heading}\n\nThe lens doesn't make light.\n", "blog_post")


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The lens doesn't make light, it just refuses to waste it.", 0),
        ("The lens makes light, it just refuses to waste it.", 1),
        ("The lens just refuses to waste it.", 0),
        ("A keeper never left the curtains open and his coat went up in flames.", 1),
        ("I didn't see the sea until I was nine.", 0),
        ("I see the sea until I was nine.", 1),
    ],
)
def test_a_denial_is_kept_as_it_was_said(sentence: str, found: int) -> None:
    assert len(list(negations.find_negations(draft(sentence)))) == found


@pytest.mark.parametrize(
    ("language", "said", "written"),
    [
        ("de", "Der Reifen ist nicht kaputt gewesen.", "Der Reifen ist kaputt gewesen."),
        ("fr", "On n'avait pas fermé la porte du four.", "On avait fermé la porte du four."),
        ("ru", "Тимур не плачет рядом с осколками.", "Тимур плачет рядом с осколками."),
        ("ja", "このロッカーの鍵は開かないんです。", "このロッカーの鍵は開くんです。"),
        ("zh", "他从来不走这条巷子。", "他从来走这条巷子。"),
    ],
)
def test_denials_are_compared_in_other_languages(language: str, said: str, written: str) -> None:
    spoken = Spoken(talks.transcript([(said, "A")], language))
    true, false = (
        list(negations.find_negations(Draft(kind="linkedin_post", text=text, spoken=spoken)))
        for text in (said, written)
    )
    assert not true
    assert len(false) == 1


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("The lens doesn't make light", None),
        ("Lighthouse lenses", None),
        ("Would you do it again?", None),
        ("Lamp, glass, plug", "word list"),
        ("A keeper left the curtains open and his", "fragment"),
        ("You need a soft", "fragment"),
        ("Because it takes months", "fragment"),
        ("It takes months,", "fragment"),
        ("He left the curtains open", "fragment"),
        ("A keeper left the curtains…", "fragment"),
    ],
)
def test_headings_are_thoughts_or_terms(heading: str, kind: str | None) -> None:
    found = [f.kind for f in headings.find_headings(article(heading))]
    assert found == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (
            "linkedin_post",
            "How did you come to restore lighthouse lenses?\n\nBy phone.",
            "interviewer",
        ),
        (
            "linkedin_post",
            "Thank you for coming.\n\nWould you do it again?\n\nThe lens turns.",
            "interviewer",
        ),
        ("twitter_thread", "1/ The lens refuses to waste light.\n\n2/ Would you?", "bare question"),
        (
            "linkedin_post",
            "The lens refuses it.\n\nDoes anyone still need these?",
            "vague question",
        ),
        ("linkedin_post", "The lens wastes nothing.\n\nDoes the lens waste it?", None),
        ("linkedin_post", "The lens wastes nothing.\n\nDo ships need a lighthouse?", None),
    ],
)
def test_questions_need_their_context(kind: TextKind, text: str, found: str | None) -> None:
    kinds = [f.kind for f in openings.find_questions(draft(text, kind))]
    assert kinds == ([found] if found else [])


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("It went.", True),
        ("And he left.", True),
        ("That is why the lens turns.", True),
        ("Because it takes months.", True),
        ("That lens turns.", False),
        ("Because the putty dries, the glass is loose.", False),
        ("It took me nineteen months to clean.", False),
        ("The lens turns.", False),
    ],
)
def test_a_message_begins_with_a_sentence_of_its_own(sentence: str, *, leans: bool) -> None:
    thread = draft(f"1/ {sentence}", "twitter_thread")
    assert bool(list(openings.find_leaning(thread))) == leans


@pytest.mark.parametrize(
    ("text", "torn"),
    [("The lens turns…", True), ("lens turns.", True), ("The lens turns. It hums.", False)],
)
def test_a_message_is_whole(text: str, *, torn: bool) -> None:
    assert bool(list(openings.find_torn(draft(f"1/ {text}", "twitter_thread")))) == torn


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("It is the the lens.", True),
        ("Only if it's, if it's a lens.", True),
        ("He said (and meant it.", True),
        ("the lens turns.", True),
        ("The lens turns", True),
        ("You go , too.", True),
        ("I knew that that was it.", False),
        ("“No. No,” he said.", False),
    ],
)
def test_form(sentence: str, *, wrong: bool) -> None:
    assert bool(list(form.find_form(draft(sentence)))) == wrong


@pytest.mark.parametrize(
    ("written", "torn"),
    [("He was lying in.", True), ("Take the brass and the.", True), ("We moved in.", False)],
)
def test_a_sentence_is_finished(written: str, *, torn: bool) -> None:
    said = [("He was lying in...", "A"), ("We moved in.", "B")]
    post = Draft(kind="linkedin_post", text=written, spoken=Spoken(talks.transcript(said)))
    assert bool(list(openings.find_torn(post))) == torn


def test_a_heading_is_not_said_again_at_once() -> None:
    assert [f.kind for f in headings.find_echoes(article("The lens doesn't make light"))] == [
        "echo"
    ]
    assert not list(headings.find_echoes(article("Lighthouse lenses")))


def test_run_ons_and_splices() -> None:
    long = draft(f"The lens {'and the lamp ' * 20}turn.")
    assert [f.kind for f in form.find_run_ons(long)] == ["run-on"]
    assert [f.kind for f in form.find_splices(draft("It was dark, we walked home."))] == ["splice"]
    assert not list(form.find_splices(draft("When it was dark, we walked home.")))


def test_hashtags_are_fields_names_or_terms() -> None:
    post = draft("The lens.\n\n#window #DoubleGlazing #Idris #physics")
    found = {f.text for f in tags.find_tags(post)}
    assert "#window" in found
    assert "#DoubleGlazing" not in found


def test_small_talk_is_marked_and_found() -> None:
    talk = talks.read("lighthouse")
    spoken = Spoken(talk)
    hello = Draft(kind="linkedin_post", text="Bramblewick Socks, forget your feet.", spoken=spoken)
    told = Draft(kind="linkedin_post", text="Learn to clean first.", spoken=spoken)
    assert len(list(small_talk.find_small_talk(hello, "lighthouse"))) == 1
    assert not list(small_talk.find_small_talk(told, "lighthouse"))


def test_marked_sentences_exist() -> None:
    for name in talks.names():
        assert max(small_talk.marked(name), default=0) < len(talks.read(name).sentences)


def test_who_talks_is_no_topic() -> None:
    said = [("Clara, the radio is silent.", "Daniel"), ("Yes, Clara, the radio hums.", "Daniel")]
    talk = Talk("two sentences", talks.transcript([*said, ("Hello Daniel.", "Clara")]), ((0, 3),))
    common = topics.common_words([talk])
    assert topics.covered(talk, "Clara met Daniel.", common) == 0
    assert topics.covered(talk, "A silent radio hums.", common) == 1


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("había", 3), ("aéreo", 4), ("que", 1), ("guitarra", 3), ("agua", 2), ("ciudad", 2),
        ("leer", 2), ("muy", 1), ("y", 1), ("piscina", 3),
    ],
)  # fmt: skip
def test_spanish_syllables(word: str, count: int) -> None:
    assert readability.count_syllables(word, "es") == count


def test_an_answer_under_a_question_may_lean_on_it() -> None:
    asked = "# Lenses\n\n## What goes wrong with a lens? (5:26)\n\nIt dries and cracks.\n"
    told = asked.replace("What goes wrong with a lens?", "A lens is a beehive of glass")
    assert list(openings.find_leaning(draft(asked, "blog_post"))) == []
    assert [f.kind for f in openings.find_leaning(draft(told, "blog_post"))] == ["leaning"]
