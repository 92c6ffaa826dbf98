"""A fault that an editor would mark, with the words it is about."""

from dataclasses import dataclass
from typing import Literal

FindingKind = Literal[
    "unsaid",  # a name, number or quotation that the talk has not
    "negation",  # not, never: more or fewer than the speaker's
    "word list",  # a heading
    "fragment",  # a heading that is no thought and no term
    "echo",  # a heading that the next sentence says again
    "grammar",  # a checker rejects the sentence
    "form",  # doubled words, unpaired marks, no end
    "bare question",  # a message without the answer
    "vague question",  # closes with a question about "these"
    "small talk",  # greetings, sponsors, talk about the recording
    "run-on",
    "splice",  # main clauses joined by a comma
    "torn",  # ends or begins within a sentence, or was never finished
    "leaning",  # begins with "it", "and", "so"
    "tag",  # an everyday noun
]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault."""

    kind: FindingKind
    text: str
    why: str = ""
