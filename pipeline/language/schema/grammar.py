"""The `[grammar]` of a language: word classes that headings and messages need."""

from dataclasses import dataclass
from typing import Annotated

from pipeline.language.schema.entries import ANY, NEVER, Forms, Pattern, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Word classes that rank titles, headings and takeaways; only English has them."""

    conjunctions: Annotated[Pattern, r"(?:{})\s+"] = NEVER
    """Start a clause and can be omitted."""
    new_clause: Annotated[Pattern, ANY] = NEVER
    """Where an independent clause starts."""
    title_breaks: Forms = ()
    """Words before which a title may end or start."""
    title_ends: Forms = ()
    """Words before which a title may end at a cost, because the rest belongs to it."""
    past_endings: Forms = ()
    """Endings of verbs in the past tense."""
    adverb_endings: Forms = ()
    """Endings of words that name no subject."""
    past: Words = frozenset()
    """Verbs in the past tense, in addition to the endings."""
    imperatives: Words = frozenset()
    """Start advice."""
    verbs: Words = frozenset()
    """Further verbs; a heading needs a verb."""
    strong: Words = frozenset()
    """Words that keep a listener's attention."""
    emphatic: Words = frozenset()
    """Function words that are emphasized in captions nevertheless."""
    loose: Words = frozenset()
    """Weak anywhere in a title."""
    opening_words: Words = frozenset()
    """Capitalized at the start of sentences without being names; in addition to the stop words."""
