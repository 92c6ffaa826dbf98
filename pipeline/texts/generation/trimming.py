"""Cuts an extractive text down to sentences that may be told where a part of it stands in.

What is left reads on its own: it does not begin in the middle of a thought, and it leaves no
question without its answer, and no list with some of its points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.core.texts import Block, BlockKind, Statement
from pipeline.texts.chatter import asks
from pipeline.texts.self_contained import has_verb, lacks_referent
from pipeline.texts.sentence_weights import alone

WHOLE: frozenset[BlockKind] = frozenset({"question", "quotation", "list", "numbered_list"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The sentences that may be told in a place, as indices in Transcript.sentences."""

    near: frozenset[int]  # other passages of the same place in the talk
    told: frozenset[int]  # that another part tells
    language: str

    def fit(self, statements: Sequence[Statement], before: int | None) -> list[bool]:
        """Return which sentences may be told.

        One that is not near may go on with the one before: a story is told to its end. before: the
        last sentence of the talk that is told before these, if it is.
        """
        found: list[bool] = []
        for statement in statements:
            own = frozenset(statement.sources)
            goes_on = bool(own) and before is not None and min(own) - before in (0, 1)
            fits = self.told.isdisjoint(own) and (goes_on or self.near.issuperset(own))
            before = (max(own) if fits else None) if own else before
            found.append(fits)
        return found


def trim(blocks: Sequence[Block], room: Room) -> list[list[Block]]:
    """Return the runs of blocks that may be told, without gaps within a run.

    Paragraphs and messages at the ends of a run may have lost sentences.
    """
    runs: list[list[Block]] = [[]]
    for block in blocks:
        before = runs[-1][-1] if runs[-1] else None
        cut = _cut(block, room, before)
        if cut is None or cut.statements[0] is not block.statements[0]:
            runs.append([])
        if cut is not None:
            runs[-1].append(cut)
        if cut is None or cut.statements[-1] is not block.statements[-1]:
            runs.append([])
    return [answered for run in runs if (answered := _without_open_question(run))]


def _cut(block: Block, room: Room, before: Block | None) -> Block | None:
    """Return the longest run of sentences of a block that may be told, None if there is none.

    before: the block right before it, if that is told to its end.
    """
    said, flows = block.statements, before is not None
    told = [n for s in before.statements for n in s.sources] if before is not None else []
    fits = room.fit(said, max(told, default=None))
    if block.kind in WHOLE:
        if block.kind == "question":  # near if its end is, which the answer follows
            untold = room.told.isdisjoint(n for s in said for n in s.sources)
            fits = [untold and fits[-1]]
        sound = flows or block.kind != "question" or alone(said[0].text, room.language)
        return block if all(fits) and sound and any(s.sources for s in said) else None
    gaps = [at for at, fit in enumerate(fits) if not fit]
    runs = []
    for gap, end in pairwise([-1, *gaps, len(said)]):
        starts = (
            at
            for at in range(gap + 1, end)
            if (at == 0 and flows) or begins(said[at], room.language)
        )
        runs += [said[start:end] for start in starts]
    longest = max(runs, key=len, default=())
    return replace(block, statements=longest) if longest else None


def begins(statement: Statement, language: str) -> bool:
    """Return whether a sentence of the talk needs none before it."""
    text = statement.text.strip()
    leans = lacks_referent(text, language) or not alone(text, language)
    return bool(statement.sources) and has_verb(text, language) and not leans


def _without_open_question(run: Sequence[Block]) -> list[Block]:
    """Return a run without the questions at its end."""
    kept = list(run)
    while kept and asks(kept[-1].statements[-1].text):
        last = kept.pop()
        if last.kind not in WHOLE and len(last.statements) > 1:
            kept.append(replace(last, statements=last.statements[:-1]))
    return kept
