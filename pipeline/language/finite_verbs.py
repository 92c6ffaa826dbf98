"""Tells finite verbs by the lists of the language's file."""

from pipeline.language import languages, lexicon


def is_finite(token: str, language: str) -> bool:
    """Return whether a bare word is a finite verb: by the list, a contraction, or its ending."""
    known = languages.language(language).clauses
    if known is None:
        return False
    if token in known.finite or ("'" in token and not known.finite.isdisjoint(token.split("'"))):
        return True
    return token.endswith(known.finite_endings) and token not in lexicon.stop_words(language)
