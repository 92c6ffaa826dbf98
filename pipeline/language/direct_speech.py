"""Sets direct speech in quotation marks: "And she said, are you the glass man?"

After a colon, what follows a verb of saying is what was said. After a comma it is in English; in
other languages it may be indirect speech, and only a word that begins no report ("pass auf", "no")
shows that it is not. The words are in the language's file (`[clauses]`). Where speech ends is not
known: at a new "and I said", else with the sentence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare
from pipeline.language.schema.clauses import Clauses
from pipeline.language.schema.entries import any_of

MIN_SPOKEN_WORDS = 2  # one word after a colon is a quotation as well, but a dictionary's
MAX_BETWEEN_WORDS = 3  # maximum words of a verb of saying and a colon: "said to him"
LETTERS_PER_WORD = 2  # in scripts without spaces
_MARKS = re.compile(r'["“„«「]')
_CAPITAL = r"(?-i:[A-ZÀ-ÞА-ЯЁ])[\w'-]*"
_ENDS = ",.。"


@dataclass(frozen=True, slots=True)
class _Rules:
    """The compiled rules of a language."""

    clauses: Clauses
    marks: tuple[str, str]
    spaces: bool
    small: frozenset[str]
    said: re.Pattern[str]  # "And he said, "
    exclaiming: re.Pattern[str]  # "and they were like "
    resumed: re.Pattern[str]  # ", and I said, ": the narration goes on


def quote_speech(text: str, language: str) -> str:
    """Return a sentence whose direct speech, if it has any, stands in quotation marks."""
    rules = _rules(language)
    if rules is None or _MARKS.search(text):
        return text
    opening, closing = rules.marks
    if match := rules.exclaiming.search(text):
        own = text[match.end() :]
        if bare(own.split()[0]) in rules.clauses.exclamations:
            again = rules.resumed.search(own)
            said = f"{own[: again.start()]}," if again else own
            rest = own[again.start() + 1 :] if again else ""
            return f"{text[: match.end()].rstrip(' ,')}, {opening}{said}{closing}{rest}"
    return "".join(_parts(text, rules))


def _parts(text: str, rules: _Rules) -> Iterator[str]:
    """Yield a sentence in parts: what announces speech, what was said, what follows."""
    rest = text
    while match := rules.said.search(rest):
        said = rest[match.end() :]
        speaker = bare(match[0].split()[0])
        nobody = match[0][:1].isupper() and speaker in rules.small - rules.clauses.subjects
        before = bare((rest[: match.start()].split() or [""])[-1])
        if (nobody and rules.clauses.subjects) or before in rules.clauses.not_reporting:
            break
        again = rules.resumed.search(said)
        own = said[: again.start()] if again else said
        colon = match[0].rstrip()[-1] in ":："
        if not _is_speech(own, rules, colon=colon):
            break
        before = rest[: match.end()]
        announced = rules.clauses.announces
        yield before if colon or not announced else before.rstrip(" ,") + announced
        yield _set(own + ("," if again else ""), rules)
        if not again:
            return
        rest = said[again.start() + 1 :]
    yield rest


def _set(own: str, rules: _Rules) -> str:
    """Return what was said, with a capital, in quotation marks that hold the marks they may."""
    opening, closing = rules.marks
    first = next((i for i, c in enumerate(own) if c not in "¿¡"), 0)
    own = own[:first] + own[first : first + 1].upper() + own[first + 1 :]
    end = own[-1] if own[-1] in _ENDS and own[-1] not in rules.clauses.inside else ""
    return f"{opening}{own.removesuffix(end)}{closing}{end}"


def _is_speech(own: str, rules: _Rules, *, colon: bool) -> bool:
    """Return whether the words after "said," are what was said, not a remark: "he said, though"."""
    first = bare(own.partition(" ")[0])
    known = rules.clauses
    count = len(own.split()) if rules.spaces else len(own) // LETTERS_PER_WORD
    if count < MIN_SPOKEN_WORDS:
        return False
    if colon:
        return first.partition("'")[0] not in known.complementizers
    asks = own.rstrip().endswith("?")
    return first not in known.joins and (asks or first not in known.relatives)


@cache
def _rules(language: str) -> _Rules | None:
    facts = languages.language(language)
    known = facts.clauses
    if known is None or not known.saying:
        return None
    small = lexicon.stop_words(language)
    colon = _after_colon(language, known) if facts.spaces else rf"(?:{any_of(known.saying)})："
    return _Rules(
        clauses=known,
        marks=facts.quotation_marks,
        spaces=facts.spaces,
        small=small,
        said=_compile(f"{colon}|{_after_comma(known)}"),
        exclaiming=_compile(rf"\b(?:{any_of(known.exclaiming)}),? (?=(?-i:[A-Z])\w*\W+\w)"),
        resumed=_compile(_resumed(known)),
    )


def _after_colon(language: str, known: Clauses) -> str:
    """Match a verb of saying and a colon, with function words, a name or one word between them."""
    small = lexicon.stop_words(language) - lexicon.number_words(language)
    capital = "(?!)" if languages.language(language).capitalised_nouns else _CAPITAL
    between = rf"(?: (?:{any_of(map(re.escape, sorted(small)))}|{capital})(?![\w'-]))"
    return rf"\b(?:{any_of(known.saying)})\b{between}{{0,{MAX_BETWEEN_WORDS}}}(?:, \w+)?\s?: "


def _after_comma(known: Clauses) -> str:
    """Match a verb of saying and a comma, where speech may follow."""
    saying = any_of(known.saying)
    if known.speech_starts:
        starts = any_of(sorted(known.speech_starts))
        return rf"\b(?:{saying}), (?=(?:{starts})\b)"
    subject = any_of(sorted(known.subjects))
    more = rf"(?: (?:{any_of(sorted(known.continues))}) (?:[\w']+ )?[\w']+){{0,2}}"
    joins = any_of(sorted(known.joins))
    return rf"\b(?:{subject}|(?-i:[A-Z])\w+) (?:{saying}){more}, (?!(?:{joins})\b)"


def _resumed(known: Clauses) -> str:
    """Match where direct speech ends and the narration goes on."""
    joins, saying = any_of(sorted(known.joins)), any_of(known.saying)
    subject = any_of(sorted(known.subjects))
    return (
        rf", (?:(?:{joins}) )*(?:{subject}) (?:{saying})(?=, )|, (?:{any_of(known.resuming)})\b|"
        rf", (?:(?:{joins}) )+(?:\w+ ){{0,3}}(?:{saying})(?=\s?: )"
    )


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
