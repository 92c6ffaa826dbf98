"""Words that only hold others together, by language."""

from functools import cache

from pipeline.language import languages, lexicon

# A capital in them is courtesy; people quote letters of every language.
_POLITE = frozenset(languages.of_all(lambda known: known.polite_pronouns))


@cache
def function_words(language: str) -> frozenset[str]:
    """Small letters; of a language that is not known here hardly any."""
    known = languages.language(language)
    return lexicon.stop_words(language) | known.function_words | _POLITE | known.hesitations
