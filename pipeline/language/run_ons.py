"""Punctuates clauses as an editor does: run-ons become sentences, false starts are dropped.

Speech strings main clauses together, and a recognizer puts commas between them: "He's a lovely man,
he's not a fast man." No word is added, and what is dropped are beginnings that the speaker gave up:
"The tall one is, it's two meters." Where a rule is not sure, the sentence stays as it was. The word
classes are in the language's file (`[clauses]`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from pipeline.language import languages, lexicon
from pipeline.language.direct_speech import quote_speech
from pipeline.language.disfluencies import bare
from pipeline.language.finite_verbs import is_finite, words
from pipeline.language.schema.clauses import Clauses
from pipeline.language.schema.entries import any_of
from pipeline.language.typography import QUOTED

MIN_CLAUSE_WORDS = 3  # of either side of a division
MAX_FALSE_START_WORDS = 7
MAX_RESTART_WORDS = 4
MIN_NOUN_WORDS, MAX_NOUN_WORDS = 2, 4  # of a subject with its determiner, before its verb
MAX_ASIDE_WORDS = 6
MAX_REMARK_WORDS = 4  # "I don't know", "I would say"
_COMMA = re.compile(r"(?<=[^\W\d_]),\s+|(?<=[\d%”]),\s+")
_BREAK = re.compile(r"\s(?:-+|–|—)\s|[;:—]|--")


@dataclass(frozen=True, slots=True)
class _Rules:
    """The compiled rules of a language."""

    language: str
    dash: str
    clauses: Clauses
    breaking: frozenset[str]
    restarted_verb: re.Pattern[str]  # "the tall one is, it's"
    said_that: re.Pattern[str]  # "he said that, it had"
    reports: re.Pattern[str]  # "said": what follows may be what was said


def punctuate(text: str, language: str) -> str:
    """Return a sentence, tidied, with its clauses punctuated; it may become several sentences."""
    text = _drop_restarts(text, language)
    rules = _rules(language)
    if rules is None:
        return text
    text = _drop_torn_end(_drop_false_starts(text, rules), rules)
    return _divide(quote_speech(text, language), rules)


def _drop_restarts(text: str, language: str) -> str:
    """Drop the first of two equal runs of function words: "que, que no", "if it's, if it's".

    Negations and intensifiers are repeated on purpose.
    """
    known = languages.language(language)
    small = lexicon.stop_words(language)
    tokens = text.split()
    least = 1 if known.grammar is None else 2  # single words: `disfluencies`, by more than these
    meant = known.negations | known.intensifiers | known.pronouns | lexicon.number_words(language)
    for size in range(MAX_RESTART_WORDS, least - 1, -1):
        at = 0
        while at + 2 * size < len(tokens):
            first, again = tokens[at : at + size], tokens[at + size : at + 2 * size]
            said = [bare(t) for t in first]
            before = tokens[at - 1] if at else ""
            verb = size == 1 and before[-1:] == "," and is_finite(said[0], language)
            restarts = (
                said == [bare(t) for t in again]
                and (verb or set(said) <= small)
                and meant.isdisjoint(said)
                and all(t[-1] not in ".;:!?…" for t in first)
                and (first[-1][-1] == "," or size > 1)
                and again[-1][-1] not in ",.;:!?…"
            )
            if restarts:
                again[0] = first[0][:1] + again[0][1:] if first[0][:1].isupper() else again[0]
                tokens[at : at + 2 * size] = again
            else:
                at += 1
    return " ".join(tokens) if len(tokens) < len(text.split()) else text


def _drop_false_starts(text: str, rules: _Rules) -> str:
    """Drop what the speaker gave up: "is, it's two" -> "is two", "that's, you can't" -> …"""
    if '"' in text or _BREAK.search(text):
        return text
    known = rules.clauses
    text = rules.restarted_verb.sub(r"\1 ", text)
    text = rules.said_that.sub(r"\1 ", text)
    segments = _COMMA.split(text)
    found, before = "", ""  # before: what stands in front of the next segment
    for segment, after in zip(segments, [*segments[1:], ""], strict=True):
        joins, own = _part_joins(segment, known)
        again = after[:1].isalpha() and _repeats(own, after)
        follows = after[:1].isalpha() and _starts_clause(after, rules)
        restarts = again and " " not in own and _is_contracted(bare(own), known)
        if restarts or (follows and _is_given_up(own, known)):
            if joins:
                found, before = found + before + joins, " "
        elif (follows or again) and " " in own and _is_contracted(bare(own.split()[-1]), known):
            found += before + segment.rsplit(maxsplit=1)[0]  # "that's why you're, you're standing"
            before = " "
        else:
            found += before + segment
            before = ", "
    return text if len(found) == len(text) else found[:1].upper() + found[1:]


def _drop_torn_end(text: str, rules: _Rules) -> str:
    """Drop a last clause that was broken off: "…, and the whole room just."."""
    last = (text.split() or [""])[-1]
    breaking = rules.breaking - rules.clauses.complementizers
    if last[:1].isupper() or bare(last) not in breaking or text.endswith("?"):
        return text  # "He didn't know that." has no sense without what he knew
    found = list(re.finditer(rf",? (?:{any_of(sorted(rules.clauses.joins))}) |, ", text))
    kept = text[: found[-1].start()] if found else ""
    return f"{kept}." if len(kept.split()) >= MIN_CLAUSE_WORDS else text


def _part_joins(segment: str, known: Clauses) -> tuple[str, str]:
    """Return the conjunctions at the start of a segment, and the rest."""
    tokens = segment.split()
    before = known.joins | known.interjections
    count = next((n for n, t in enumerate(tokens) if bare(t) not in before), len(tokens))
    return " ".join(tokens[:count]), " ".join(tokens[count:])


def _is_given_up(segment: str, known: Clauses) -> bool:
    """Return whether a segment is a beginning without its rest: "that's", "it doesn't even"."""
    tokens = [bare(t) for t in segment.split()]
    if not tokens or len(tokens) > MAX_FALSE_START_WORDS:
        return False
    if tokens[0] in known.determiners and len(tokens) == 2 and "'" in tokens[1]:
        noun = known.finite.isdisjoint(tokens[1].split("'"))  # German "das war's" is whole
        return noun and not tokens[1].endswith("s'")  # "my wife's, she says"
    if not _is_subject(tokens[0], known):
        return False
    if len(tokens) == 1:
        return _is_contracted(tokens[0], known)
    return tokens[-1] in known.unfinished or (len(tokens) == 2 and tokens[1] in known.being)


def _repeats(own: str, after: str) -> bool:
    """Return whether the last word of a segment is the first of the next: "I'm, I'm wheezing"."""
    return bare((own.split() or [""])[-1]) == bare(after.partition(" ")[0])


def _is_contracted(token: str, known: Clauses) -> bool:
    """Return whether a token is a subject with its verb, which ends no clause: "it's"."""
    return "'" in token and _is_subject(token, known)


def _divide(text: str, rules: _Rules) -> str:
    """Put full stops for the commas between independent clauses, outside quotations."""
    pieces: list[str] = []
    for piece in re.split(f"({QUOTED.pattern})", text):
        quoted = piece[:1] in '“«„「"'
        pieces.append(piece if quoted else _divide_plain(piece, rules))
    return "".join(pieces)


def _divide_plain(text: str, rules: _Rules) -> str:
    pieces = re.split(r"((?<=[.!?…])\s+)", text)
    return "".join(_divide_sentence(p, rules) if p.strip() else p for p in pieces)


def _divide_sentence(sentence: str, rules: _Rules) -> str:
    cuts = list(_COMMA.finditer(sentence))
    ends = [*(m.start() for m in cuts), len(sentence)]
    starts = [0, *(m.end() for m in cuts)]
    segments = [sentence[a:b] for a, b in zip(starts, ends, strict=True)]
    found = segments[0]
    clause = [segments[0]]  # segments of the clause before
    aside = False  # the segment before is a remark in passing, between dashes
    for at, segment in enumerate(segments[1:], 1):
        after = segments[at + 1] if at + 1 < len(segments) else ""
        if aside:
            found += rules.dash + segment
            clause.append(segment)
            aside = False
        elif (
            not (_is_independent(clause, rules) and _starts_clause(segment, rules))
            or bare(after.partition(" ")[0]) in rules.clauses.alternatives
        ):
            found += sentence[ends[at - 1] : starts[at]] + segment
            clause.append(segment)
        elif _is_aside(segment, after, rules.clauses):
            found += rules.dash + segment  # "a call – it was a Tuesday – from a woman"
            aside = True
        else:
            found += f". {segment[:1].upper()}{segment[1:]}"
            clause = [segment]
    return found


def _is_aside(segment: str, after: str, known: Clauses) -> bool:
    """Return whether the clause before goes on after a short remark."""
    first = bare(after.partition(" ")[0])
    return (
        len(segment.split()) <= MAX_ASIDE_WORDS
        and first in known.continues
        and first not in known.relatives
    )


def _is_independent(segments: Sequence[str], rules: _Rules) -> bool:
    """Return whether a clause can stand: a subject first, a finite verb, an end that is one."""
    known = rules.clauses
    text = " ".join(segments)
    phrases = (s for s in segments[1:] if _part_joins(s, known)[0])
    if _BREAK.search(text) or rules.reports.search(" ".join(segments[-2:])):
        return False
    if not all(_has_verb(phrase, rules) for phrase in phrases):
        return False  # "because for me, I"
    rows = [tokens for s in segments if (tokens := _own_tokens(s, rules))]
    while len(rows) > 1 and not any(_is_finite(t, rules) for t in rows[0]):
        if known.relatives & set(rows[0]) or rows[0][-1] in known.open_ends:
            return False
        rows = rows[1:]  # "In the afternoon, it's thirty"
    return bool(rows) and _is_main(rows, rules, named=_is_name(segments[0]))


def _is_main(rows: Sequence[Sequence[str]], rules: _Rules, *, named: bool) -> bool:
    """Return whether bare words, a row for each segment, are a main clause and what adds to it."""
    known, tokens = rules.clauses, rows[0]
    after = tokens[1:] if _is_subject(tokens[0], known) else tokens  # Dutch "dat" is both
    begins = tokens[0] in known.determiners or _is_subject(tokens[0], known) or named
    nouns = known.adverbial_nouns
    when = nouns & set(tokens[1:3]) or any(  # "the first time I came, I"
        a in nouns and _is_subject(b, known) for a, b in pairwise(tokens)
    )
    return (
        len(tokens) >= MIN_CLAUSE_WORDS
        and begins
        and not when
        and known.relatives.isdisjoint(after)  # "the man who came, he"
        and _verb_comes_first(tokens, rules)
        and not any(_depends(row, known) for row in rows[1:])
        and tokens[-1] not in known.open_ends | known.joins | known.interjections
    )


def _verb_comes_first(tokens: Sequence[str], rules: _Rules) -> bool:
    """Return whether a verb precedes each further clause, and one follows the last "that"."""
    known = rules.clauses
    verbs = [n for n, token in enumerate(tokens) if _is_finite(token, rules)]
    inner = [
        n
        for n, token in enumerate(tokens)
        if n and (token in known.subjects or token in known.contracting)
    ]
    that = [n for n in inner if tokens[n] in known.contracting]
    if not verbs or (inner and inner[0] < verbs[0]):
        return False
    return not that or verbs[-1] > that[-1] or that[-1] == len(tokens) - 1


def _own_tokens(segment: str, rules: _Rules) -> list[str]:
    """Return the bare words of a segment without the conjunctions at its start."""
    return words(_part_joins(segment, rules.clauses)[1], rules.language)


def _depends(tokens: Sequence[str], known: Clauses) -> bool:
    """Return whether a later segment waits for a main clause: "when we came", "so long when"."""
    opens = (
        tokens[0] in known.relatives - known.adding or tokens[0] in known.continues - known.adding
    )
    within = (known.relatives - known.adding - known.trailing) & set(tokens[1:])
    adverb = len(tokens) == 1 and tokens[0].endswith(known.adverb_endings)
    return opens or bool(within) or adverb or tokens[-1] in known.relatives | known.open_ends


def _starts_clause(segment: str, rules: _Rules) -> bool:
    """Return whether a main clause begins here that is more than a remark ("I think")."""
    known = rules.clauses
    tokens = words(segment, rules.language)
    if len(tokens) < MIN_CLAUSE_WORDS:
        return False
    if tokens[0] in known.articles:
        return _has_subject(tokens, rules)
    if not _is_subject(tokens[0], known):
        return False
    near = tokens[1 : 1 + known.verb_within] if "'" not in tokens[0] else tokens[:2]
    if known.verb_within and not any(_is_finite(t, rules) for t in near):
        return False  # "die Kette, die er repariert hat": the verb comes last
    if "'" not in tokens[0] and tokens[1] in known.no_verbs:
        return False
    return not (tokens[-1] in known.opinions and len(tokens) <= MAX_REMARK_WORDS)


def _has_subject(tokens: Sequence[str], rules: _Rules) -> bool:
    """Return whether a clause begins with a noun and its verb: "an old man put it there"."""
    known = rules.clauses
    verb = next((n for n, t in enumerate(tokens) if _is_finite(t, rules)), len(tokens))
    between = set(tokens[1:verb])
    return (
        MIN_NOUN_WORDS <= verb <= MAX_NOUN_WORDS
        and verb < len(tokens) - 1
        and not between & (known.relatives | known.continues | known.contracting | known.joins)
    )


def _has_verb(segment: str, rules: _Rules) -> bool:
    return any(_is_finite(token, rules) for token in words(segment, rules.language))


def _is_subject(token: str, known: Clauses) -> bool:
    stem, contracted, _ = token.partition("'")
    return stem in known.subjects or (bool(contracted) and stem in known.contracting)


def _is_finite(token: str, rules: _Rules) -> bool:
    return is_finite(token, rules.language) or _is_contracted(token, rules.clauses)


def _is_name(segment: str) -> bool:
    """Return whether a segment begins with two capitalized words, or a word that names somebody."""
    words = segment.split()
    return (
        len(words) > 1 and words[0][:1].isupper() and words[1][:2].istitle() and words[1][1:2] > "Z"
    )


@cache
def _rules(language: str) -> _Rules | None:
    known = languages.language(language).clauses
    if known is None:
        return None
    subject = any_of(sorted(known.subjects))
    saying = any_of(known.saying)
    return _Rules(
        language=language,
        dash=languages.language(language).dash,
        clauses=known,
        breaking=languages.language(language).breaking,
        restarted_verb=_compile(
            rf"\b((?!(?:{any_of(sorted(known.framing_nouns))})\b)"
            rf"(?!(?:{subject})\b)\w+ (?:is|was)), "
            rf"(?:{subject})(?:'s| is| was)\s+(?!that\b)"
        ),
        said_that=_compile(
            rf"\b((?:{any_of(sorted(known.before_complementizers))}) "
            rf"(?:{any_of(sorted(known.complementizers))})), (?=\w)"
        ),
        reports=_compile(
            rf"\b(?:{saying}|{any_of(known.reporting)})\b"
            rf"(?! (?:{any_of(sorted(known.complementizers))})\b)"
        ),
    )


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
