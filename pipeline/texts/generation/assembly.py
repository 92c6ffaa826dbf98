"""Puts a text together from a model's drafts.

A part without a draft is left out, and the title of the extractive text stands where a title is
missing. What the whole then lacks shows only now: as long as it has faults, the part without which
there are fewest of them goes, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.core.texts import Block, Document, Statement, TextOptions
from pipeline.language import languages
from pipeline.texts.checks import Fault, faults
from pipeline.texts.formats import compose
from pipeline.texts.generation.drafting import Outcome
from pipeline.texts.generation.parts import LEAD, Draft
from pipeline.texts.generation.support import Support
from pipeline.texts.kinds.messages import Piece, message, pack
from pipeline.texts.networks import NETWORKS
from pipeline.texts.outline import Outline

PARAGRAPH_SENTENCES = {"blog_post": 4, "linkedin_post": 2}  # at most
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
    options: TextOptions

    def assemble(self, outcomes: Sequence[Outcome]) -> Assembled:
        """Return the text of these parts."""
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
        drafts = [p.outcome.draft for p in places if p.drafted and p.outcome.draft is not None]
        kind, language = self.grounded.kind, self.grounded.language
        blocks = [*self._article(drafts)] if kind == "blog_post" else [*self._short(drafts)]
        document = compose(kind, language, blocks, link=self.options.link, author=self.author)
        evidence, masked = self.support.evidence, self.support.masked
        found = faults(document.text, kind, evidence, masked=masked)
        return Assembled(document=document, places=tuple(places), faults=tuple(found))

    def _short(self, drafts: Sequence[Draft]) -> Iterator[Block]:
        """Yield the messages of a thread, or the paragraphs of a post, and its hashtags."""
        kind, language = self.grounded.kind, self.grounded.language
        sentences = [self._closed(s) for d in drafts for s in d.sentences]
        if not sentences:
            return
        if kind in NETWORKS:
            pieces = [Piece(text=s.text, sources=s.sources) for s in sentences]
            yield from map(message, pack(pieces, NETWORKS[kind].room, language))
            return
        yield Block(kind="hook", statements=(sentences[0],))
        yield from self._paragraphs(sentences[1:])

    def _article(self, drafts: Sequence[Draft]) -> Iterator[Block]:
        """Yield title, standfirst and summary, and the sections in the order of the talk."""
        starts = {n: line.start_s for line in self.plan.lines for n in line.sources}
        sections = [d for d in drafts if d.part.name != LEAD]
        over = next((d for d in drafts if d.part.name == LEAD), None)
        if over is not None and over.heading is not None:
            yield Block(kind="title", statements=(over.heading,))
        else:
            yield from (b for b in self.grounded.blocks if b.kind == "title")
        yield from (b for b in self.grounded.blocks if b.kind == "standfirst")
        if over is not None:
            yield Block(kind="summary", statements=tuple(map(self._closed, over.sentences)))
        for draft in sorted(sections, key=lambda d: _first(d, starts)):
            heading = (draft.heading,) if draft.heading else ()
            yield Block(kind="heading", statements=heading, start_s=_first(draft, starts))
            yield from self._paragraphs([self._closed(s) for s in draft.sentences])

    def _paragraphs(self, sentences: Sequence[Statement]) -> Iterator[Block]:
        """Yield paragraphs of about equal length."""
        count = -(-len(sentences) // PARAGRAPH_SENTENCES[self.grounded.kind])
        edges = [round(n * len(sentences) / count) for n in range(count + 1)] if count else []
        for first, after in pairwise(edges):
            yield Block(kind="paragraph", statements=tuple(sentences[first:after]))

    def _closed(self, statement: Statement) -> Statement:
        """Return a sentence that ends with a mark."""
        if statement.text.endswith(_ENDS):
            return statement
        mark = "." if languages.language(self.grounded.language).spaces else "。"
        return replace(statement, text=statement.text + mark)


def _first(draft: Draft, starts: Mapping[int, float]) -> float:
    """Return where the talk says the first sentence of a section, seconds."""
    return min((starts[n] for n in draft.sentences[0].sources if n in starts), default=0.0)
