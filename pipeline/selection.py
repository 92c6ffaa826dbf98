"""Chooses from an outline what is told: moments, takeaways, a question. Knows no form of text."""

import re
from collections.abc import Callable, Sequence

from pipeline import words
from pipeline.outline import PARAGRAPH_PAUSE_S, Line, Outline
from pipeline.spoken import bare

_ADDRESS = re.compile(
    r"[A-ZÀ-Þ][\wà-ÿ]+, (?=(?:what|how|why|when|where|who|which|did|do|does|is|are|can|would|"
    r"have)\b)"
)


def moments(plan: Outline) -> list[tuple[Line, ...]]:
    """What is told: the moments, best first, without chatter; else the weightiest lines."""
    told: set[int] = set()
    found: list[tuple[Line, ...]] = []
    for moment in plan.moments[:5]:
        lines = tuple(n for n in opened(moment) if not n.chatter and n.index not in told)
        if lines:
            told |= {n.index for n in lines}
            found.append(lines)
    return found or [tuple(best(plan.lines, 6)) or plan.lines[:6]]


def opened(moment: tuple[Line, ...]) -> tuple[Line, ...]:
    """Without an opening that needs the sentence before, if something stands alone soon."""
    for skip, line in enumerate(moment[:3]):
        if line.alone and len(line.text) >= 30:
            return moment[skip:]
    return moment


def takeaways(plan: Outline, used: set[int], count: int) -> list[Line]:
    """Up to `count` sentences that stand alone, advice before stories, in the order said."""
    told = [
        n
        for n in plan.lines
        if n.index not in used and not n.question and 40 <= len(n.text) <= 240 and worthy(n, plan)
    ]
    standing = [n for n in told if n.opening or (n.general and n.moment)]
    if len(standing) < min(count, 3):  # a story's middle is no takeaway, but better than none
        standing = [n for n in told if n.opening or n.general]
    if len(standing) < min(count, 3):
        standing = [n for n in plan.lines if n.index not in used and not n.question]
        standing = [n for n in standing if 30 <= len(n.text) <= 240]

    def rank(line: Line) -> float:
        return line.weight + 0.6 * line.moment + 0.5 * line.general + 0.3 * line.opening

    return best(standing, count, rank)


def worthy(line: Line, plan: Outline) -> bool:
    """Whether a line belongs into a text: in a moment, or as weighty as what is in one."""
    return not line.chatter and (line.moment or line.weight >= plan.bar)


def question(plan: Outline, used: set[int]) -> Line | None:
    """A question of the talk that a reader could answer; the one that led to a moment first."""
    moments = {n.index for n in plan.lines if n.moment}
    asked = [
        n
        for n in plan.lines
        if n.question
        and n.index not in used
        and not n.chatter
        and n.alone
        and 4 <= len(n.text.split()) <= 25
    ]

    def rank(line: Line) -> float:
        led = any(line.index + ahead in moments for ahead in (1, 2, 3))
        to_reader = any(bare(t) in ("you", "your", "we") for t in line.text.split())
        return line.weight + 0.5 * led + 0.3 * to_reader

    found = max(asked, key=rank, default=None)
    if found is None or (plan.language == "en" and rank(found) < 0.5):
        return None
    return found


def unaddressed(question: str) -> str:
    """Without the name of the one who was asked: "Clara, how did it begin?"."""
    match = _ADDRESS.match(question)
    if match is None:
        return question
    rest = question[match.end() :]
    return rest[0].upper() + rest[1:]


def best(
    lines: Sequence[Line], count: int, rank: Callable[[Line], float] = lambda n: n.weight
) -> list[Line]:
    """The best that stand alone, in the order they were said, none nearly said before."""
    found: list[Line] = []
    for line in sorted(lines, key=rank, reverse=True):
        if line.chatter or not line.alone or any(_alike(line, n) for n in found):
            continue
        found.append(line)
        if len(found) == count:
            break
    return sorted(found, key=lambda n: n.index)


def _alike(one: Line, other: Line) -> bool:
    """Whether two lines share most of their words."""
    a = {bare(t) for t in one.text.split()} - words.STOP_EN
    b = {bare(t) for t in other.text.split()} - words.STOP_EN
    return bool(a & b) and len(a & b) >= 0.6 * min(len(a), len(b))


def paragraphs(lines: Sequence[Line], most: int) -> list[list[Line]]:
    """At most `most` sentences each; a new one where the speaker changes or pauses."""
    found: list[list[Line]] = []
    for line in lines:
        last = found[-1] if found else None
        if (
            last is None
            or len(last) >= most
            or line.speaker != last[-1].speaker
            or line.start_s - last[-1].end_s > PARAGRAPH_PAUSE_S
        ):
            found.append([line])
        else:
            last.append(line)
    return found
