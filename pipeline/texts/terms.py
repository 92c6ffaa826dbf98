"""Finds names and terms of several words in a sentence: what it is about, said in full."""

from collections.abc import Collection, Iterator

from pipeline.highlights.hashtags import content_words
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare

MAX_WORDS = 3
CLOSING = '.,!?;:…)"”’'


def terms(sentence: str, language: str) -> Iterator[tuple[str, ...]]:
    """Yield the names and terms of several words of a sentence, terms in lower case.

    A name is capitalized within the sentence, where capitals tell names; a term follows a
    determiner and is not torn out of a longer one.
    """
    tokens = sentence.split()
    capitals = not languages.language(language).capitalised_nouns
    determiners, small = languages.language(language).determiners, lexicon.stop_words(language)
    content = set(content_words(sentence, language))
    at = 1  # a capital is no evidence at the beginning
    while at < len(tokens):
        run: list[str] = []
        named = capitals and _is_name(tokens[at], small)
        for token in tokens[at : at + MAX_WORDS]:
            word = token.strip('"“”‘’«»()[].,!?;:…')
            fits = _is_name(token, small) if named else bare(token) in content
            if not fits:
                break
            run.append(word)
            if token[-1:] in CLOSING:
                break
        ends = at + len(run) >= len(tokens) or tokens[at + len(run) - 1][-1:] in CLOSING
        follows = ends or bare(tokens[at + len(run)]) not in content
        term = not named and bare(tokens[at - 1]) in determiners and follows
        if len(run) > 1 and (named or term):
            yield tuple(word if named else word.casefold() for word in run)
        at += max(1, len(run))


def _is_name(token: str, small: Collection[str]) -> bool:
    word = token.strip('"“”‘’«»()[].,!?;:…')
    return len(word) > 1 and word[:1].isupper() and bare(word) not in small
