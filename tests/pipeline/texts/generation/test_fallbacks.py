"""Where a part of a language model's text does not hold, the talk's own words stand in."""

from collections.abc import Sequence
from typing import Any, cast

from fake_author import GOOD, SAID, Author, Part, document, drafted, planned, point, talk, written

from pipeline.core.control import Control
from pipeline.core.texts import TEXT_KINDS, Block, Document, Statement, TextKind, Texts
from pipeline.texts.checks import faults
from pipeline.texts.formats import compose
from pipeline.texts.generation import rewriting
from pipeline.texts.generation.rewriting import Brief
from pipeline.texts.generation.roles import ROLES
from pipeline.texts.generation.support import Support
from pipeline.texts.grounding import Evidence
from pipeline.texts.outline import outline
from pipeline.texts.writer import write_texts


def block(kind: Any, text: str, *sources: int) -> Block:
    return Block(kind=kind, statements=(Statement(text=text, sources=sources),))


def rewritten(blocks: Sequence[Block], kind: TextKind, author: Author) -> Document:
    """Return what an author makes of an extractive text with these blocks."""
    plan = outline(talk(), [], None)
    brief = Brief(plan=plan, support=Support(Evidence(talk())))
    grounded = compose(kind, "en", blocks)
    texts = rewriting.rewrite(Texts((grounded,)), brief, author, Control())
    (found,) = texts.documents
    assert not faults(found.text, kind, Evidence(talk()))
    return found


def test_a_faulty_message_is_replaced_by_the_one_with_the_same_sources() -> None:
    blocks = [block("message", SAID[n], n) for n in (0, 2, 7)]
    fake = Author({point("twitter_thread", 1): [drafted([("Einstein baked.", [2])])]})
    found = rewritten(blocks, "twitter_thread", fake)
    assert found.text.split("\n\n")[1] == f"2/ {SAID[2]}"
    assert found.reason.endswith("Einstein; the talk's own sentences instead)")


def test_a_faulty_section_title_and_summary_are_replaced() -> None:
    blocks = [
        block("title", "Read the manual before you open the door", 7),
        block("summary", SAID[0], 0),
        block("heading", "Ovens break on the first Saturday", 1),
        block("paragraph", SAID[2], 2),
        block("quotation", SAID[3], 3),
        block("heading", "Page by page", 5),
        block("paragraph", SAID[5], 5),
    ]
    lie = [drafted([("Einstein baked.", [2])], "Einstein")]
    fake = Author({point("blog_post", 2): lie, point("blog_post", 0): lie})
    found = rewritten(blocks, "blog_post", fake)
    assert found.text.startswith("# Read the manual before you open the door\n\nThe bakery opened")
    heading = "## Ovens break on the first Saturday (0:06)"
    assert f"{heading}\n\n**Anna:** {SAID[2]}\n\n> “{SAID[3]}”" in found.text  # who says "we"
    assert "## The manual (0:24)\n\nClara was right" in found.text  # the model's own


def test_what_other_parts_have_told_does_not_come_again() -> None:
    blocks = [block("message", f"{SAID[1]} {SAID[2]}", 1, 2), block("message", SAID[7], 7)]
    texts = GOOD["twitter_thread"]
    told = drafted(
        [("Nobody says it, but ovens break on Saturdays; nine loaves were sold.", [1, 2])]
    )
    fake = Author(
        {
            point("twitter_thread", 0): [told],
            point("twitter_thread", 1): [drafted([("Einstein.", [2])])],
        }
    )
    found = rewritten(blocks, "twitter_thread", fake)
    assert len(found.text.split("\n\n")) == len(texts) - 1
    assert "left out" in found.reason


def test_of_a_story_all_messages_stand_in_to_its_end() -> None:
    """The part names its first sentence; the others follow it in the talk."""
    blocks = [block("message", SAID[n], n) for n in (2, 3, 4)]
    part = point("twitter_thread", 1)
    parts: list[Part] = [
        ("message", [(SAID[1], [1])]),
        ("message", [("Einstein.", [2])]),
        ("message", [(SAID[7], [7])]),
    ]
    answers = {
        point("twitter_thread", n): [drafted(sentences)] for n, (_, sentences) in enumerate(parts)
    }
    fake = Author({"twitter_thread": [planned("twitter_thread", parts)], **answers})
    found = rewritten(blocks, "twitter_thread", fake)
    assert [m[3:] for m in found.text.split("\n\n")] == [SAID[n] for n in (1, 2, 3, 4, 7)]
    assert part in {about for _, about, _ in fake.asked}


def test_what_stands_in_does_not_begin_in_the_middle_of_a_thought() -> None:
    blocks = [block("message", SAID[5], 5)]  # "So we read the manual together"
    fake = Author({point("twitter_thread", 2): [drafted([("Einstein.", [5])])]})
    found = rewritten(blocks, "twitter_thread", fake)
    assert len(found.text.split("\n\n")) == 2
    assert found.reason.endswith("left out)")


def section_instead(*blocks: Block) -> Document:
    """Return an article whose section about sentences 4 and 5 is not the model's."""
    lie = [drafted([("Einstein baked.", [4])], "Einstein")]
    top = block("title", "Read the manual", 7)
    return rewritten([top, *blocks], "blog_post", Author({point("blog_post", 3): lie}))


def test_a_section_that_stands_in_leaves_out_what_others_tell_and_other_places() -> None:
    told = Block(
        kind="paragraph",
        statements=tuple(Statement(text=SAID[n], sources=(n,)) for n in (0, 3, 4, 5)),
    )
    found = section_instead(block("heading", "The manual, page by page"), told)
    assert found.text.endswith(
        f"## The manual, page by page (0:24)\n\n**Anna:** {SAID[4]} {SAID[5]}\n"
    )
    assert SAID[0] not in found.text


def test_a_heading_about_what_is_left_out_goes_with_it() -> None:
    """And without a heading the section would belong to the one before."""
    told = Block(
        kind="paragraph",
        statements=tuple(Statement(text=SAID[n], sources=(n,)) for n in (0, 4, 5)),
    )
    found = section_instead(block("heading", "Mill Street"), told)
    assert "left out" in found.reason
    assert SAID[4] not in found.text


def test_the_interviewers_question_is_a_heading() -> None:
    asked = block("question", "What do you tell others?", 5)
    answer = Block(
        kind="paragraph",
        statements=tuple(Statement(text=SAID[n], sources=(n,)) for n in (6, 7)),
    )
    lie = [drafted([("Einstein baked.", [7])], "Einstein")]
    parts = [*GOOD["blog_post"][:3], ("section", [("Read it.", [6, 7])])]
    fake = Author({"blog_post": [planned("blog_post", parts)], point("blog_post", 3): lie})
    before = block("paragraph", SAID[4], 4)
    found = rewritten([block("title", "Ovens break", 1), before, asked, answer], "blog_post", fake)
    heading = "## What do you tell others? (0:30)"
    assert found.text.endswith(f"\n\n{heading}\n\n**Anna:** {SAID[6]} {SAID[7]}\n")


def test_a_kind_without_a_form_stays_as_it_is() -> None:
    poem = Document(
        kind=cast(TextKind, "poem"),
        language="en",
        text="Ovens break.",
        blocks=(block("paragraph", "Ovens break.", 1),),
    )
    plan, fake = outline(talk(), [], None), Author()
    thread = compose("twitter_thread", "en", [block("message", SAID[2], 2)])
    brief = Brief(plan=plan, support=Support(Evidence(talk())))
    texts = rewriting.rewrite(Texts((poem, thread)), brief, fake, Control())
    assert texts.documents[0] == poem
    assert texts.documents[1].author == "fake"
    assert {kind for kind, _, _ in fake.asked} == {"twitter_thread"}


def test_of_all_kinds_those_with_a_form_are_the_models() -> None:
    texts = written(Author(), kinds=TEXT_KINDS)
    plain = write_texts(talk(), [], embed=None, kinds=TEXT_KINDS)
    assert [d.kind for d in texts.documents] == list(TEXT_KINDS)
    assert [d.kind for d in texts.documents if d.author == "fake"] == list(ROLES)
    for kind in set(TEXT_KINDS) - set(ROLES):
        assert document(texts, kind) == document(plain, kind)
