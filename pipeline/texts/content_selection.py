"""Chooses from an outline what the texts contain: moments, takeaways, a question."""

import math
import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import plain
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import uncounted
from pipeline.language.typography import dialogue_dash, label
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.genre import cast
from pipeline.texts.insight import (
    is_about_speaker,
    is_whole,
    named_subjects,
    names_subject,
    subjects,
)
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.self_contained import has_verb, is_self_contained
from pipeline.texts.sentence_weights import MIN_SENTENCE_CHARS
from pipeline.texts.statement_kinds import asks_readers, frame_end, is_past
from pipeline.texts.topic_segmentation import PARAGRAPH_PAUSE_S
from pipeline.texts.topic_tags import topic_tags
from pipeline.texts.unfit_sentences import trails_off

UNNAMED = re.compile(r"Speaker(?: \d+)?|\w")  # labels of speakers whose name is unknown
MAX_SKIPPED_OPENING = 4  # sentences among which a moment may begin
MAX_ECHO_LINES = 3  # back, to what a listener repeats
MAX_REACTION_CHARS = 70  # maximum characters of a listener's reaction
TAKEAWAY_CHARS = 40, 220  # range
# gain of a takeaway, for each of the talk's subjects that it names but the first
SUBJECT_GAIN = 0.3
MAX_NAMED_SUBJECTS = 3
MIN_QUOTED_SUBJECTS = 1  # minimum subjects of the talk, in a quotation
SPEAKER_COST = 0.5  # cost of a takeaway about the speaker: "I do a tech podcast"
FIGURE_COST = 0.4  # for each figure: a detail
MAX_FIGURES = 2  # that count
MIN_PARAGRAPH_CHARS = 100
_SMALL = lexicon.stop_words(languages.ENGLISH)  # ignored when comparing lines, in any language
MIN_TAKEAWAY_RANK = 0.95
MIN_TAKEAWAY_RANK_WITHOUT_GRAMMAR = 0.7  # if advice cannot be distinguished from stories
QUESTION_WORDS = 4, 25  # range of a question to the readers
QUESTION_CHARS = 16, 90  # the same in scripts without spaces, each letter two
_NAMED = re.compile(r"[A-ZÀ-Þ][\wà-ÿ]+, (?!(?:if|when)\b)")


def moments(plan: Outline) -> list[tuple[Line, ...]]:
    """Return the moments, best first, without chatter; without moments, the weightiest lines."""
    used: set[int] = set()
    found: list[tuple[Line, ...]] = []
    for moment in plan.moments[:5]:
        lines = tuple(n for n in trim_moment(moment) if not n.chatter and n.index not in used)
        if lines:
            used |= {n.index for n in lines}
            found.append(lines)
    if found:
        return found
    main = main_speaker(plan.lines)
    own = [n for n in plan.lines if n.speaker == main]
    return [tuple(pick_best(own, 6)) or plan.lines[:6]]


def trim_moment(moment: tuple[Line, ...]) -> tuple[Line, ...]:
    """Trim a moment to start with a sentence that stands alone and end with a solid one.

    Other people's words at the end that lead to another subject are dropped.
    """
    main, lines = main_speaker(moment), list(_skip_weak_opening(_without_chatter(moment)))
    while len(lines) > 1 and lines[-1].speaker != main and _leads_away(lines[-1]):
        lines.pop()
    return tuple(lines)


def _without_chatter(moment: tuple[Line, ...]) -> tuple[Line, ...]:
    """Drop greetings and adverts at either end of a moment, unless nothing is left."""
    lines = list(moment)
    while lines and lines[0].ceremony:
        del lines[0]
    while lines and lines[-1].ceremony:
        lines.pop()
    return tuple(lines) or moment


def _leads_away(line: Line) -> bool:
    return line.question or not line.solid


def _skip_weak_opening(moment: tuple[Line, ...]) -> tuple[Line, ...]:
    """Skip an opening that needs the sentence before or is empty, if a better one follows soon."""
    for skip, line in enumerate(moment[:MAX_SKIPPED_OPENING]):
        if line.opens and (line.solid or (line.question and line.size >= MIN_SENTENCE_CHARS)):
            return moment[skip:]
    for skip, line in enumerate(moment[:MAX_SKIPPED_OPENING]):
        if line.opens and line.size >= MIN_SENTENCE_CHARS:
            return moment[skip:]
    return moment


def drop_reactions(moment: Sequence[Line]) -> tuple[Line, ...]:
    """Keep the main speaker's words and the questions to them; drop the reactions of others.

    A reaction is short and neither asks nor answers. Short speech after the last reaction is
    dropped as well.
    """
    main = main_speaker(moment)
    if main is None:
        return tuple(moment)
    before = [None, *moment]
    kept = [
        n
        for at, (n, previous) in enumerate(zip(moment, before, strict=False))
        if n.speaker == main
        or (n.question and not echoes(n, moment[max(0, at - MAX_ECHO_LINES) : at]))
        or n.size > MAX_REACTION_CHARS
        or (previous is not None and previous.question and previous.speaker != n.speaker)
    ]
    last = max((at for at, n in enumerate(moment) if n not in kept), default=-1)
    reply = moment[last + 1 :]
    if last > 0 and reply and sum(n.size for n in reply) < MAX_REACTION_CHARS:
        kept = [n for n in kept if n not in reply]
    while len(kept) > 1 and kept[-1].question:
        kept.pop()  # the next question: its answer is elsewhere
    return tuple(kept) or tuple(moment)


def echoes(line: Line, before: Sequence[Line]) -> bool:
    """Return whether a line repeats what another person said just before: "Three a day?"."""
    said = plain(line.text)
    heard = [plain(n.text) for n in before[-MAX_ECHO_LINES:] if n.speaker != line.speaker]
    return any(
        words[at : at + len(said)] == said
        for words in heard
        for at in range(len(words) - len(said) + 1)
    )


def name_speakers(lines: Sequence[Line], language: str) -> list[str]:
    """Return the texts of a moment's lines, with speakers if more than one person tells.

    Without the conjunction that ties the first line to what was said before, and without the name
    of the person asked.
    """
    texts = [strip_address(n.text, language) if n.question else n.text for n in lines]
    if lines:
        texts[0] = strip_conjunction(texts[0], language)
    tellers = {n.speaker for n in lines if not n.question}
    if len(tellers) < 2:
        return texts
    found = []
    for line, text, before in zip(lines, texts, [None, *lines], strict=False):
        turn = line.speaker is not None and (before is None or before.speaker != line.speaker)
        unnamed = UNNAMED.fullmatch(line.speaker or "")
        who = dialogue_dash(language) if unnamed else label(line.speaker or "", language)
        found.append(f"{who}{text}" if turn else text)
    return found


def main_speaker(lines: Sequence[Line]) -> str | None:
    """Return who speaks most; None without speaker labels."""
    previous: dict[str, int] = {}
    for line in lines:
        if line.speaker:
            previous[line.speaker] = previous.get(line.speaker, 0) + line.size
    return max(previous, key=lambda name: previous[name], default=None)


def takeaways(plan: Outline, used: Collection[int], count: int) -> list[Line]:
    """Return up to `count` sentences that stand by themselves, in the order spoken.

    Advice and statements rank above stories; the end of a moment is a candidate. Weak sentences
    are left out even if fewer remain.
    """
    ends = {drop_reactions(moment)[-1].index for moment in plan.moments}
    about = subjects(plan.lines, plan.language)

    def rank(line: Line) -> float:
        found = line.weight + 0.6 * line.general + 0.3 * line.moment
        found += 0.4 * _contrasts(line.text, plan.language) + 0.5 * bool(line.counted)
        found += 0.3 * (line.index in ends) + 0.15 * min(
            2, count_strong_words(line.text, plan.language)
        )
        named = min(MAX_NAMED_SUBJECTS, named_subjects(line.text, about, plan.language))
        found += SUBJECT_GAIN * (named - 1) if about else 0
        personal = is_about_speaker(line.text, plan.language) and not line.general
        found -= SPEAKER_COST * personal
        figures = sum(any(c.isdigit() for c in token) for token in line.text.split())
        found -= FIGURE_COST * min(MAX_FIGURES, figures)
        return found - 0.5 * is_past(line.text, plan.language) + 0.2 * line.opening

    announcing = {n.index for n, after in pairwise(plan.lines) if after.counted == 1}
    tellers = cast(plan.lines).tellers
    shows = lexicon.grammar(plan.language).shows
    known = languages.language(plan.language)
    told_apart = known.grammar is not None or known.statements is not None
    least = MIN_TAKEAWAY_RANK if told_apart else MIN_TAKEAWAY_RANK_WITHOUT_GRAMMAR
    fit = [
        n
        for n in plan.lines
        if n.index not in used
        and n.index not in announcing
        and not n.explains
        and (n.speaker in tellers or not tellers)
        and n.solid
        and not n.question
        and TAKEAWAY_CHARS[0] <= n.size <= TAKEAWAY_CHARS[1]
        and rank(n) >= least
        and not shows.match(strip_frame(n, plan.language))
        and is_self_contained(strip_frame(n, plan.language), plan.language)
        and has_verb(n.text, plan.language)
        and not trails_off(n.text, plan.language)
        and (n.counted or is_whole(strip_frame(n, plan.language), plan.language))
    ]
    return pick_best(fit, count, rank)


def is_insight(text: str, about: Collection[str], language: str) -> bool:
    """Return whether a statement is whole, and about the subjects of a talk."""
    whole = is_whole(text, language)
    return whole and names_subject(text, about, language, least=MIN_QUOTED_SUBJECTS)


def strip_frame(line: Line, language: str) -> str:
    """Return a line's text without "And", without "I think that", and without its numbering."""
    text = uncounted(line.text, language) if line.counted else line.text
    rest = text[frame_end(text, language) :]
    return strip_conjunction(rest[0].upper() + rest[1:], language)


def _contrasts(text: str, language: str) -> bool:
    """Whether it says what something is not, or is more than (by its word classes)."""
    grammar = languages.language(language).grammar
    return grammar is not None and bool(grammar.contrasts.search(text))


def count_strong_words(text: str, language: str) -> int:
    """Count the words that make one listen (by word classes)."""
    grammar = languages.language(language).grammar
    return sum(bare(t) in grammar.strong for t in text.split()) if grammar else 0


def is_worthy(line: Line, plan: Outline) -> bool:
    """Whether a line belongs in a text: in a moment, or as weighty as the lines of one."""
    return not line.chatter and (line.moment or line.weight >= plan.bar)


def tags_of(plan: Outline, limit: int) -> tuple[str, ...]:
    """Return at most `limit` hashtags of the talk's topics and names."""
    worthy = [n for n in plan.lines if is_worthy(n, plan)]
    speakers = {n.speaker for n in plan.lines if n.speaker}
    texts = [n.text for n in worthy]
    return topic_tags(texts, plan.language, limit, known=plan.tags, speakers=speakers)


def question(plan: Outline, used: set[int]) -> Line | None:
    """Return a question that a reader could answer, asked by who tells, before a moment; or None.

    An interviewer asks the guest, not the reader.
    """
    moments = {n.index for n in plan.lines if n.moment}
    tellers: set[str | None] = {*cast(plan.lines).tellers} or {None}
    questions = [
        n
        for n in plan.lines
        if n.question
        and n.speaker in tellers
        and n.index not in used
        and not n.chatter
        and any(n.index + ahead in moments for ahead in (1, 2, 3))
        and is_self_contained(n.text, plan.language)
        and _has_length_of_question(n, plan.language)
        and _is_for_readers(n.text, plan.language)
    ]

    return max(questions, key=lambda n: n.weight, default=None)


def _has_length_of_question(line: Line, language: str) -> bool:
    if not languages.language(language).spaces:
        low, high = QUESTION_CHARS
        return low <= line.size <= high
    low, high = QUESTION_WORDS
    return low <= len(line.text.split()) <= high


def _is_for_readers(asked: str, language: str) -> bool:
    """Whether readers could answer, and nobody is asked by name."""
    grammar = lexicon.grammar(language)
    named = _NAMED.match(asked) and not grammar.asked_after_name.match(asked)
    return not named and asks_readers(strip_address(asked, language), language)


def strip_address(question: str, language: str) -> str:
    """Strip the name of the person asked, as in "Clara, how did it begin?"."""
    match = lexicon.grammar(language).asked_after_name.match(question)
    if match is None:
        return question
    rest = question[match.end() :]
    return rest[0].upper() + rest[1:]


def pick_best(
    lines: Sequence[Line], count: int, rank: Callable[[Line], float] = lambda n: n.weight
) -> list[Line]:
    """Return the best lines that stand alone, in the order spoken, without near repetitions."""
    found: list[Line] = []
    for line in sorted(lines, key=rank, reverse=True):
        if (
            line.chatter
            or not (line.opens or line.counted)
            or any(_are_alike(line, n) for n in found)
        ):
            continue
        found.append(line)
        if len(found) == count:
            break
    return sorted(found, key=lambda n: n.index)


def _are_alike(one: Line, other: Line) -> bool:
    """Whether two lines share most of their words."""
    a = {bare(t) for t in one.text.split()} - _SMALL
    b = {bare(t) for t in other.text.split()} - _SMALL
    return bool(a & b) and len(a & b) >= 0.6 * min(len(a), len(b))


def paragraphs(lines: Sequence[Line], most: int) -> list[list[Line]]:
    """Split lines into even paragraphs of at most `most` sentences, at speaker changes or pauses.

    After a pause a single short sentence is no paragraph of its own.
    """
    runs: list[list[Line]] = []
    for line in lines:
        last = runs[-1] if runs else None
        if last is None or line.speaker != last[-1].speaker or _is_divided(last, line):
            runs.append([line])
        else:
            last.append(line)
    found: list[list[Line]] = []
    for run in runs:
        alone = len(run) == 1 and run[0].size < MIN_PARAGRAPH_CHARS
        if found and alone and run[0].speaker == found[-1][-1].speaker and most > len(found[-1]):
            found[-1] += run
            continue
        parts = math.ceil(len(run) / most)
        ends = [round(n * len(run) / parts) for n in range(parts + 1)]
        found += [run[a:b] for a, b in pairwise(ends)]
    return found


def _is_divided(before: Sequence[Line], line: Line) -> bool:
    """Whether a pause before a line begins a paragraph: enough was said before it."""
    pause = line.start_s - before[-1].end_s > PARAGRAPH_PAUSE_S
    return pause and sum(n.size for n in before) >= MIN_PARAGRAPH_CHARS
