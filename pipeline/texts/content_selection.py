"""Chooses from an outline what is told: moments, takeaways, a question."""

import re
from collections.abc import Callable, Collection, Sequence

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import together
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import uncounted
from pipeline.texts.outline import PARAGRAPH_PAUSE_S, Line, Outline
from pipeline.texts.sentence_weights import MIN_SENTENCE_CHARS, in_past

UNNAMED = re.compile(r"Speaker(?: \d+)?|\w")  # told apart, but without a name
OPENED = 4  # sentences among which a moment may begin
REACTION = 70  # characters of what a listener puts in, at most
POINT = 40, 220  # characters of a takeaway
_SMALL = lexicon.stop_words(languages.ENGLISH)  # when likeness is told, of any talk
A_POINT = 0.95  # rank from which a sentence is one
A_POINT_ELSEWHERE = 0.7  # where advice isn't told from stories
_NAMED = re.compile(r"[A-ZÀ-Þ][\wà-ÿ]+, (?!(?:if|when)\b)")


def moments(plan: Outline) -> list[tuple[Line, ...]]:
    """What is told: the moments, best first, without chatter; else the weightiest lines."""
    told: set[int] = set()
    found: list[tuple[Line, ...]] = []
    for moment in plan.moments[:5]:
        lines = tuple(n for n in rounded(moment) if not n.chatter and n.index not in told)
        if lines:
            told |= {n.index for n in lines}
            found.append(lines)
    if found:
        return found
    main = main_speaker(plan.lines)
    own = [n for n in plan.lines if n.speaker == main]
    return [tuple(best(own, 6)) or plan.lines[:6]]


def rounded(moment: tuple[Line, ...]) -> tuple[Line, ...]:
    """From the first sentence that stands alone to the last that says something.

    Where another than the one who tells leads on to something else at the end, that is cut.
    """
    main, lines = main_speaker(moment), list(_opened(moment))
    while len(lines) > 1 and lines[-1].speaker != main and _leads_on(lines[-1]):
        lines.pop()
    return tuple(lines)


def _leads_on(line: Line) -> bool:
    return line.question or not line.solid


def _opened(moment: tuple[Line, ...]) -> tuple[Line, ...]:
    """Without an opening that needs the sentence before, or says nothing yet, if soon one does."""
    for skip, line in enumerate(moment[:OPENED]):
        if line.alone and (line.solid or (line.question and line.size >= MIN_SENTENCE_CHARS)):
            return moment[skip:]
    for skip, line in enumerate(moment[:OPENED]):
        if line.alone and line.size >= MIN_SENTENCE_CHARS:
            return moment[skip:]
    return moment


def told(moment: Sequence[Line]) -> tuple[Line, ...]:
    """What one person tells, and what is asked of them: without the reactions of others.

    A reaction is short, neither asks nor answers; of what comes after the last one only what is
    longer.
    """
    main = main_speaker(moment)
    if main is None:
        return tuple(moment)
    before = [None, *moment]
    kept = [
        n
        for n, said in zip(moment, before, strict=False)
        if n.speaker == main
        or n.question
        or n.size > REACTION
        or (said is not None and said.question and said.speaker != n.speaker)
    ]
    last = max((at for at, n in enumerate(moment) if n not in kept), default=-1)
    reply = moment[last + 1 :]
    if last > 0 and reply and sum(n.size for n in reply) < REACTION:
        kept = [n for n in kept if n not in reply]
    while kept and kept[-1].question and kept[-1].speaker != main:
        kept.pop()  # the next question
    return tuple(kept) or tuple(moment)


def named(lines: Sequence[Line]) -> list[str]:
    """Their texts; where more than one person tells, and not only asks, with who speaks."""
    tellers = {n.speaker for n in lines if not n.question}
    if len(tellers) < 2:
        return [n.text for n in lines]
    found = []
    for line, before in zip(lines, [None, *lines], strict=False):
        turn = line.speaker is not None and (before is None or before.speaker != line.speaker)
        who = "–" if UNNAMED.fullmatch(line.speaker or "") else f"{line.speaker}:"
        found.append(f"{who} {line.text}" if turn else line.text)
    return found


def main_speaker(lines: Sequence[Line]) -> str | None:
    """Who says most of it; None where nobody is told apart."""
    said: dict[str, int] = {}
    for line in lines:
        if line.speaker:
            said[line.speaker] = said.get(line.speaker, 0) + line.size
    return max(said, key=lambda name: said[name], default=None)


def takeaways(plan: Outline, used: Collection[int], count: int) -> list[Line]:
    """Up to `count` sentences that say something by themselves, in the order said.

    Advice and statements before stories; what ends a moment may be one. Few are better than poor.
    """
    ends = {told(moment)[-1].index for moment in plan.moments}

    def rank(line: Line) -> float:
        found = line.weight + 0.6 * line.general + 0.3 * line.moment
        found += 0.4 * _contrasts(line.text, plan.language) + 0.5 * bool(line.counted)
        found += 0.5 * (line.index in ends) + 0.15 * min(2, strong(line.text, plan.language))
        return found - 0.5 * happened(line.text, plan.language) + 0.2 * line.opening

    shows = lexicon.grammar(plan.language).shows
    least = A_POINT if languages.language(plan.language).grammar else A_POINT_ELSEWHERE
    fit = [
        n
        for n in plan.lines
        if n.index not in used
        and n.solid
        and not n.question
        and POINT[0] <= n.size <= POINT[1]
        and not shows.match(n.text)
        and rank(n) >= least
    ]
    return best(fit, count, rank)


def unframed(line: Line, language: str) -> str:
    """Its text without "I think that" before an opinion, and without what counts it."""
    grammar = languages.language(language).grammar
    text = uncounted(line.text, language) if line.counted else line.text
    frame = grammar.frames.match(text) if grammar else None
    rest = text[frame.end() :] if frame else text
    return rest[0].upper() + rest[1:]


def _contrasts(text: str, language: str) -> bool:
    """Whether it says what something is not, or is more than (by its word classes)."""
    grammar = languages.language(language).grammar
    return grammar is not None and bool(grammar.contrasts.search(text))


def strong(text: str, language: str) -> int:
    """How many words of it make one listen (by its word classes)."""
    grammar = languages.language(language).grammar
    return sum(bare(t) in grammar.strong for t in text.split()) if grammar else 0


def happened(text: str, language: str) -> bool:
    """Whether it tells what once was (by its word classes)."""
    grammar = languages.language(language).grammar
    return grammar is not None and any(in_past(bare(t), grammar) for t in text.split())


def worthy(line: Line, plan: Outline) -> bool:
    """Whether a line belongs into a text: in a moment, or as weighty as what is in one."""
    return not line.chatter and (line.moment or line.weight >= plan.bar)


def worthy_text(plan: Outline) -> str:
    """What tags are taken from."""
    return together(n.text for n in plan.lines if worthy(n, plan))


def question(plan: Outline, used: set[int]) -> Line | None:
    """A question of the talk that a reader could answer; the one that led to a moment first."""
    moments = {n.index for n in plan.lines if n.moment}
    grammar = languages.language(plan.language).grammar
    asked = [
        n
        for n in plan.lines
        if n.question
        and n.index not in used
        and not n.chatter
        and n.alone
        and 4 <= len(n.text.split()) <= 25
        and (grammar is None or _to_anybody(n.text, plan.language))
    ]

    def rank(line: Line) -> float:
        led = any(line.index + ahead in moments for ahead in (1, 2, 3))
        return line.weight + 0.5 * led

    return max(asked, key=rank, default=None)


def _to_anybody(asked: str, language: str) -> bool:
    """Whether who reads it could answer: it says "you" or "we", and asks of nothing past."""
    tokens = [bare(t) for t in asked.split()]
    grammar, asking = lexicon.grammar(language), languages.language(language).question_words
    asks = unaddressed(asked, language).split()[0].lower() in asking
    named = _NAMED.match(asked) and not grammar.asked_after_name.match(asked)
    to_reader = not grammar.readers.isdisjoint(tokens)
    return asks and not named and not happened(asked, language) and to_reader


def unaddressed(question: str, language: str) -> str:
    """Without the name of the one who was asked: "Clara, how did it begin?"."""
    match = lexicon.grammar(language).asked_after_name.match(question)
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
        if line.chatter or not (line.alone or line.counted) or any(_alike(line, n) for n in found):
            continue
        found.append(line)
        if len(found) == count:
            break
    return sorted(found, key=lambda n: n.index)


def _alike(one: Line, other: Line) -> bool:
    """Whether two lines share most of their words."""
    a = {bare(t) for t in one.text.split()} - _SMALL
    b = {bare(t) for t in other.text.split()} - _SMALL
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
