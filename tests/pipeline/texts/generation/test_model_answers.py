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
from recorded_models import Asked

from pipeline.core.data import Transcript
from pipeline.core.texts import TEXT_KINDS, Document, Texts
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
        """Count the revisions that were asked for, by kind of text."""
        return Counter(asked.kind for asked in self.asked if asked.is_revision)

    def reasons(self, point: str) -> str:
        """Return the faults that were sent back for a part; "" if none were."""
        found = (a.prompt for a in self.asked if a.is_revision and a.point == point)
        return next((prompt.rpartition(recorded_models.REVISION)[2] for prompt in found), "")


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
            read=real_models.read,
            author=Endpoint(model.url, style, api_key="", timeout_s=120.0),
            supervision=Supervision(embed_any=real_models.embed_new),
        )
    return Run(tuple(model.asked), texts)


# Of each style and kind: requests for a revision, whether the text is the model's, and how many of
# its parts are not.
EXPECTED: dict[str, dict[str, tuple[int, bool, int]]] = {
    "good": {THREAD: (0, True, 0), POST: (0, True, 0), ARTICLE: (0, True, 0)},
    "verbose": {THREAD: (0, True, 0), POST: (0, True, 0), ARTICLE: (0, True, 0)},
    "lying": {THREAD: (4, True, 2), POST: (4, False, 4), ARTICLE: (3, True, 1)},
    "broken_json": {THREAD: (1, True, 0), POST: (2, True, 2), ARTICLE: (0, True, 0)},
    "other_language": {THREAD: (6, False, 6), POST: (3, True, 1), ARTICLE: (0, True, 0)},
    "refusing": {THREAD: (1, False, 0), POST: (1, False, 0), ARTICLE: (1, False, 0)},
    "placeholders": {THREAD: (1, False, 0), POST: (3, True, 2), ARTICLE: (1, True, 1)},
    "no_sources": {THREAD: (5, True, 1), POST: (6, False, 6), ARTICLE: (1, True, 0)},
    "marketing": {THREAD: (3, True, 1), POST: (0, True, 0), ARTICLE: (0, True, 0)},
}


def test_every_style_is_tested() -> None:
    assert set(EXPECTED) == set(recorded_models.styles())


@pytest.mark.parametrize("style", EXPECTED)
def test_what_is_sent_back_and_what_falls_back(style: str) -> None:
    found = run(style)
    for document in found.texts.documents:
        sent_back, is_by_model, fallen = EXPECTED[style][document.kind]
        assert found.sent_back()[document.kind] == sent_back, document.kind
        assert (document.author == style) is is_by_model, document.reason
        if fallen:
            assert f"{fallen} of " in document.reason
        else:
            assert bool(document.reason) is not is_by_model


@pytest.mark.parametrize("style", EXPECTED)
def test_what_is_published_has_no_fault_and_no_lie(style: str) -> None:
    evidence = Evidence(said())
    for document in run(style).texts.documents:
        assert document.text
        assert faults(document.text, document.kind, evidence) == []
        if document.author == style:
            assert [lie for lie in recorded_models.lies(style) if lie in document.text] == []
            assert all(s.sources for b in document.blocks for s in b.statements if b.kind == "list")


def test_thoughts_fences_and_marks_do_not_matter() -> None:
    verbose, good = run("verbose").texts, run("good").texts
    assert verbose.blog_post == good.blog_post
    assert verbose.twitter_thread == good.twitter_thread  # without ** and 6/ and line feeds


def test_broken_json_is_repaired_to_what_was_meant() -> None:
    broken, good = run("broken_json").texts, run("good").texts
    plain = str.maketrans({"“": '"', "”": '"'})
    assert broken.twitter_thread.translate(plain) == good.twitter_thread.translate(plain)
    assert "form: " in run("broken_json").reasons("Clean first")
    assert "She put mine" not in broken.twitter_thread  # the sentence that breaks off


LIES = {
    "The lens refuses to waste light": "name: Einstein",
    "Eleven years of looking through glass": "number: 17",
    "Three prisms a day": "negation: it denies something, and its sources deny nothing",
    "A click in the second year": "quotation: Glass has a longer memory",
    "How the prism broke": "speaker: Nora does not say it, but Idris",
    "Wilma's tin": "meaning: the sentences that it names say something else",
    "Rules of the trade": "negation: it affirms 'anything', which its sources deny",
    "The glass, not the lamp": "negation: it affirms 'makes', which its sources deny",
    "How Idris came to Skerrin Head": "number: 19 is not in the sentences that it names",
    "What ruins a lens, and how slowly it is mended": "negation: it affirms 'storms'",
}


@pytest.mark.parametrize("point", LIES)
def test_a_lie_goes_back_with_its_reason(point: str) -> None:
    assert LIES[point] in run("lying").reasons(point)


def test_a_mended_part_is_published() -> None:
    lying, good = run("lying").texts, run("good").texts
    assert lying.twitter_thread.split("\n\n")[0] == good.twitter_thread.split("\n\n")[0]
    assert "## From double glazing to Skerrin Head" not in lying.blog_post
    assert "## A tin of broken prisms" in lying.blog_post


def test_what_is_left_out_leaves_no_sentence_twice() -> None:
    messages = documents("lying")[THREAD].blocks
    told = [{n for s in message.statements for n in s.sources} for message in messages]
    assert len(set().union(*told)) == sum(map(len, told))


def documents(style: str) -> dict[str, Document]:
    return {document.kind: document for document in run(style).texts.documents}


def test_a_refusal_is_asked_once_more_and_no_further() -> None:
    assert Counter(asked.kind for asked in run("refusing").asked) == dict.fromkeys(
        EXPECTED["good"], 2
    )
