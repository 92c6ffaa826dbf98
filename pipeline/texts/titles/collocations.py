"""Finds the terms of two words and the names that a part of a talk is about: "Payment pools".

Two content words that are said next to each other again and again are a term (Justeson and Katz,
1995, look for repeated pairs of nouns and adjectives in the same way).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import EDGES, bare
from pipeline.language.schema.grammar import Grammar
from pipeline.texts.line import Line

MIN_PAST_LETTERS = 5  # minimum letters of a verb whose ending shows its tense: excludes "red"
MIN_LETTERS = 3  # minimum letters of a term's word
MIN_HERE = 2  # mentions of a longer form of a term, in most of its mentions
KEPT_SENTENCES = 8192
_ENDS = '.,!?;:…)]"”’–—'

Term = tuple[str, ...]  # in lower case, its last word without the plural's ending


def as_heading(term: Term, part: Sequence[Line], language: str) -> str:
    """Return a term that a part says as its heading: in the longest form that is said.

    A third word that belongs to most of its mentions belongs to the term: "Large language models".
    """
    forms = Counter(
        said for n in part for other, said in terms_of(n.text, language) if other == term
    )
    said = min(forms, key=lambda form: (-len(form), -forms[form], form))  # plurals are longer
    if len(term) > 1:
        said = _with_neighbor(said, part, language)
    return said[:1].upper() + said[1:]


def _with_neighbor(said: str, part: Sequence[Line], language: str) -> str:
    """Return a term of two words with the noun that most of its mentions have before or behind."""
    around = re.compile(rf"(?:([\w'’-]+) )?\b{re.escape(said)}\b(?: ([\w'’-]+))?", re.IGNORECASE)
    mentions = [m.groups() for n in part for m in around.finditer(n.text)]
    before, behind = (Counter(m[at] for m in mentions if m[at]) for at in (0, 1))
    for found, whole in ((behind, "{1} {0}"), (before, "{0} {1}")):
        word, count = max(found.items(), key=lambda item: item[1], default=("", 0))
        fits = count >= MIN_HERE and count > len(mentions) / 2 and _is_noun(bare(word), language)
        if fits and not _in_past(bare(word), lexicon.grammar(language)):
            return whole.format(word, said)
    return said


@lru_cache(KEPT_SENTENCES)
def terms_of(text: str, language: str) -> tuple[tuple[Term, str], ...]:
    """Return the pairs of content words and the names of a sentence, each with its own form.

    There are none in a language whose verbs are not known. Kept, because each part of a talk is
    compared with all of it.
    """
    if languages.language(language).grammar is None:
        return ()
    return tuple(_find_terms(text, language))


def _find_terms(text: str, language: str) -> Iterator[tuple[Term, str]]:
    tokens = text.split()
    for before, (one, other) in zip(["", *tokens], pairwise([*tokens, ""]), strict=False):
        words = bare(one), bare(other)
        closed = one[-1:] in _ENDS or not (one[:1].isalnum() and other[:1].isalnum())
        torn = bare(before) in lexicon.number_words(language) | lexicon.grammar(language).strong
        nouns = [_is_noun(word, language) for word in words]
        past = _in_past(words[1], lexicon.grammar(language))
        begins = not before or before[-1:] in ".?!:"  # where a capital is no evidence
        name = one[:1].isupper() and not (begins or before[:1].isupper())
        if all(nouns) and not (closed or torn or past):
            yield (words[0], _stem(words[1])), f"{_form(one)} {_form(other)}"
        elif name and nouns[0]:
            yield (words[0],), _form(one)


def _form(token: str) -> str:
    """Return a word as a heading has it; a name or an abbreviation keeps its capitals."""
    return token.strip(EDGES)


def _is_noun(word: str, language: str) -> bool:
    """Whether a word may name something: no function word, no vague one, no known verb."""
    return (
        len(word) >= MIN_LETTERS
        and word.replace("-", "").isalpha()
        and word not in _unnaming(language)
        and not word.endswith(lexicon.grammar(language).adverb_endings)
    )


@cache
def _unnaming(language: str) -> frozenset[str]:
    """Return the words that name nothing: small, vague, numbers, verbs."""
    grammar, clauses = lexicon.grammar(language), languages.language(language).clauses
    finite = clauses.finite if clauses else frozenset()
    small = lexicon.stop_words(language) | lexicon.common_words(language)
    vague = lexicon.vague_nouns(language) | lexicon.number_words(language) | grammar.loose
    return small | vague | grammar.verbs | grammar.past | grammar.imperatives | finite


def _in_past(word: str, grammar: Grammar) -> bool:
    """Return whether a verb, bare, is in the past tense."""
    ends = word.endswith(grammar.past_endings) and len(word) >= MIN_PAST_LETTERS
    return word in grammar.past or ends


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
