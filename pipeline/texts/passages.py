"""Finds the passages that can be printed whole: each is read without the rest of the talk.

A passage is what one person tells, with the question that was asked before, in its order and to its
end. How likely a moment begins, goes on and ends is known of each sentence (`moments`); whether a
text can open with it, and whether it is whole, too (`sentence_roles`). A passage has no sentence
that cannot be printed, and none of it is left out but listeners' reactions.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from pipeline.analysis.moments import Moments
from pipeline.core.data import Highlight
from pipeline.core.texts import Statement
from pipeline.texts.edited_sentence import MIN_SURE, Line
from pipeline.texts.genre import Cast

HIGHLIGHT_GAIN = 3.0  # nats for a passage that is what a clip shows, times the clip's score
QUESTION_GAIN = 0.5  # nats for one that comes with its question
PICK_OPENS = 0.2  # the same of the first sentence of a clip
ANSWER_OPENS = 0.8  # probability that a sentence can open what answers a printed question
# Nats, beside those of a moment's beginning: fitted to the grades of 768 passages of 96 talks
# (docs/design/readings.md), but for the length, which hardly matters to a grade.
END_GAIN = 0.6  # for each nat in which a moment ends with its last sentence
INSIDE_GAIN = 0.25
OPEN_GAIN = 0.8  # for each factor of e in the probability that its first can open a text
TORN_COST = 20.0  # times the mean probability that a sentence is torn
WORTH_GAIN = 8.0  # times the mean probability that a sentence is worth something
VOICE_COST = 0.3  # for each voice beside the first
SIZE_GAIN = 1.0  # for each factor of e in its length: a short one is thin
MIN_OPENS = 0.3  # minimum probability that a text can open with a passage's first sentence
MAX_AFTER_QUESTION = 2  # sentences from a turn's last question to its end
QUESTION_CHARS = 15, 260  # range of what is printed of a question
MAX_REACTION_CHARS = 70  # a listener's; what is longer is told, and printed
MIN_TALK_SHARE = 0.3  # share of a short talk that is long enough for a passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How long a passage may be, characters, and how many are looked for."""

    least: int
    most: int
    count: int


MOMENT = Room(least=350, most=1800, count=12)
SECTION = Room(least=350, most=3600, count=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What is told whole."""

    question: tuple[Line, ...]  # asked before it by somebody else; or nothing
    lines: tuple[Line, ...]
    odds: float  # in nats: how much speaks for it, comparable within a talk
    titles: tuple[Statement, ...] = ()  # what it could be called, the best first

    @property
    def everything(self) -> tuple[Line, ...]:
        """Return the question and what is told."""
        return (*self.question, *self.lines)

    @property
    def size(self) -> int:
        """Return the number of characters."""
        return sum(n.size for n in self.everything)

    def overlaps(self, other: "Passage") -> bool:
        """Return whether two passages share a sentence, or one lies in the other."""
        a, b = self.everything, other.everything
        return a[0].index <= b[-1].last and b[0].index <= a[-1].last


@dataclass(frozen=True, slots=True)
class Talk:
    """Where passages are looked for."""

    lines: Sequence[Line]
    cast: Cast
    moments: Moments  # for all sentences of the transcript
    highlights: Sequence[Highlight]


def find(talk: Talk, room: Room) -> tuple[Passage, ...]:
    """Return passages, the best first, without overlap."""
    ranked = sorted(_candidates(talk, room), key=lambda found: -found.odds)
    chosen: list[Passage] = []
    for passage in ranked:
        if len(chosen) == room.count:
            break
        if not any(passage.overlaps(other) for other in chosen):
            chosen.append(passage)
    return tuple(chosen)


def _candidates(talk: Talk, room: Room) -> Iterator[Passage]:
    for first, last, question in spans(talk, room):
        lines = talk.lines[first : last + 1]
        found = weigh(lines, question, talk.moments)
        found += HIGHLIGHT_GAIN * _shown(talk.highlights, lines[0].index, lines[-1].last)
        yield Passage(question=question, lines=without_reactions(lines), odds=found)


def spans(talk: Talk, room: Room) -> Iterator[tuple[int, int, tuple[Line, ...]]]:
    """Yield where the first and the last line of what can be printed are, and its question."""
    lines, tellers, moments = talk.lines, talk.cast.tellers, talk.moments
    least = min(room.least, MIN_TALK_SHARE * sum(n.size for n in lines))
    picked = {h.first_sentence for h in talk.highlights}
    turns = [sum(n.size for n in turn) for turn in _turns(lines) for _ in turn]
    for at, first in enumerate(lines):
        if first.question or not (first.speaker in tellers or not tellers):
            continue
        question = asked_before(lines, at, moments)
        if not (_goes_on(first, moments) if question else first.printable):
            continue
        if not question and first.opens < MIN_OPENS and first.index not in picked:
            continue
        size = 0
        for last in range(at, len(lines)):
            line = lines[last]
            if last > at and line.index != lines[last - 1].last + 1:
                break  # something between them cannot be printed
            if line.speaker != first.speaker and turns[last] <= MAX_REACTION_CHARS:
                continue
            if not _goes_on(line, moments):
                break
            size += line.size
            if size > room.most:
                break
            ends = line.printable and not line.question and line.speaker == first.speaker
            if ends and size >= least:
                yield at, last, question


def _goes_on(line: Line, moments: Moments) -> bool:
    """Return whether a line may be told within a passage.

    "On the hook." may read as a reaction, and is none where a moment goes on with it.
    """
    short = line.size <= MAX_REACTION_CHARS and line.promotion < MIN_SURE
    inside = short and moments.inside[line.index] >= 0.0
    return line.printable or (inside and line.fit and line.torn < MIN_SURE)


def weigh(lines: Sequence[Line], question: Sequence[Line], moments: Moments) -> float:
    """Return how much speaks for printing a passage, in nats."""
    first, last = lines[0].index, lines[-1].last
    asked = question[0].index if question else first
    opens = max(PICK_OPENS, lines[0].opens, ANSWER_OPENS * bool(question))
    own = [n for n in lines if n.speaker == lines[0].speaker]
    torn, worth = (float(np.mean([getattr(n, of) for n in own])) for of in ("torn", "worth"))
    begins = max(moments.begin[first], moments.begin[asked])
    return (
        float(begins + END_GAIN * moments.end[last])
        + INSIDE_GAIN * float(moments.inside[first : last + 1].sum())
        + QUESTION_GAIN * bool(question)
        + OPEN_GAIN * math.log(opens)
        - TORN_COST * torn
        + WORTH_GAIN * worth
        - VOICE_COST * (len({n.speaker for n in lines}) - 1)
        + SIZE_GAIN * math.log(sum(n.size for n in lines))
    )


def _shown(highlights: Sequence[Highlight], first: int, last: int) -> float:
    """Return how far sentences are those of a highlight, 0..1, times its score."""
    best = 0.0
    for h in highlights:
        shared = min(last, h.last_sentence) - max(first, h.first_sentence) + 1
        around = max(last, h.last_sentence) - min(first, h.first_sentence) + 1
        best = max(best, h.score * shared / around)
    return best


def asked_before(lines: Sequence[Line], at: int, moments: Moments) -> tuple[Line, ...]:
    """Return what is printed of the question that a line begins to answer; () without one.

    That is the last question of the turn before, from where a moment most likely begins. It stands
    alone, or a moment begins with it rather than with the answer.
    """
    turn: list[Line] = []
    for line in reversed(lines[:at]):
        after = turn[0] if turn else lines[at]
        other = line.speaker != lines[at].speaker and line.speaker == (turn or [line])[0].speaker
        if not other or line.last + 1 != after.index:
            break
        turn.insert(0, line)
    asking = next((n for n in reversed(range(len(turn))) if turn[n].question), None)
    if asking is None or turn[0].speaker is None or len(turn) - asking > MAX_AFTER_QUESTION:
        return ()
    least, most = QUESTION_CHARS
    best: tuple[Line, ...] = ()
    for start in range(asking, -1, -1):
        found = tuple(turn[start : asking + 1])
        size = sum(n.size for n in found)
        if size > most or not all(n.printable for n in found):
            break
        begins = moments.begin[found[0].index]
        likely = found[0].alone >= MIN_SURE or begins >= moments.begin[lines[at].index]
        if size >= least and likely and (not best or begins > moments.begin[best[0].index]):
            best = found
    return best


def without_reactions(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Drop what listeners throw in: it neither asks nor answers, and is short.

    The first line's speaker tells.
    """
    kept: list[Line] = []
    turns = _turns(lines)
    for before, turn, after in zip([None, *turns], turns, [*turns[1:], None], strict=False):
        own = turn[0].speaker == lines[0].speaker
        asks = turn[-1].question and after is not None
        answers = before is not None and before[-1].question
        if own or sum(n.size for n in turn) > MAX_REACTION_CHARS:
            kept += turn
        elif (asks or (answers and all(n.printable for n in turn))) and not _echoes(turn, before):
            kept += [n for n in turn if n.printable]
    return tuple(kept)


def _turns(lines: Sequence[Line]) -> list[list[Line]]:
    """Divide lines where the speaker changes."""
    return [list(turn) for _, turn in groupby(lines, key=lambda n: n.speaker)]


def _echoes(turn: Sequence[Line], before: Sequence[Line] | None) -> bool:
    """Return whether a question repeats what was said just before: "Three a day?"."""
    said = before[-1].text.casefold() if before else ""
    return len(turn) == 1 and turn[0].text.rstrip("?？").casefold() in said


def paragraphs(lines: Sequence[Line], most: int) -> list[list[Line]]:
    """Divide lines where the speaker changes, and evenly into at most `most` sentences."""
    found: list[list[Line]] = []
    for run in _turns(lines):
        parts = math.ceil(len(run) / most)
        edges = np.linspace(0, len(run), parts + 1).round().astype(int)
        found += [run[a:b] for a, b in pairwise(edges)]
    return found
