"""Says who talks, about what and for how long, from the talk's own facts."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.core.texts import Block, Statement
from pipeline.language import languages
from pipeline.language.introductions import find_introductions
from pipeline.language.schema.entries import any_of
from pipeline.language.schema.language import Language
from pipeline.language.schema.people import Standfirst
from pipeline.texts.edited_sentence import Line
from pipeline.texts.outline import Outline

UNNAMED = re.compile(r"Speaker(?: \d+)?|\w")  # labels of speakers whose name is unknown
MIN_CONVERSATION = 2  # people
ROLES = frozenset(("guest", "host", "interviewer", "moderator", "presenter", "narrator"))
MAX_NAMED = 4  # people; more are a crowd
INTRODUCED_WITHIN = 40  # lines, in which guests are introduced


def standfirst(plan: Outline) -> Block | None:
    """Return the line below an article's title; None in languages without the words for it."""
    words = languages.language(plan.language).standfirst
    if words is None or not plan.lines:
        return None
    subject, sources = _subject(plan, words, described=True)
    minutes = max(1, round(plan.lines[-1].end_s / 60))
    length = words.minutes[minutes > 1].format(count=minutes)
    space = " " if languages.language(plan.language).spaces else ""
    comma = languages.language(plan.language).comma
    text = f"{subject}{words.stop}{space}{length}{comma}{words.condensed}{words.stop}"
    return Block(kind="standfirst", statements=(Statement(text=text, sources=sources),))


def who_talks(plan: Outline) -> str:
    """Return who talks, as a title of last resort: "Ada and Ben in conversation"; or ""."""
    words = languages.language(plan.language).standfirst
    named = any(n.speaker and is_named(n.speaker) for n in plan.lines)
    return _subject(plan, words, described=False)[0] if words and named else ""


def subject_line(plan: Outline) -> Statement | None:
    """Return who talks, as a sentence; None where nobody's name is known, or no words for it."""
    words = languages.language(plan.language).standfirst
    if words is None or not who_talks(plan):
        return None
    subject, sources = _subject(plan, words, described=True)
    if subject in words.nameless:
        return None  # a crowd
    return Statement(text=f"{subject}{words.stop}", sources=sources)


def introduction(plan: Outline) -> tuple[int, ...]:
    """Return the lines that say who the guest is."""
    words = languages.language(plan.language).standfirst
    return _subject(plan, words, described=True)[1] if words else ()


def _subject(plan: Outline, words: Standfirst, *, described: bool) -> tuple[str, tuple[int, ...]]:
    """Return who talks, perhaps with what the guest does, and the lines that say so."""
    parts = plan.cast
    tellers = [full_name(n, plan) for n in parts.tellers if is_named(n)]
    hosts = [full_name(n, plan) for n in parts.hosts if is_named(n)]
    if parts.genre == "interview" and tellers and hosts:
        guest, sources = describe(tellers[0], plan, words) if described else (tellers[0], ())
        return words.conversation.format(guest=guest, host=_list(hosts[:MAX_NAMED], words)), sources
    if tellers and len(tellers) <= MAX_NAMED:
        form = words.talk if parts.genre == "lecture" else words.discussion
        return form.format(names=_list(tellers, words)), ()
    return words.nameless[len(parts.tellers) + len(parts.hosts) < MIN_CONVERSATION], ()


@cache
def standfirst_line(language: str) -> re.Pattern[str] | None:
    """Return the pattern of a standfirst in Markdown, by its length and what follows it."""
    known = languages.language(language)
    words = known.standfirst
    if words is None:
        return None
    lengths = "|".join(re.escape(m).replace(re.escape("{count}"), r"\d") for m in words.minutes)
    end = re.escape(f"{known.comma}{words.condensed}{words.stop}")
    return re.compile(rf"^\*?.*?(?:{lengths}){end}\*?$", re.MULTILINE)


@cache
def subject_lines() -> re.Pattern[str]:
    """Return the pattern of a line of `subject_line`, in any language."""
    forms = languages.of_all(_subject_forms)
    return re.compile(rf"^\*?(?:{any_of(forms)})\*?$", re.MULTILINE)


def _subject_forms(known: Language) -> Iterator[str]:
    words = known.standfirst
    for form in (words.conversation, words.discussion, words.talk) if words else ():
        names = re.sub(r"\\\{\w+\\\}", ".{1,200}?", re.escape(form))
        yield names + re.escape(words.stop if words else "")


def _list(names: Sequence[str], words: Standfirst) -> str:
    comma, last = words.joins
    return last.join([comma.join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def is_named(label: str) -> bool:
    """Return whether a speaker's label is a name, and not a number or a part in the talk."""
    return not UNNAMED.fullmatch(label) and label.casefold() not in ROLES


def full_name(name: str, plan: Outline) -> str:
    """Return the name with which somebody was introduced, if the label is its beginning."""
    for line in _early(plan):
        for found in find_introductions(line.text, plan.language):
            if found.name.split()[0] == name and len(found.name.split()) > 1:
                return found.name
    return name


def describe(name: str, plan: Outline, words: Standfirst) -> tuple[str, tuple[int, ...]]:
    """Return a name with what was said of the person when introduced, and where that was."""
    for line in _early(plan):
        at = line.text.find(name)
        if at < 0 or line.speaker == name.split(maxsplit=1)[0]:
            continue
        *_, found = [None, *words.who.finditer(line.text, at + len(name))]
        if found is not None:
            comma = languages.language(plan.language).comma
            return f"{name}{comma}{found[0].strip()}{comma.rstrip()}", (line.index,)
    return name, ()


def _early(plan: Outline) -> Sequence[Line]:
    return plan.lines[:INTRODUCED_WITHIN]
