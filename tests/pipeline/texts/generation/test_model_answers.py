"""What is published of the answers of nine kinds of language models, and what is sent back to them.

The answers were written down in tests/data/model_answers, each kind in its manner, and come through
a local endpoint.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest
import real_models
import recorded_models
import talks
from fake_author import REVISION
from recorded_models import Asked

from pipeline.core.data import Transcript
from pipeline.core.texts import TEXT_KINDS, Texts
from pipeline.models.llm_endpoint import Endpoint
from pipeline.texts.checks import faults
from pipeline.texts.grounding import Evidence
from pipeline.texts.writer import Supervision, write_texts

THREAD, POST, ARTICLE = TEXT_KINDS[:3]


@dataclass(frozen=True)
class Run:
    """What a model was asked, and what was published."""

    asked: tuple[Asked, ...]
    texts: Texts

    def sent_back(self) -> Counter[str]:
        """Count the revisions that were asked for, by part."""
        return Counter(asked.part for asked in self.asked if asked.is_revision)

    @property
    def reasons(self) -> str:
        """Return the faults that were sent back."""
        found = (a.prompt for a in self.asked if a.is_revision)
        return "\n".join(prompt.rpartition(REVISION)[2] for prompt in found)


@cache
def said() -> Transcript:
    return talks.read(recorded_models.TALK)


@cache
def run(style: str) -> Run:
    """Have the texts written by a model of this style."""
    with recorded_models.serve(style) as model:
        texts = write_texts(
            said(),
            [],
            models=real_models.text_models,
            author=Endpoint(model.url, style, api_key="", timeout_s=120.0),
            supervision=Supervision(embed_any=real_models.embed_new),
        )
    return Run(tuple(model.asked), texts)


# For each style: revision requests by part, and which texts are the model's.
SECTIONS = 4
EXPECTED: dict[str, tuple[dict[str, int], set[str]]] = {
    "good": ({}, {THREAD, POST, ARTICLE}),
    "verbose": ({}, {THREAD, POST, ARTICLE}),
    "lying": ({"thread": 1, "post": 1, "section": SECTIONS, "lead": 1}, {THREAD, POST, ARTICLE}),
    "broken_json": ({}, {THREAD, POST, ARTICLE}),
    "other_language": ({"thread": 1, "post": 1, "section": 2, "lead": 1}, {ARTICLE}),
    "refusing": ({"thread": 1, "post": 1, "section": SECTIONS}, set()),
    "placeholders": ({"thread": 1, "post": 1, "section": 2}, {THREAD, POST, ARTICLE}),
    "no_sources": ({"thread": 1, "post": 1, "section": SECTIONS, "lead": 1}, {ARTICLE}),
    "marketing": ({"thread": 1, "post": 1, "section": 2}, {THREAD, POST, ARTICLE}),
}


def test_every_style_is_tested() -> None:
    assert set(EXPECTED) == set(recorded_models.styles())


@pytest.mark.parametrize("style", EXPECTED)
def test_what_is_sent_back_and_what_falls_back(style: str) -> None:
    found = run(style)
    sent_back, written = EXPECTED[style]
    assert found.sent_back() == sent_back
    assert {d.kind for d in found.texts.documents if d.author == style} == written
    assert all(d.reason for d in found.texts.documents if d.author != style)


@pytest.mark.parametrize("style", EXPECTED)
def test_what_is_published_has_no_fault_and_no_lie(style: str) -> None:
    evidence = Evidence(said())
    for document in run(style).texts.documents:
        assert document.text
        assert faults(document.text, document.kind, evidence) == []
        if document.author == style:
            assert [lie for lie in recorded_models.lies(style) if lie in document.text] == []
            unlabeled = (b for b in document.blocks if b.kind not in ("standfirst", "tags"))
            assert all(s.sources for block in unlabeled for s in block.statements)


def test_thoughts_fences_and_marks_do_not_matter() -> None:
    assert run("verbose").texts.by_kind() == run("good").texts.by_kind()


def test_broken_json_is_repaired_to_what_was_meant() -> None:
    broken, good = run("broken_json").texts, run("good").texts
    plain = dict.fromkeys(map(ord, '“”"'))
    assert broken.twitter_thread == good.twitter_thread
    assert broken.linkedin_post.translate(plain) == good.linkedin_post.translate(plain)


LIES = (
    "name: Einstein",
    "number: 17",
    "number: 19 is not in the sentences that it names",
    "name: Halloran",
    "negation: it affirms",
    "quotation: Glass has a longer memory",
    "meaning: the sentences that it names say something else",
)


@pytest.mark.parametrize("reason", LIES)
def test_a_lie_goes_back_with_its_reason(reason: str) -> None:
    assert reason in run("lying").reasons


def test_a_mended_text_is_published_without_what_stayed_wrong() -> None:
    lying, good = run("lying").texts, run("good").texts
    wrong = "“The lens doesn't make light, it just refuses to waste it.”"
    assert good.twitter_thread.endswith(f" {wrong}")
    assert lying.twitter_thread == good.twitter_thread.removesuffix(f" {wrong}")
    assert "## From double glazing to Skerrin Head" in good.blog_post
    assert "## From double glazing to Skerrin Head" not in lying.blog_post
