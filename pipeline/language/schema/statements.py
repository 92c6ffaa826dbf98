"""What a language's file holds about what a sentence does for its readers."""

from dataclasses import dataclass
from typing import Annotated

from pipeline.language.schema.entries import NEVER, WORD, WORD_OR_LETTERS, Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementWords:
    """What a sentence does for its readers, in languages without a `Grammar`."""

    past: Annotated[Pattern, WORD_OR_LETTERS] = NEVER
    """Tell what happened: verbs in the past tense."""
    advice: Annotated[Pattern, WORD] = NEVER
    """At the start, advise: imperatives."""
    general: Annotated[Pattern, WORD_OR_LETTERS] = NEVER
    """Anywhere: say how things are for everybody: "always", "people"."""
    frames: Annotated[Pattern, r"(?:{})"] = NEVER
    """At the start, introduce an opinion that stands without it: "I think that"."""
    asking: Annotated[Pattern, r"¿?(?:{})"] = NEVER
    """Start a question that readers could answer; anywhere in scripts without spaces."""
    readers: Annotated[Pattern, WORD_OR_LETTERS] = NEVER
    """In a question, address the reader: "you", "we"."""
