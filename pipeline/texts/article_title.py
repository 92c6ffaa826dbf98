"""Titles an article: by the question that a talk sets out to answer or what is said best."""

import re
from collections.abc import Collection, Sequence
from functools import partial
from itertools import pairwise

from pipeline.core.texts import Statement
from pipeline.highlights.titles import clip_title
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences, together
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import uncounted
from pipeline.language.text_limits import width
from pipeline.language.typography import label, quote
from pipeline.texts import headings
from pipeline.texts.content_selection import (
    count_strong_words,
    drop_reactions,
    moments,
)
from pipeline.texts.genre import cast
from pipeline.texts.insight import is_about_speaker, names_subject, points, subjects
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.self_contained import has_verb, is_self_contained, lacks_referent
from pipeline.texts.standfirst import full_name, is_named, who_talks
from pipeline.texts.statement_kinds import is_general
from pipeline.texts.unfit_sentences import trails_off

MAX_QUESTION_CHARS = 95  # maximum characters of a talk's question
MAX_TELLERS = 2  # in a talk that is titled by what one of them says
MIN_QUOTED_CHARS, MAX_QUOTED_CHARS = 25, 95  # characters of a quotation, and of it with its author
STEP_COST = 0.3  # cost of a quotation that is one step of several
_COMMA = re.compile(r"[,，、]")
MIN_SUBJECTS = 2  # minimum subjects of the talk, that its title names
SUBJECT_GAIN = 0.15  # gain of a quotation, for each of these
POINTING_COST = 0.4  # cost of a quotation that goes on from something, or points at it
MIN_QUESTION_WORDS = 6
EARLY_SHARE = 0.2  # share of a talk, in which it says what it sets out to answer
MIN_EARLY_LINES = 8


def title(plan: Outline, points: Sequence[Line]) -> Statement:
    """Return the title, and what it rests on; `points` are preferred to the moments."""
    if cast(plan.lines).genre == "lecture" and (found := _question(plan)):
        return found
    if found := _quotation(plan):
        return found
    lines = [n for n in points if not n.counted]
    for moment in moments(plan):
        told = drop_reactions(moment)
        lines += [n for n in told if n.solid and not (n.question or n.ceremony or n.counted)]
    texts = {s: n for n in reversed(lines) for s in split_sentences(_uncounted(n, plan.language))}
    about = subjects(plan.lines, plan.language)
    heaviness = [n.weight for n in texts.values()]
    wholes = (
        headings.thought(list(texts), plan.language, weights=heaviness, fits=fits)
        for fits in (partial(_sums_up, about, plan.language, least) for least in (MIN_SUBJECTS, 1))
    )
    whole = next(filter(None, wholes), "")
    best = moments(plan)[0]
    text = whole or _label(best, plan)
    said = tuple(n.index for sentence, n in texts.items() if text.rstrip(".!?") in sentence)
    return Statement(text=text, sources=said[:1] or (best[0].index,))


def _sums_up(about: Collection[str], language: str, least: int, text: str) -> bool:
    """Return whether a thought is about the talk's subjects, and neither leans nor tells of "I".

    A talk that is too short to have subjects is told by any whole thought.
    """
    leans = points(text, language) or is_about_speaker(text, language)
    return not about or (not leans and names_subject(text, about, language, least=least))


def _label(best: Sequence[Line], plan: Outline) -> str:
    """Return who talks, or a clause of the best moment if it can stand or nobody is known."""
    clause = clip_title(together(n.text for n in best if n.solid), plan.language)
    about = subjects(plan.lines, plan.language)
    whole = clause and is_self_contained(clause, plan.language) and "," not in clause
    if whole and _sums_up(about, plan.language, 1, clause):
        return clause
    return who_talks(plan) or clause or clip_title(best[0].text, plan.language)


def _quotation(plan: Outline) -> Statement | None:
    """Return what a named guest says best: "Ada Lovelace: “Nobody tells you this”"."""
    group = cast(plan.lines)
    if group.genre == "lecture" or not (group.tellers and is_named(group.tellers[0])):
        return None
    if len(group.tellers) > MAX_TELLERS:
        return None  # a panel has no main voice
    guest = full_name(group.tellers[0], plan)
    closing = languages.language(plan.language).quotation_marks[1].strip()
    room = MAX_QUOTED_CHARS - width(guest)
    announcing = {n.index for n, after in pairwise(plan.lines) if after.counted == 1}
    about = subjects(plan.lines, plan.language)
    found = [
        (
            line.weight
            + 0.3 * line.moment
            + _appeal(sentence, plan.language)
            - STEP_COST * bool(line.counted)
            + _aboutness(sentence, about, plan.language),
            -line.index,
            sentence,
        )
        for line in plan.lines
        if line.speaker == group.tellers[0]
        and line.solid
        and line.index not in announcing
        and (line.general or not line.counted)
        and not (line.chatter or line.ceremony or trails_off(line.text, plan.language))
        for sentence in split_sentences(_uncounted(line, plan.language))
        if MIN_QUOTED_CHARS <= width(sentence) <= room
        and sentence[-1:] not in "?？”"
        and not sentence.rstrip(".").endswith(closing)
        and len(_COMMA.findall(sentence)) <= 1
        and is_self_contained(sentence, plan.language)
        and has_verb(sentence, plan.language)
    ]
    if not found:
        return None
    _, index, said = max(found)
    said = quote(said.rstrip(".。"), plan.language)
    return Statement(text=f"{label(guest, plan.language)}{said}", sources=(-index,))


def _appeal(sentence: str, language: str) -> float:
    """Return what makes a quotation good: a contrast, strong words, advice; no figures."""
    grammar = lexicon.grammar(language)
    contrast = 0.4 * bool(grammar.contrasts.search(sentence))
    strong = 0.2 * min(2, count_strong_words(sentence, language))
    figures = 0.3 * any(c.isdigit() for c in sentence)
    return contrast + strong + 0.2 * is_general(sentence, language) - figures


def _aboutness(sentence: str, about: Collection[str], language: str) -> float:
    """Return what a quotation gains by the talk's subjects, and loses by pointing at something."""
    named = sum(names_subject(sentence, about, language, least=n) for n in (1, MIN_SUBJECTS))
    return SUBJECT_GAIN * named * bool(about) - POINTING_COST * points(sentence, language)


def _question(plan: Outline) -> Statement | None:
    """Return the first question that the speaker asks of the subject itself."""
    known = languages.language(plan.language)
    asking = "|".join(sorted(known.question_words)) or "(?!)"
    begins = re.compile(rf"(?:^|(?<=[,:] ))(?:{asking})\b", re.IGNORECASE)
    count = max(MIN_EARLY_LINES, round(EARLY_SHARE * len(plan.lines)))
    for line in plan.lines[:count]:
        for sentence in split_sentences(line.text):
            if line.ceremony or sentence[-1:] not in "?？":
                continue
            for match in reversed(list(begins.finditer(sentence))):
                asked = sentence[match.start() :]
                if len(asked.split()) >= MIN_QUESTION_WORDS:
                    asked = asked[:1].upper() + asked[1:]
                    if _names_a_subject(asked, plan.language):
                        return Statement(text=asked, sources=line.sources)
                    break
    return None


def _names_a_subject(asked: str, language: str) -> bool:
    personal = lexicon.grammar(language).personal & {bare(t) for t in asked.split()}
    return (
        width(asked) <= MAX_QUESTION_CHARS and not personal and not lacks_referent(asked, language)
    )


def _uncounted(line: Line, language: str) -> str:
    return uncounted(line.text, language) if line.counted else line.text
