"""Checks that every text must pass, whoever wrote it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pipeline.core.texts import TextKind
from pipeline.highlights import fields
from pipeline.language import languages, profanity
from pipeline.language.cleanup import may_repeat, plain, split_sentences
from pipeline.language.disfluencies import bare
from pipeline.language.schema.entries import any_of
from pipeline.language.text_limits import (
    MAX_ARTICLE_WORDS,
    MAX_POST_CHARS,
    MAX_TWEET_CHARS,
    tweet_length,
)
from pipeline.texts import form_limits
from pipeline.texts.grounding import Evidence
from pipeline.texts.standfirst import standfirst_line

FaultKind = Literal[
    "empty",
    "name",
    "number",
    "quotation",
    "length",
    "form",
    "language",
    "boilerplate",
    "repetition",
    "profanity",
    "source",
    "negation",
    "meaning",
    "speaker",
]
MAX_TWEETS = 15  # nobody reads a longer thread
MAX_TAGS = 5
MAX_HOOK_LINES = 2
# minimum ratio of another language's stop words to those of the talk's language
MIN_LANGUAGE_RATIO = 1.5

# Phrases typical of language models without content, and leftovers of their answers.
BOILERPLATE = re.compile(
    any_of(languages.of_all(lambda known: known.boilerplate)),
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MARKUP = re.compile(r"<[A-Za-z/!][^>\n]{0,40}|\]\(|!\[")
_NUMBERED = re.compile(r"(\d+)/ (.+)", re.DOTALL)
_TAGS = re.compile(r"(?<!\w)#\w+")


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason not to publish a text."""

    kind: FaultKind
    what: str
    at: int | None = None  # the sentence of a draft, from 0; None: the whole text


def faults(text: str, kind: TextKind, evidence: Evidence, *, masked: bool = False) -> list[Fault]:
    """Return all faults of a text; none: publish it. `masked`: strong words must be starred."""
    if not text.strip():
        return [Fault("empty", "")]
    if _CONTROL.search(text):
        return [Fault("form", "control characters")]
    prose = _prose(text, kind)
    found = _claims(prose, evidence, masked=masked)
    found += [Fault("form", f"markup: {m[0]}") for m in _MARKUP.finditer(text)]
    found += FORMS[kind](text) if kind in FORMS else ()
    found += [Fault(*broken) for broken in form_limits.broken(text, kind)]
    found += language_faults(prose, evidence.transcript.language)
    found += [
        Fault("repetition", s)
        for part in _parts_without_repetition(text, kind)
        for s in find_repetitions(part)
    ]
    return found


def sentence_faults(text: str, evidence: Evidence, *, masked: bool = False) -> list[Fault]:
    """Return the faults of a sentence that is to be part of a text."""
    if not any(char.isalnum() for char in text):
        return [Fault("empty", "it has no words")]
    if _CONTROL.search(text):
        return [Fault("form", "control characters")]
    found = [Fault("form", f"markup: {m[0]}") for m in _MARKUP.finditer(text)]
    return found + _claims(text, evidence, masked=masked)


def _claims(prose: str, evidence: Evidence, *, masked: bool) -> list[Fault]:
    """Return what nobody said, and phrases that no text should have."""
    language = evidence.transcript.language
    known = fields.tags(language)  # say what a talk is about, not what is said
    claims = _TAGS.sub(lambda m: "" if m[0].lower() in known else m[0], prose)
    found = [Fault("name", name) for name in evidence.unsaid_names(claims)]
    found += [Fault("number", number) for number in evidence.unsaid_numbers(prose)]
    found += [Fault("quotation", quoted) for quoted in evidence.unsaid_quotations(prose)]
    spoken = " ".join(s.text for s in evidence.transcript.sentences).lower()
    found += [
        Fault("boilerplate", m[0])
        for m in BOILERPLATE.finditer(prose)
        if m[0].lower() not in spoken
    ]
    if masked and profanity.mask_text(prose, language) != prose:
        found.append(Fault("profanity", "a strong word without stars"))
    return found


def find_repetitions(text: str) -> list[str]:
    """Return repeated sentences, once per repetition."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for line in text.splitlines():
        for sentence in split_sentences(line.strip('•->#* "“”')):
            key = plain(sentence)
            if not may_repeat(sentence) and key in seen:
                found.append(sentence)
            seen.add(key)
    return found


def _parts_without_repetition(text: str, kind: TextKind) -> list[str]:
    """Return the parts that must not repeat themselves: an article, and its summary.

    A summary below the standfirst restates it. Headings are left out, because they name the text
    below them.
    """
    if kind == "blog_post" and (line := _standfirst(text)):
        before, _, after = text.partition(line)
        summary, _, rest = after.strip().partition("\n\n")
        return [
            *_parts_without_repetition(f"{before}\n\n{rest}", kind),
            *_parts_without_repetition(summary, kind),
        ]
    return [_prose(re.sub(r"(?m)^#+ .*$", "", text), kind)]


def _standfirst(text: str) -> str:
    """Return the standfirst of an article, "" if it has none."""
    found = (m for pattern in _standfirst_lines() if (m := pattern.search(text)))
    return next((m[0] for m in found), "")


@cache
def _standfirst_lines() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of standfirsts in every language."""
    found = (standfirst_line(code) for code in languages.codes())
    return tuple(pattern for pattern in found if pattern is not None)


def _prose(text: str, kind: TextKind) -> str:
    """Strip the form: numbers of tweets and lists, marks of Markdown."""
    if kind == "twitter_thread":
        return re.sub(r"(?m)^\d+/ ", "", text)
    text = form_limits.strip_form(text, kind)
    for line in _standfirst_lines():
        text = line.sub("", text)
    return re.sub(r"(?m)^(?:#+ |> |[-•*] |\d+\. )|\*\*", "", text)


def _thread(text: str) -> Iterator[Fault]:
    parts = text.strip().split("\n\n")
    if len(parts) > MAX_TWEETS:
        yield Fault("length", f"{len(parts)} of {MAX_TWEETS} tweets")
    for n, part in enumerate(parts, 1):
        match = _NUMBERED.fullmatch(part)
        if match is None or int(match[1]) != n:
            yield Fault("form", f"tweet {n} does not begin with {n}/")
        if tweet_length(part) > MAX_TWEET_CHARS:
            yield Fault(
                "length", f"tweet {n} has {tweet_length(part)} of {MAX_TWEET_CHARS} characters"
            )


def _post(text: str) -> Iterator[Fault]:
    if len(text) > MAX_POST_CHARS:
        yield Fault("length", f"{len(text)} of {MAX_POST_CHARS} characters")
    if len(text.split("\n\n", maxsplit=1)[0].splitlines()) > MAX_HOOK_LINES:
        yield Fault("form", "the hook has more than two lines")
    if len(_TAGS.findall(text)) > MAX_TAGS:
        yield Fault("form", f"more than {MAX_TAGS} hashtags")


def _article(text: str) -> Iterator[Fault]:
    if not text.startswith("# ") or len(re.findall(r"(?m)^# ", text)) != 1:
        yield Fault("form", "an article has one title, and begins with it")
    headings = [h.lower() for h in re.findall(r"(?m)^#{1,3} (.+)$", text)]
    if len(set(headings)) != len(headings):
        yield Fault("form", "two headings are the same")
    if len(text.split()) > MAX_ARTICLE_WORDS:
        yield Fault("length", f"{len(text.split())} of {MAX_ARTICLE_WORDS} words")


FORMS: dict[TextKind, Callable[[str], Iterator[Fault]]] = {
    "twitter_thread": _thread,
    "linkedin_post": _post,
    "blog_post": _article,
}


def language_faults(text: str, language: str) -> list[Fault]:
    """Check the language by stop words, if those of the talk's language are known."""
    listed = {code: languages.language(code).stop_words for code in languages.codes()}
    if not listed.get(language):
        return []
    tokens = [bare(token) for token in text.split()]
    counts = {code: sum(t in small for t in tokens) for code, small in listed.items()}
    most = max(counts, key=lambda code: counts[code])
    if counts[most] > MIN_LANGUAGE_RATIO * max(4, counts[language]):
        return [Fault("language", f"it reads like {most}, not like {language}")]
    return []
