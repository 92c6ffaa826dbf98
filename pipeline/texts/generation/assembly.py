"""Puts a text together from a model's drafts.

A part without a draft is left out, and the title of the extractive text stands where a title is
missing. What the whole then lacks shows only now: as long as it has faults, the part without which
there are fewest of them goes, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.core.texts import Block, Document, Statement
from pipeline.language import languages
from pipeline.texts.checks import Fault, faults
from pipeline.texts.formats import compose
from pipeline.texts.generation.drafting import Outcome
from pipeline.texts.generation.parts import Draft
from pipeline.texts.generation.support import Support
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline

MAX_PARAGRAPH_SENTENCES = 4
_ENDS = tuple('.!?…:;。！？"”“»」』)')


@dataclass(frozen=True, slots=True)
class Place:
    """A part's place in the text, and whether the model's draft stands there."""

    outcome: Outcome
    drafted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A text that was put together."""

    document: Document
    places: tuple[Place, ...]
    faults: tuple[Fault, ...]  # that nothing could mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What texts are put together with."""

    grounded: Document  # the extractive text
    plan: Outline
    support: Support
    author: str
    link: str = ""

    def assemble(self, outcomes: Sequence[Outcome]) -> Assembled:
        """Return the text of these parts, which are in its order."""
        best = self._try([Place(outcome, outcome.draft is not None) for outcome in outcomes])
        while best.faults and (others := list(self._changes(best.places))):
            best = min(others, key=lambda tried: len(tried.faults))
        return best

    def _changes(self, places: Sequence[Place]) -> Iterator[Assembled]:
        """Yield the texts in which one part less is the model's."""
        for n, place in enumerate(places):
            if place.drafted:
                yield self._try([*places[:n], replace(place, drafted=False), *places[n + 1 :]])

    def _try(self, places: Sequence[Place]) -> Assembled:
        lines = {line.index: line for line in self.plan.lines}
        blocks = [block for place in places for block in self._blocks(place, lines)]
        first = int(bool(blocks) and blocks[0].kind == "title")
        blocks[first:first] = [b for b in self.grounded.blocks if b.kind == "standfirst"]
        blocks += [b for b in self.grounded.blocks if b.kind == "tags"]
        kind, language = self.grounded.kind, self.grounded.language
        document = compose(kind, language, blocks, link=self.link, author=self.author)
        evidence, masked = self.support.evidence, self.support.masked
        found = faults(document.text, kind, evidence, masked=masked)
        return Assembled(document=document, places=tuple(places), faults=tuple(found))

    def _blocks(self, place: Place, lines: Mapping[int, Line]) -> tuple[Block, ...]:
        """Return what stands in a place, the heading of a section with the time it begins at."""
        draft = place.outcome.draft
        if not place.drafted or draft is None:
            title = place.outcome.part.role.name == "title"
            return tuple(b for b in self.grounded.blocks if title and b.kind == "title")
        first, *rest = draft_blocks(draft, self.grounded.language)
        if draft.heading is not None:
            starts = [lines[n].start_s for n in draft.sentences[0].sources if n in lines]
            first = replace(first, start_s=min(starts, default=None))
        return (first, *rest)


def draft_blocks(draft: Draft, language: str) -> tuple[Block, ...]:
    """Return a draft as blocks, a section in paragraphs of about equal length."""
    role = draft.part.role
    if role.label:
        return (Block(kind=role.block, statements=draft.sentences),)
    sentences = tuple(_closed(s, language) for s in draft.sentences)
    if role.under_heading:
        label = Statement(text=languages.language(language).takeaways_heading)
        heading = Block(kind="heading", statements=(label,))
        return (heading, Block(kind=role.block, statements=sentences))
    if draft.heading is None:
        return (Block(kind=role.block, statements=sentences),)
    count = -(-len(sentences) // MAX_PARAGRAPH_SENTENCES)
    edges = [round(n * len(sentences) / count) for n in range(count + 1)]
    return (
        Block(kind="heading", statements=(draft.heading,)),
        *(
            Block(kind=role.block, statements=sentences[edges[n] : edges[n + 1]])
            for n in range(count)
        ),
    )


def _closed(statement: Statement, language: str) -> Statement:
    """Return a sentence that ends with a mark."""
    if statement.text.endswith(_ENDS):
        return statement
    mark = "." if languages.language(language).spaces else "。"
    return replace(statement, text=statement.text + mark)
