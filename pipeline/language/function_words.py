"""Function words, by language."""

from functools import cache

from pipeline.language import languages, lexicon

# Capitalized out of courtesy. Of all languages, because people quote letters in any of them.
_POLITE = frozenset(languages.of_all(lambda known: known.polite_pronouns))


@cache
def function_words(language: str) -> frozenset[str]:
    """Return the function words of a language in lower case; hardly any for one without a file."""
    known = languages.language(language)
    return lexicon.stop_words(language) | known.function_words | _POLITE | known.hesitations
