"""Finds the names that people say when they introduce themselves or a guest.

Knows the wording alone, from the language's file (`[introductions]`), and nothing of who speaks.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.language import languages
from pipeline.language.lexicon import stop_words
from pipeline.language.schema.entries import any_of
from pipeline.language.schema.people import Introductions

NAME = "NAME"  # stands for a name in the forms of a file
MAX_NAME_WORDS = 4  # a longer run of capitalized words is a title or a list

# Latin, Greek and Cyrillic: those are the scripts with capitals whose languages have forms.
_CAPITAL = "".join(c for c in map(chr, range(0x41, 0x530)) if unicodedata.category(c) == "Lu")
_WORD = rf"[{_CAPITAL}][^\W\d_]*(?:['-][{_CAPITAL}][^\W\d_]*)*(?![\w-])(?!'\w)"  # not a possessive
_INSIDE = re.compile(rf"(?<!^)[{_CAPITAL}][^\W_]")  # a capitalized word after the first one
# Two capitals in a word are an acronym or a product, except after these: McDonald, DeShawn.
_INNER_CAPITAL = re.compile(rf"(?!Mac|Mc|De|Di|La|Le|Van|Fitz)\w+[{_CAPITAL}]|\w+[{_CAPITAL}]$")
_TYPED = str.maketrans("’‘", "''")


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """A name in a sentence; `own`: the speaker's, else that of somebody who speaks next."""

    name: str
    own: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """A compiled form."""

    pattern: re.Pattern[str]
    own: bool
    opens: bool  # the name may be the first word of the sentence


@dataclass(frozen=True, slots=True)
class _Forms:
    """The compiled forms of a language."""

    all: tuple[_Form, ...]
    no_names: frozenset[str]
    titles: frozenset[str]
    min_guest_words: int  # two where a single capitalized word may be any noun


def find_introductions(text: str, language: str) -> Iterator[Introduction]:
    """Yield the names with which a sentence introduces somebody; none where no forms are known."""
    forms = _forms(language)
    if forms is None:
        return
    typed = text.translate(_TYPED)
    may_name = _INSIDE.search(typed) is not None  # two sentences of three have no capital inside
    for form in forms.all:
        for found in form.pattern.finditer(typed) if may_name or form.opens else ():
            name = text[slice(*found.span("name"))]
            if _is_name(name, forms, least=1 if form.own else forms.min_guest_words):
                yield Introduction(name=name, own=form.own)


def _is_name(name: str, forms: _Forms, *, least: int) -> bool:
    """Return whether capitalized words may be a name, which has at least so many without titles."""
    words = name.split()
    bare = [word.casefold().rstrip(".").translate(_TYPED) for word in words]
    named = [word for word in bare if word not in forms.titles]
    if len(named) < least or named[0] in forms.no_names:
        return False
    parts = [part for word in words for part in re.split(r"['’-]", word)]
    return not any(_INNER_CAPITAL.match(part) for part in parts)


@cache
def _forms(language: str) -> _Forms | None:
    facts = languages.language(language)
    known = facts.introductions
    if known is None:
        return None
    name = _name_pattern(known)
    return _Forms(
        all=(*_compile(known.own, name, own=True), *_compile(known.guests, name, own=False)),
        no_names=known.no_names | stop_words(language),
        titles=known.titles,
        min_guest_words=2 if facts.capitalized_nouns else 1,
    )


def _compile(forms: Sequence[str], name: str, *, own: bool) -> Iterator[_Form]:
    for form in forms:
        pattern = re.compile(form.replace(NAME, name, 1), re.IGNORECASE)
        yield _Form(pattern=pattern, own=own, opens=form.startswith(("^", NAME)))


def _name_pattern(known: Introductions) -> str:
    """Return a pattern with the group "name": all capitalized words in a row, or none of them."""
    titles = any_of(title.capitalize() for title in sorted(known.titles))
    particles = any_of(sorted(known.particles))
    word = rf"(?:(?:{titles})\.?(?= )|[{_CAPITAL}]\.(?= )|{_WORD})"
    more = rf" (?:(?:(?:{particles}) ){{1,2}})?+{word}"
    return rf"(?-i:(?P<name>(?>{word}(?:{more}){{0,{MAX_NAME_WORDS - 1}}}+))(?!'\w)(?! {word}))"
