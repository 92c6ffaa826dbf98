"""Puts a text together from a model's drafts, with the extractive text where a draft is missing.

A part without a draft is replaced by the part of the extractive text that rests on the same
sentences, else left out. What the whole then lacks shows only now: as long as it has faults, the
part without which there are fewest of them gives way, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.core.texts import Block, Document, Statement
from pipeline.language import languages
from pipeline.texts.checks import Fault, faults
from pipeline.texts.formats import compose
from pipeline.texts.generation import fallbacks
from pipeline.texts.generation.drafting import Outcome
from pipeline.texts.generation.fallbacks import Gap
from pipeline.texts.generation.parts import Draft
from pipeline.texts.generation.support import Support
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline

MAX_PARAGRAPH_SENTENCES = 4
_ENDS = tuple('.!?…:;。！？"”“»」』)')


@dataclass(frozen=True, slots=True)
class Choice:
    """What may stand in a part's place."""

    blocks: tuple[Block, ...] = ()
    drafted: bool = False  # by the model, rather than taken from the extractive text


@dataclass(frozen=True, slots=True)
class Place:
    """A part's place in the text, and what may stand there, the best first; the last is nothing."""

    outcome: Outcome
    choices: tuple[Choice, ...]

    @property
    def choice(self) -> Choice:
        """Return what stands there."""
        return self.choices[0]

    def next(self) -> "Place":
        """Return the place with its next choice."""
        return replace(self, choices=self.choices[1:])


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
        best = self._try(self._places(outcomes))
        while best.faults and (others := list(self._changes(best.places))):
            best = min(others, key=lambda tried: len(tried.faults))
        return best

    def _changes(self, places: Sequence[Place]) -> list[Assembled]:
        """Return the texts in which one part gives way."""
        return [
            self._try([*places[:n], place.next(), *places[n + 1 :]])
            for n, place in enumerate(places)
            if len(place.choices) > 1
        ]

    def _try(self, places: Sequence[Place]) -> Assembled:
        blocks = [block for place in places for block in place.choice.blocks]
        first = int(bool(blocks) and blocks[0].kind == "title")
        blocks[first:first] = [b for b in self.grounded.blocks if b.kind == "standfirst"]
        blocks += [b for b in self.grounded.blocks if b.kind == "tags"]
        kind, language = self.grounded.kind, self.grounded.language
        document = compose(kind, language, blocks, link=self.link, author=self.author)
        evidence, masked = self.support.evidence, self.support.masked
        found = faults(document.text, kind, evidence, masked=masked)
        return Assembled(document=document, places=tuple(places), faults=tuple(found))

    def _places(self, outcomes: Sequence[Outcome]) -> list[Place]:
        """Return each part's place; what stands in somewhere stands in nowhere else."""
        lines = {line.index: line for line in self.plan.lines}
        spares = fallbacks.divide(self.grounded)
        told = {
            n
            for outcome in outcomes
            if outcome.draft is not None and not outcome.part.role.restates
            for s in outcome.draft.sentences
            for n in s.sources
        }
        places: list[Place] = []
        for outcome in outcomes:
            choices = [Choice()]
            if outcome.draft is not None:
                choices.insert(0, Choice(self._draft_blocks(outcome.draft, lines), drafted=True))
            else:
                opens = not any(p.outcome.part.role.headed and p.choice.blocks for p in places)
                gap = Gap(part=outcome.part, told=frozenset(told), opens=opens)
                spare = fallbacks.choose(gap, spares, lines, self.grounded.language)
                if spare is not None:
                    told |= spare.sources if not outcome.part.role.restates else set()
                    choices.insert(0, Choice(spare.blocks))
            places.append(Place(outcome, tuple(choices)))
        return places

    def _draft_blocks(self, draft: Draft, lines: Mapping[int, Line]) -> tuple[Block, ...]:
        """Return a draft as blocks, the heading of a section with the time where it begins."""
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
