"""Finds what an extractive text has for a part that a language model could not write."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.core.texts import Block, BlockKind, Document
from pipeline.language import languages
from pipeline.texts.parts import Part
from pipeline.texts.roles import RoleName

MAX_TOLD_SHARE = 0.5  # of the sources of an extractive part that other parts may have told

# The roles that a block fills by itself.
ALONE: dict[BlockKind, RoleName] = {
    "title": "title",
    "summary": "summary",
    "hook": "hook",
    "message": "message",
    "paragraph": "paragraph",
    "list": "takeaways",
}
ABOVE_SECTIONS: frozenset[BlockKind] = frozenset({"title", "standfirst", "summary"})
SINGLE: frozenset[RoleName] = frozenset({"title", "summary", "hook", "takeaways"})


@dataclass(frozen=True, slots=True)
class Spare:
    """A part of an extractive text."""

    role: RoleName
    blocks: tuple[Block, ...]

    @property
    def sources(self) -> frozenset[int]:
        """Return the sentences that it rests on."""
        return frozenset(n for b in self.blocks for s in b.statements for n in s.sources)


def divide(document: Document) -> Iterator[Spare]:
    """Yield the parts of an extractive text, in its order."""
    takeaways = languages.language(document.language).takeaways_heading
    section: list[Block] = []
    for block in document.blocks:
        if document.kind != "blog_post" or block.kind in ABOVE_SECTIONS:
            if block.kind in ALONE:
                yield Spare(ALONE[block.kind], (block,))
        elif block.kind == "heading":
            yield from _section(section, takeaways)
            section = [block]
        else:
            section.append(block)
    yield from _section(section, takeaways)


def _section(blocks: Sequence[Block], takeaways: str) -> Iterator[Spare]:
    heading = [s.text for b in blocks[:1] if b.kind == "heading" for s in b.statements]
    if heading == [takeaways]:
        yield Spare("takeaways", tuple(b for b in blocks if b.kind in ("heading", "list")))
    elif len(blocks) > len(heading):
        furniture = ("chapters", "tags")
        yield Spare("section", tuple(b for b in blocks if b.kind not in furniture))


def choose(part: Part, spares: Iterable[Spare], told: Iterable[int]) -> Spare | None:
    """Return what may stand in for a part, None if there is nothing.

    It rests on some of the same sentences, unless its role occurs once in a text. told: the
    sentences that other parts rest on; what they have told already does not come again.
    """
    known = frozenset(told)
    found = [
        spare
        for spare in spares
        if spare.role == part.role.name
        and len(spare.sources & known) <= MAX_TOLD_SHARE * len(spare.sources)
        and (spare.role in SINGLE or not spare.sources.isdisjoint(part.sources))
    ]
    return max(found, key=lambda spare: len(spare.sources.intersection(part.sources)), default=None)
