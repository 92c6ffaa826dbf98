"""Finds what an extractive text has for a part that a language model could not write.

A part of it stands in with the sentences that are about the same place of the talk and that no
other part tells, so that nothing comes twice or out of order.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.core.texts import Block, BlockKind, Document
from pipeline.language import languages
from pipeline.language.text_limits import Limit, tweet_length
from pipeline.texts.chatter import asks
from pipeline.texts.generation.parts import Part
from pipeline.texts.generation.roles import MESSAGE_CHARS, RoleName
from pipeline.texts.generation.section_fallbacks import stand_in
from pipeline.texts.generation.source_lines import CONTEXT_LINES
from pipeline.texts.generation.trimming import Room, begins, trim
from pipeline.texts.line import Line
from pipeline.texts.messages import Piece, message, pack

# The roles that blocks fill by themselves, those of a row together.
ALONE: dict[BlockKind, RoleName] = {
    "title": "title",
    "summary": "summary",
    "hook": "hook",
    "message": "message",
    "paragraph": "paragraph",
    "numbered_list": "paragraph",
    "list": "takeaways",
}
ABOVE_SECTIONS: frozenset[BlockKind] = frozenset({"title", "standfirst", "summary"})
FURNITURE: frozenset[BlockKind] = frozenset({"chapters", "tags"})
SINGLE: frozenset[RoleName] = frozenset({"takeaways", "question"})  # about the talk as a whole


@dataclass(frozen=True, slots=True)
class Spare:
    """A part of an extractive text."""

    role: RoleName
    blocks: tuple[Block, ...]

    @property
    def sources(self) -> frozenset[int]:
        """Return the sentences that it rests on."""
        return frozenset(n for b in self.blocks for s in b.statements for n in s.sources)

    @property
    def count(self) -> int:
        """Return the number of its sentences and points, without headings."""
        return sum(len(b.statements) for b in self.blocks if b.kind != "heading")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A part without a draft, and what must be respected there."""

    part: Part
    told: frozenset[int]  # sentences that other parts rest on; they do not come again
    opens: bool  # whether no section stands before it; a later one needs a heading

    def room(self, language: str) -> Room:
        """Return what may be told here: of the sentences that its author was shown, the untold."""
        reach = range(-CONTEXT_LINES, CONTEXT_LINES + 1)
        near = frozenset(n + away for n in self.part.sources for away in reach)
        return Room(near=near, told=self.told, language=language)


def divide(document: Document) -> list[Spare]:
    """Return the parts of an extractive text, in its order."""
    if document.kind == "blog_post":
        above = [b for b in document.blocks if b.kind in ABOVE_SECTIONS]
        return [*_by_role(above), *_sections(document)]
    blocks = [b for b in document.blocks if b.kind not in FURNITURE]
    if document.kind == "linkedin_post" and _is_question(blocks[-1:]):
        return [*_by_role(blocks[:-1]), Spare("question", (blocks[-1],))]
    return list(_by_role(blocks))


def _is_question(blocks: Sequence[Block]) -> bool:
    return any(len(b.statements) == 1 and asks(b.statements[0].text) for b in blocks)


def _by_role(blocks: Iterable[Block]) -> Iterator[Spare]:
    """Yield what blocks fill by themselves: a row of messages tells one story."""
    for role, row in groupby(blocks, key=lambda block: ALONE.get(block.kind)):
        if role is not None:
            yield Spare(role, tuple(row))


def _sections(document: Document) -> Iterator[Spare]:
    takeaways = languages.language(document.language).takeaways_heading
    section: list[Block] = []
    for block in document.blocks:
        if block.kind == "heading":
            yield from _section(section, takeaways)
            section = []
        if block.kind not in ABOVE_SECTIONS:
            section.append(block)
    yield from _section(section, takeaways)


def _section(blocks: Sequence[Block], takeaways: str) -> Iterator[Spare]:
    heading = [s.text for b in blocks[:1] if b.kind == "heading" for s in b.statements]
    if heading == [takeaways]:
        yield Spare("takeaways", tuple(b for b in blocks if b.kind in ("heading", "list")))
    elif len(blocks) > len(heading):
        yield Spare("section", tuple(b for b in blocks if b.kind not in FURNITURE))


def choose(
    gap: Gap, spares: Sequence[Spare], lines: Mapping[int, Line], language: str
) -> Spare | None:
    """Return what may stand in for a part, None if there is nothing.

    lines: the lines of the talk by their indices.
    """
    role = gap.part.role
    own = [spare for spare in spares if spare.role == role.name]
    if role.restates:
        return next(iter(own), None)
    if role.name in SINGLE:
        found = [replace(s, blocks=tuple(_untold(b, gap.told) for b in s.blocks)) for s in own]
    else:
        fits = (blocks for spare in own for blocks in _fit(spare, gap, lines, language))
        found = [Spare(role.name, tuple(blocks)) for blocks in fits]
        found = [spare for spare in found if not spare.sources.isdisjoint(gap.part.sources)]
    enough = [spare for spare in found if spare.count >= role.sentences[0]]
    return max(enough, key=lambda s: len(s.sources.intersection(gap.part.sources)), default=None)


def _fit(
    spare: Spare, gap: Gap, lines: Mapping[int, Line], language: str
) -> Sequence[Sequence[Block]]:
    """Return what of a part of the extractive text may stand in: of a story, any stretch of it."""
    room = gap.room(language)
    if spare.role == "section":
        return [stand_in(spare.blocks, room, lines, opens=gap.opens)]
    runs = [_to_the_point(run, gap.part.sources, language) for run in trim(spare.blocks, room)]
    return [_repack(r, language) if _is_cut(r, spare.blocks) else r for r in runs]


def _is_cut(run: Sequence[Block], blocks: Sequence[Block]) -> bool:
    """Return whether messages have lost sentences, so that some may be very short."""
    return any(block.kind == "message" and block not in blocks for block in run)


def _repack(run: Sequence[Block], language: str) -> list[Block]:
    """Return messages of about equal length with the same sentences, without tags."""
    pieces = [
        Piece(
            text=s.text,
            sources=s.sources,
            asks=asks(s.text),
            leans=not begins(s, language),
        )
        for block in run
        for s in block.statements
        if s.sources
    ]
    room = Limit(most=MESSAGE_CHARS, measure=tweet_length)
    return [message(packed) for packed in pack(pieces, room, language)]


def _to_the_point(run: Sequence[Block], sources: Collection[int], language: str) -> Sequence[Block]:
    """Return a run of messages or paragraphs without those that lead up to the first of a part's.

    It begins where nothing is needed before.
    """
    own = [
        at for at, b in enumerate(run) if any(n in sources for s in b.statements for n in s.sources)
    ]
    starts = [at for at, b in enumerate(run) if at and begins(b.statements[0], language)]
    return run[max((at for at in starts if own and at <= own[0]), default=0) :]


def _untold(block: Block, told: frozenset[int]) -> Block:
    kept = tuple(s for s in block.statements if told.isdisjoint(s.sources))
    return replace(block, statements=kept)
