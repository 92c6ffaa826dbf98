"""Tells finite verbs, which make a clause of words, from the lists of the language's file."""

from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import EDGES, bare


def is_finite(token: str, language: str) -> bool:
    """Return whether a bare word is a finite verb: by the list, a contraction, or its ending."""
    known = languages.language(language).clauses
    if known is None:
        return False
    if token in known.finite or ("'" in token and not known.finite.isdisjoint(token.split("'"))):
        return True
    return token.endswith(known.finite_endings) and token not in lexicon.stop_words(language)


def words(text: str, language: str) -> list[str]:
    """Return the bare words of a clause; a noun that shows by its capital keeps it.

    With its capital it is in no list: "die Leute" has no verb, though "deute" is one.
    """
    nouns = languages.language(language).capitalised_nouns
    tokens = text.split()
    return [
        t.strip(EDGES) if nouns and _is_noun(t, before) else bare(t)
        for t, before in zip(tokens, ["", *tokens], strict=False)
    ]


def _is_noun(token: str, before: str) -> bool:
    """Return whether a capital shows a noun: it does where no sentence begins."""
    return token.strip(EDGES)[:1].isupper() and bool(before) and before[-1] not in ".:!?…"
